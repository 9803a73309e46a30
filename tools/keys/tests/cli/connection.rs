//! Region, credentials and profile, and servers that are not DynamoDB.

use insta::assert_snapshot;

use crate::{
    server::{NO_ITEMS, Server},
    table::{command, config, failure, tool},
};

const LIST: &str = "list --account acc_1";
const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "secret")];

/// The access key ID and the region of the request that the tool signs for a local endpoint.
async fn signer(arguments: &str, environment: &[(&str, &str)]) -> (String, String) {
    let server = Server::dynamodb(200, NO_ITEMS).await;
    let mut command = command(&server.url, &format!("{LIST}{arguments}"));
    let output = command.envs(environment.iter().copied()).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    server.signer()
}

fn pair(access_key_id: &str, region: &str) -> (String, String) {
    (access_key_id.to_owned(), region.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_endpoint_needs_neither_region_nor_credentials() {
    assert_eq!(signer("", &[]).await, pair("local", "us-east-1"));
    let blank = [("AWS_ACCESS_KEY_ID", ""), ("AWS_REGION", "")];
    assert_eq!(signer("", &blank).await, pair("local", "us-east-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_and_region_of_the_environment_win_over_the_local_ones() {
    assert_eq!(signer("", &KEYS).await, pair("AKIDENV", "us-east-1"));
    let region = [("AWS_REGION", "eu-west-1")];
    assert_eq!(signer("", &region).await, pair("local", "eu-west-1"));
    assert_eq!(signer(" --region eu-north-1", &region).await, pair("local", "eu-north-1"));
    assert_eq!(signer(" --region eu-north-1", &KEYS).await, pair("AKIDENV", "eu-north-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_wins_over_credentials_of_the_environment() {
    let profile = "aws_access_key_id = AKIDPROFILE\naws_secret_access_key = secret";
    let file = config(&format!("[profile ops]\n{profile}\nregion = eu-south-1\n"));
    let file = ("AWS_CONFIG_FILE", file.to_str().unwrap());
    let environment = [KEYS[0], KEYS[1], file];
    assert_eq!(signer(" --profile ops", &environment).await, pair("AKIDPROFILE", "eu-south-1"));
    let region = [file, ("AWS_REGION", "eu-west-1")];
    assert_eq!(signer(" --profile ops", &region).await, pair("AKIDPROFILE", "eu-west-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_settings_are_named_with_what_to_do() {
    let run = async |arguments: &str, environment: &[(&str, &str)]| {
        let mut command = tool(&format!("{LIST}{arguments}"));
        failure(command.envs(environment.iter().copied()).output().await.unwrap())
    };
    let no_region = "1 error: no valid AWS region: pass --region, or set AWS_REGION or a region in the \
                     AWS configuration; for `cargo local`, pass --endpoint-url \
                     http://127.0.0.1:8000\n";
    assert_eq!(run("", &KEYS).await, no_region);
    assert_eq!(run("", &[KEYS[0], KEYS[1], ("AWS_REGION", "eu_west")]).await, no_region);
    assert_snapshot!(run(" --region eu-west-1", &[]).await, @"1 error: no AWS credentials: pass --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`; for `cargo local`, pass --endpoint-url http://127.0.0.1:8000");
    let no_profile = "1 error: no AWS credentials in the profile `nope`: check the AWS configuration, or \
                      sign in with `aws sso login --profile nope`\n";
    assert_eq!(run(" --profile nope", &[]).await, no_profile);
    // Credentials of the environment do not hide a profile that does not exist.
    assert_eq!(run(" --profile nope --region eu-west-1", &KEYS).await, no_profile);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_dynamodb_is_recognized() {
    let envelope = r#"{"success":false,"error":{"code":"NOT_FOUND","message":"Route not found"}}"#;
    for (status, body, server) in [
        (200, "<html>", Server::other(200, "<html>").await),
        (200, "success", Server::other(200, r#"{"success":true}"#).await),
        (404, "<html>", Server::other(404, "<html>").await),
        (404, "envelope", Server::other(404, envelope).await),
        (405, "nothing", Server::other(405, "").await),
        (501, "<html>", Server::other(501, "<html>").await),
        // As the API itself responds, behind API Gateway or `cargo local`: with a request ID.
        (405, "envelope and request ID", Server::dynamodb(405, envelope).await),
    ] {
        for arguments in [LIST, "create --account acc_1", "revoke key_1", "rotate key_1"] {
            let message = failure(command(&server.url, arguments).output().await.unwrap());
            let case = format!("{status} {body} to {arguments}");
            if arguments.starts_with("create") && status == 501 {
                // A gateway in front of DynamoDB may have forwarded the request.
                assert!(message.starts_with("1 error: no response: key_"), "{case}: {message}");
                continue;
            }
            assert_eq!(
                message,
                format!(
                    "1 error: the endpoint is not DynamoDB (status {status}): pass DynamoDB's \
                     address as --endpoint-url, such as http://127.0.0.1:8000\n"
                ),
                "{case}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_dynamodb_is_one_sentence() {
    let run = async |error| {
        let server = Server::dynamodb(400, error).await;
        failure(command(&server.url, LIST).output().await.unwrap())
    };
    let credentials = r#"{"__type":"x#UnrecognizedClientException","message":"The security token included in the request is invalid."}"#;
    assert_snapshot!(run(credentials).await, @"1 error: DynamoDB denies access (The security token included in the request is invalid.): check --profile, --region, the credentials and the IAM policy");
    let limit = r#"{"__type":"x#ItemCollectionSizeLimitExceededException","message":"Too large"}"#;
    assert_snapshot!(run(limit).await, @"1 error: the request to DynamoDB failed (ItemCollectionSizeLimitExceededException: Too large): retry later");
    let without_a_code = Server::dynamodb(500, "").await;
    let message = failure(command(&without_a_code.url, LIST).output().await.unwrap());
    assert_snapshot!(message, @"1 error: the request to DynamoDB failed (status 500): retry later");
}
