//! Where the endpoint comes from.

use crate::{
    snapshot::{assert_snapshot, shown},
    table::{Table, file, tool},
};

const NOBODY: &str = "http://127.0.0.1:1";

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoint_is_the_first_that_is_set_in_the_order_of_the_sdk() {
    let table = Table::start().await;
    let of_service =
        |url| format!("services = ours\n[services ours]\ndynamodb =\n  endpoint_url = {url}");
    let of_all = |url| format!("endpoint_url = {url}");
    let both = |url| of_all("NOBODY") + "\n" + &of_service(url);
    let ignored = "ignore_configured_endpoint_urls = true\n".to_owned() + &of_all("TABLE");
    let mut all = String::new();
    // An option, variables and settings of the profile, with the table's URL and one of nobody.
    for (option, variables, settings) in [
        (
            " --endpoint-url TABLE",
            "AWS_ENDPOINT_URL_DYNAMODB=NOBODY AWS_ENDPOINT_URL=NOBODY",
            both("NOBODY"),
        ),
        ("", "AWS_ENDPOINT_URL_DYNAMODB=TABLE AWS_ENDPOINT_URL=NOBODY", both("NOBODY")),
        ("", "AWS_ENDPOINT_URL_DYNAMODB= AWS_ENDPOINT_URL=TABLE", both("NOBODY")),
        ("", "AWS_ENDPOINT_URL_DYNAMODB= AWS_ENDPOINT_URL=\t", both("TABLE")),
        ("", "AWS_ENDPOINT_URL_DYNAMODB= AWS_ENDPOINT_URL=", of_all("TABLE")),
        // Nothing is set.
        ("", "AWS_ENDPOINT_URL_DYNAMODB= AWS_ENDPOINT_URL=\t", of_all("")),
        // Not a URL.
        ("", "AWS_ENDPOINT_URL=nope", String::new()),
        ("", "", of_all("http://127.0.0.1:8000/path")),
        ("", "", of_service("nope")),
        // Ignored where the SDK ignores it. A value that is not a boolean means `false`.
        ("", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=True AWS_ENDPOINT_URL=TABLE", String::new()),
        ("", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", of_service("TABLE")),
        ("", "", ignored.clone()),
        ("", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=1", ignored.clone()),
        (" --endpoint-url TABLE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", ignored),
    ] {
        let with_urls = |text: &str| text.replace("TABLE", &table.url).replace("NOBODY", NOBODY);
        let mut tool = tool(&with_urls(&format!("list --account acc_1{option}")));
        let profile = format!("[default]\nregion = eu-south-1\n{settings}\n");
        tool.env("AWS_CONFIG_FILE", file(&with_urls(&profile)));
        tool.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "secret");
        // Keeps requests to AWS on this machine.
        tool.env("HTTPS_PROXY", NOBODY);
        let values = with_urls(variables);
        tool.envs(values.split(' ').filter_map(|variable| variable.split_once('=')));
        all += &shown(&format!("{variables:?} list{option}\n{settings}"), &mut tool).await;
    }
    assert_snapshot("endpoint", &all);
}
