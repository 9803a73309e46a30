//! Why there are no AWS credentials.

use insta::assert_snapshot;

use crate::table::{config, failure, filters, tool};

const LOGIN: &str = "[profile process]
credential_process = echo log in first >&2; exit 3
[profile sso]
sso_session = ours
sso_account_id = 123456789012
sso_role_name = ops
[sso-session ours]
sso_region = eu-west-1
sso_start_url = https://example.com/start
[profile role]
role_arn = arn:aws:iam::123456789012:role/ops
source_profile = nope
[profile nothing]
output = json
";

/// The message without credentials, with this AWS configuration and these variables.
async fn message(options: &str, configuration: &str, variables: &[(&str, &str)]) -> String {
    let mut command = tool(&format!("list --account acc_1{options}"));
    command.env("AWS_CONFIG_FILE", config(configuration)).env("AWS_REGION", "eu-west-1");
    failure(command.envs(variables.iter().copied()).output().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_without_credentials_has_the_same_cause_as_an_option_and_as_a_variable() {
    let mut messages = String::new();
    for profile in ["process", "sso", "role", "nothing", "mistyped"] {
        let option = message(&format!(" --profile {profile}"), LOGIN, &[]).await;
        let variable = message("", LOGIN, &[("AWS_PROFILE", profile)]).await;
        assert_eq!(variable.replace(" of AWS_PROFILE", ""), option, "{profile}");
        messages += &variable;
    }
    messages += &message(" --profile broken", "[profile broken", &[]).await;
    messages += &message("", "[profile broken", &[("AWS_PROFILE", "broken")]).await;
    messages += &message("", LOGIN, &[("AWS_PROFILE", "")]).await;
    let _guard = filters();
    let messages = messages.replace(env!("CARGO_TARGET_TMPDIR"), "TMP");
    assert_snapshot!("profiles", messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_without_credentials_is_named_with_its_cause() {
    let token = ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
    let mut messages = String::new();
    for (configuration, variables) in [
        ("[default]\ncredential_process = echo log in first >&2; exit 3", &[][..]),
        ("", &[token, ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ops")]),
        ("", &[token]),
        ("", &[("AWS_ACCESS_KEY_ID", "id")]),
        ("", &[("AWS_ACCESS_KEY_ID", "")]),
        (LOGIN, &[]),
    ] {
        let message = message("", configuration, variables).await;
        messages += &format!("{variables:?}\n{message}\n");
    }
    let _guard = filters();
    assert_snapshot!("sources", messages);
}
