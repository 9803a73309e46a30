//! Region, credentials and profile, and servers that are not DynamoDB.

use insta::assert_snapshot;

use crate::{
    servers::{Fate, Gate},
    table::{command, config, failure, filters, tool},
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
    let file = config(CONFIGURATION);
    let file = ("AWS_CONFIG_FILE", file.to_str().unwrap());
    for (options, environment, signer) in [
        ("", &[][..], ["local", "us-east-1"]),
        ("", &[("AWS_ACCESS_KEY_ID", ""), ("AWS_REGION", "")], ["local", "us-east-1"]),
        ("", &keys, ["AKIDENV", "us-east-1"]),
        ("", &[region], ["local", "eu-west-1"]),
        ("", &[("AWS_DEFAULT_REGION", "eu-west-2")], ["local", "eu-west-2"]),
        ("", &[("AWS_DEFAULT_REGION", "eu-west-2"), region], ["local", "eu-west-1"]),
        (" --region eu-north-1", &[region, keys[0], keys[1]], ["AKIDENV", "eu-north-1"]),
        (" --profile ops", &[file, keys[0], keys[1]], ["AKIDPROFILE", "eu-south-1"]),
        (" --profile ops", &[file, region], ["AKIDPROFILE", "eu-west-1"]),
        ("", &[file, ("AWS_PROFILE", "ops")], ["local", "eu-south-1"]),
    ] {
        let (gate, url) = Gate::closed(NO_ITEMS).await;
        let mut command = command(&url, &format!("{LIST}{options}"));
        let output = command.envs(environment.iter().copied()).output().await.unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(gate.signer(), signer, "{options} {environment:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_credentials_are_named_with_their_cause_and_what_to_do() {
    let mut messages = String::new();
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
        command.env("AWS_CONFIG_FILE", config(configuration)).env("AWS_REGION", "eu-west-1");
        let message = failure(command.envs(variables.iter().copied()).output().await.unwrap());
        messages += &format!("{options} {variables:?}\n{message}\n");
    }
    let _guard = filters();
    assert_snapshot!("credentials", messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_dynamodb_is_recognized() {
    let envelope = r#"{"success":false,"error":{"code":"NOT_FOUND","message":"Route not found"}}"#;
    for (status, fate) in [
        (200, Fate::Foreign(200, "<html>")),
        (200, Fate::Foreign(200, r#"{"success":true}"#)),
        (404, Fate::Foreign(404, envelope)),
        (501, Fate::Foreign(501, "<html>")),
        // As the API itself responds, behind API Gateway or `cargo local`: with a request ID.
        (405, Fate::Refused(405, envelope)),
    ] {
        let (_, url) = Gate::closed(fate).await;
        for arguments in [LIST, "create --account acc_1", "revoke key_1", "rotate key_1"] {
            let message = failure(command(&url, arguments).output().await.unwrap());
            let foreign =
                format!("the endpoint is not DynamoDB (status {status}): pass DynamoDB's");
            assert!(message.contains(&foreign), "{fate:?} to {arguments}: {message}");
            // A gateway in front of DynamoDB may have forwarded the request.
            let may_exist = arguments.starts_with("create") && status == 501;
            assert_eq!(message.contains("may or may not"), may_exist, "{fate:?}: {message}");
        }
    }
}
