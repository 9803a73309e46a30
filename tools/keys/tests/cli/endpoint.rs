//! Where the endpoint comes from.

use std::process::Output;

use crate::table::{Table, config, failure, text, tool};

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];
const NOBODY: &str = "http://127.0.0.1:1";

/// Lists the keys of an account, with these variables, and with this AWS configuration. A proxy
/// keeps requests to AWS on this machine.
async fn list(options: &str, variables: &[(&str, &str)], settings: &str) -> Output {
    let file = config(&format!("[default]\nregion = eu-south-1\n{settings}\n"));
    let mut command = tool(&format!("list --account acc_1{options}"));
    command.env("AWS_CONFIG_FILE", file).env("HTTPS_PROXY", NOBODY);
    command.envs(KEYS).envs(variables.iter().copied()).output().await.unwrap()
}

fn services(url: &str) -> String {
    format!("services = ours\n[services ours]\ndynamodb =\n  endpoint_url = {url}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoint_is_the_first_that_is_set_in_the_order_of_the_sdk() {
    let table = Table::start().await;
    const PLACES: usize = 5;
    for first in 0..PLACES {
        // What comes before is blank, and what comes after is another endpoint.
        let url = |place: usize| match place {
            place if place < first => "",
            place if place == first => table.url.as_str(),
            _ => NOBODY,
        };
        let option = if first == 0 { format!(" --endpoint-url {}", url(0)) } else { String::new() };
        let variables = [("AWS_ENDPOINT_URL_DYNAMODB", url(1)), ("AWS_ENDPOINT_URL", url(2))];
        let settings = format!("endpoint_url = {}\n{}", url(4), services(url(3)));
        let output = list(&option, &variables, &settings).await;
        assert_eq!(text(output.stdout), "acc_1 has no keys.\n", "{first}: {:?}", output.stderr);
    }
    // Nothing is set.
    let variables = [("AWS_ENDPOINT_URL_DYNAMODB", ""), ("AWS_ENDPOINT_URL", " ")];
    let message = failure(list("", &variables, "endpoint_url =").await);
    assert!(message.starts_with("1 error: cannot reach DynamoDB"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_endpoint_that_is_not_a_url_is_named() {
    for variable in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"] {
        let message = failure(list("", &[(variable, "nope")], "").await);
        let start = format!("1 error: {variable}: an endpoint URL has ");
        assert!(message.starts_with(&start), "{message}");
    }
    for settings in ["endpoint_url = http://127.0.0.1:8000/path", &services("nope")] {
        let message = failure(list("", &[], settings).await);
        let start = "1 error: endpoint_url in the AWS configuration: an endpoint URL has ";
        assert!(message.starts_with(start), "{settings}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn configured_endpoints_are_ignored_where_the_sdk_ignores_them() {
    const VARIABLE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    const SETTING: &str = "ignore_configured_endpoint_urls = true";
    let table = Table::start().await;
    let url = table.url.as_str();
    let of_profile = format!("{SETTING}\nendpoint_url = {url}");
    for (variables, settings) in [
        (&[(VARIABLE, "true"), ("AWS_ENDPOINT_URL", url)][..], ""),
        (&[(VARIABLE, "TRUE"), ("AWS_ENDPOINT_URL_DYNAMODB", url)], ""),
        (&[(VARIABLE, "true")], &services(url)),
        (&[("AWS_ENDPOINT_URL", url)], SETTING),
        (&[], &of_profile),
    ] {
        let message = failure(list("", variables, settings).await);
        assert!(message.starts_with("1 error: cannot reach DynamoDB"), "{variables:?}: {message}");
        let option = format!(" --endpoint-url {url}");
        let output = list(&option, variables, settings).await;
        assert_eq!(text(output.stdout), "acc_1 has no keys.\n", "{variables:?}");
    }
    // The variable wins, and a value that is not a boolean means `false`.
    for value in ["false", "1", ""] {
        let output = list("", &[(VARIABLE, value)], &of_profile).await;
        assert_eq!(text(output.stdout), "acc_1 has no keys.\n", "{value}");
    }
}
