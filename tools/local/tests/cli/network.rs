//! Ports and addresses.

use std::net::TcpListener;

use crate::local::{Local, PAGE_USER, key, refusal};

#[test]
fn a_port_that_cannot_be_had_is_refused_before_anything_is_built() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--port", "--dynamodb-port"] {
        let message = refusal(1, &[option, &port]);
        assert!(message.contains(&format!("port {port} is taken")), "{message}");
        assert!(message.contains("pick free ports with --port 0 --dynamodb-port 0"), "{message}");
    }
    let message = refusal(1, &["--port", &port, "--dynamodb-port", &port]);
    assert!(message.contains(&format!("--port and --dynamodb-port are both {port}")), "{message}");
}

#[test]
fn a_host_is_an_address_or_a_name_and_is_printed_as_one_that_works() {
    for (host, is_open) in [("localhost", false), ("0.0.0.0", true)] {
        let local = Local::start(&["--host", host]);
        let output = local.output();
        assert!(local.api.starts_with("127.0.0.1:"), "{output}");
        assert!(local.dynamodb.starts_with("127.0.0.1:"), "{output}");
        assert!(output.contains(&format!("curl http://{}{PAGE_USER} ", local.api)), "{output}");
        assert_eq!(local.get(PAGE_USER, Some(&key("reads its account"))), 200);
        let warning = "warning: DynamoDB is open without credentials";
        assert_eq!(output.contains(warning), is_open, "{output}");
    }
    let message = refusal(2, &["--host", "nowhere.invalid"]);
    assert!(message.contains("'nowhere.invalid' for '--host <HOST>'"), "{message}");
}
