//! Region, credentials and profile, and servers that are not DynamoDB.

use crate::{
    gate::{Fate, Gate},
    snapshot::{assert_snapshot, shown},
    table::{command, file, tool},
};

const LIST: &str = "list --account acc_1";
const NO_ITEMS: Fate = Fate::Refused(200, r#"{"Items":[],"Count":0,"ScannedCount":0}"#);

const CONFIGURATION: &str = "[profile ops]
aws_access_key_id = AKIDPROFILE
aws_secret_access_key = secret
region = eu-south-1
[profile process]
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
";

#[tokio::test(flavor = "multi_thread")]
async fn region_and_credentials_are_found_as_by_the_aws_cli_and_a_local_endpoint_needs_none() {
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let region = ("AWS_REGION", "eu-west-1");
    let file = file(CONFIGURATION);
    let file = ("AWS_CONFIG_FILE", file.to_str().unwrap());
    let mut all = String::new();
    for (options, environment) in [
        ("", &[][..]),
        ("", &[("AWS_ACCESS_KEY_ID", ""), ("AWS_REGION", "")]),
        ("", &keys),
        ("", &[region]),
        ("", &[("AWS_DEFAULT_REGION", "eu-west-2")]),
        ("", &[("AWS_DEFAULT_REGION", "eu-west-2"), region]),
        (" --region eu-north-1", &[region, keys[0], keys[1]]),
        (" --profile ops", &[file, keys[0], keys[1]]),
        (" --profile ops", &[file, region]),
        ("", &[file, ("AWS_PROFILE", "ops")]),
    ] {
        let (gate, url) = Gate::start(None, 0, NO_ITEMS).await;
        let mut command = command(&url, &format!("{LIST}{options}"));
        let title = format!("{environment:?} list{options}");
        all += &shown(&title, command.envs(environment.iter().copied())).await;
        all += &format!("signed by {}\n\n", gate.signer());
    }
    assert_snapshot("signers", &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_credentials_are_named_with_their_cause_and_what_to_do() {
    let mut all = String::new();
    let token = ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
    for (options, configuration, variables) in [
        ("", CONFIGURATION, &[][..]),
        ("", CONFIGURATION, &[("AWS_PROFILE", "process")]),
        ("", CONFIGURATION, &[("AWS_PROFILE", "nope")]),
        ("", "", &[token, ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ops")]),
        (" --profile process", CONFIGURATION, &[]),
        (" --profile sso", CONFIGURATION, &[]),
        (" --profile role", CONFIGURATION, &[]),
        // Credentials of the environment do not hide a profile that does not exist.
        (" --profile nope", "", &[("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s")]),
        (" --profile broken", "[profile broken", &[]),
    ] {
        let mut command = tool(&format!("{LIST}{options}"));
        command.env("AWS_CONFIG_FILE", file(configuration)).env("AWS_REGION", "eu-west-1");
        let title = format!("{variables:?} list{options}");
        all += &shown(&title, command.envs(variables.iter().copied())).await;
    }
    assert_snapshot("credentials", &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_this_machine_need_no_credentials_and_others_do() {
    let mut all = String::new();
    for url in [
        "http://127.0.0.1:1",
        "http://localhost:1",
        "http://10.0.0.1",
        "https://localhost.example.com",
    ] {
        all += &shown(url, &mut command(url, LIST)).await;
    }
    assert_snapshot("addresses", &all);
    // The cause depends on whether the machine has IPv6.
    let shown = shown("IPv6", &mut command("http://[::1]:1/", LIST)).await;
    assert!(!shown.contains("no AWS credentials"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_dynamodb_is_recognized() {
    let envelope = r#"{"success":false,"error":{"code":"NOT_FOUND","message":"Route not found"}}"#;
    let mut all = String::new();
    for fate in [
        Fate::Foreign(200, "<html>"),
        Fate::Foreign(200, r#"{"success":true}"#),
        Fate::Foreign(404, envelope),
        // A gateway in front of DynamoDB, which may have forwarded the request.
        Fate::Foreign(501, "<html>"),
        // As the API itself responds, behind API Gateway or `cargo local`: with a request ID.
        Fate::Refused(405, envelope),
    ] {
        let (_, url) = Gate::start(None, 0, fate).await;
        for arguments in [LIST, "create --account acc_1", "revoke key_1", "rotate key_1"] {
            let title = format!("{arguments}, with {fate:?}");
            all += &shown(&title, &mut command(&url, arguments)).await;
        }
    }
    assert_snapshot("foreign", &all);
}
