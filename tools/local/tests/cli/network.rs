//! Ports and addresses.

use std::net::TcpListener;

use crate::local::{Local, PAGE_USER, command, key, refusal};

#[test]
fn a_port_that_cannot_be_had_is_refused_before_anything_is_built() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--port", "--dynamodb-port"] {
        let message = refusal(&[option, &port]);
        assert!(message.contains(&format!("port {port} is taken")), "{message}");
        assert!(message.contains("pick free ports with --port 0 --dynamodb-port 0"), "{message}");
    }
    let message = refusal(&["--port", &port, "--dynamodb-port", &port]);
    assert!(message.contains(&format!("--port and --dynamodb-port are both {port}")), "{message}");
}

#[test]
fn a_host_is_an_address_or_a_name() {
    let local = Local::start(&["--host", "localhost"]);
    assert!(local.api.starts_with("127.0.0.1:"), "{}", local.api);
    assert_eq!(local.get(PAGE_USER, Some(&key("reads its account"))), 200);
    assert!(!local.output().contains("warning: DynamoDB"), "{}", local.output());
    let output = command(&["--host", "nowhere.invalid"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("'nowhere.invalid' for '--host <HOST>'"), "{message}");
}

#[test]
fn every_address_is_printed_as_one_that_works_with_a_warning() {
    let local = Local::start(&["--host", "0.0.0.0"]);
    assert!(local.api.starts_with("127.0.0.1:"), "{}", local.api);
    assert!(local.dynamodb.starts_with("127.0.0.1:"), "{}", local.dynamodb);
    let output = local.output();
    assert!(output.contains(&format!("curl http://{}{PAGE_USER} ", local.api)), "{output}");
    assert!(output.contains("warning: DynamoDB is open without credentials"), "{output}");
}
