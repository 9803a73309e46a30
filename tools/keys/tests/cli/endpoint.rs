//! Where the endpoint comes from.

use std::process::Output;

use crate::table::{Table, config, failure, text, tool};

const NOBODY: &str = "http://127.0.0.1:1";

/// Lists the keys of an account, with these variables, and with this AWS configuration. A proxy
/// keeps requests to AWS on this machine.
async fn list(options: &str, variables: &[(&str, &str)], settings: &str) -> Output {
    let file = config(&format!("[default]\nregion = eu-south-1\n{settings}\n"));
    let mut command = tool(&format!("list --account acc_1{options}"));
    command.env("AWS_CONFIG_FILE", file).env("HTTPS_PROXY", NOBODY);
    command.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.envs(variables.iter().copied()).output().await.unwrap()
}

fn services(url: &str) -> String {
    format!("services = ours\n[services ours]\ndynamodb =\n  endpoint_url = {url}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoint_is_the_first_that_is_set_in_the_order_of_the_sdk() {
    let table = Table::start().await;
    for first in 0..5 {
        // What comes before is not set, and what comes after is another endpoint.
        let url = |place: usize| match place {
            place if place < first => "",
            place if place == first => table.url.as_str(),
            _ => NOBODY,
        };
        let option = if first == 0 { format!(" --endpoint-url {}", url(0)) } else { String::new() };
        let variables = [("AWS_ENDPOINT_URL_DYNAMODB", url(1)), ("AWS_ENDPOINT_URL", url(2))];
        let of_dynamodb = if first <= 3 { services(url(3)) } else { String::new() };
        let settings = format!("endpoint_url = {}\n{of_dynamodb}", url(4));
        let output = list(&option, &variables, &settings).await;
        assert_eq!(text(output.stdout), "acc_1 has no keys.\n", "{first}: {:?}", output.stderr);
    }
    // Nothing is set.
    let variables = [("AWS_ENDPOINT_URL_DYNAMODB", ""), ("AWS_ENDPOINT_URL", " ")];
    let message = failure(list("", &variables, "endpoint_url =").await);
    assert!(message.contains("Connection refused"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_endpoint_that_is_not_a_url_is_named() {
    for (variables, settings, name) in [
        (&[("AWS_ENDPOINT_URL", "nope")][..], "", "AWS_ENDPOINT_URL must be a URL"),
        (&[], "endpoint_url = http://127.0.0.1:8000/path", "endpoint_url in the AWS configuration"),
        (&[], &services("nope"), "endpoint_url in the AWS configuration"),
    ] {
        let message = failure(list("", variables, settings).await);
        let expected = format!("1 error: {name}: only scheme, host and port are allowed");
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn configured_endpoints_are_ignored_where_the_sdk_ignores_them() {
    const VARIABLE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    let table = Table::start().await;
    let url = table.url.as_str();
    let of_profile = format!("ignore_configured_endpoint_urls = true\nendpoint_url = {url}");
    for (variables, settings, is_ignored) in [
        (&[(VARIABLE, "True"), ("AWS_ENDPOINT_URL", url)][..], "", true),
        (&[(VARIABLE, "true")], &*services(url), true),
        (&[], &of_profile, true),
        // The variable wins, and a value that is not a boolean means `false`.
        (&[(VARIABLE, "1")], &of_profile, false),
    ] {
        let output = list("", variables, settings).await;
        assert_eq!(output.status.success(), !is_ignored, "{variables:?} {settings}: {output:?}");
        let output = list(&format!(" --endpoint-url {url}"), variables, settings).await;
        assert_eq!(text(output.stdout), "acc_1 has no keys.\n", "{variables:?}");
    }
    // Addresses of this machine need no credentials, others do.
    for (url, is_local) in [
        ("http://127.0.0.1:1", true),
        ("http://localhost:1", true),
        ("http://[::1]:1/", true),
        ("http://10.0.0.1", false),
        ("https://localhost.example.com", false),
    ] {
        let mut tool = tool("list --account acc_1 --endpoint-url");
        let message = failure(tool.arg(url).output().await.unwrap());
        assert_eq!(message.contains("is `cargo local` running?"), is_local, "{url}: {message}");
        assert_eq!(message.contains("no AWS credentials"), !is_local, "{url}: {message}");
    }
}
