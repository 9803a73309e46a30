//! Signatures as they go over the wire, by AWS's own signer.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::{
    config::Credentials,
    primitives::{DateTime, DateTimeFormat},
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign},
    sign::v4,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{client::Api, events::event};

/// A request as a table gets it.
struct Request {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(its, _)| its == name).unwrap().1
    }
}

/// The first two requests that a function sends for one event: the first fails.
async fn requests() -> Vec<Request> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let api = Api::with_variables(vec![
        ("AWS_ENDPOINT_URL_DYNAMODB", url),
        ("AWS_ACCESS_KEY_ID", "AKID".into()),
        ("AWS_SECRET_ACCESS_KEY", "secret".into()),
        ("AWS_SESSION_TOKEN", "a+token/=".into()),
    ]);
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                while connection.read_buf(&mut bytes).await.unwrap() > 0 {
                    if bytes.ends_with(b"}") {
                        sender.send(parse(&bytes)).unwrap();
                        let answer = b"HTTP/1.1 500 X\r\ncontent-length: 2\r\n\r\n{}";
                        connection.write_all(answer).await.unwrap();
                        bytes.clear();
                    }
                }
            });
        }
    });
    api.await.invoke("GetUserFunction", &event("get-user/found")).await;
    vec![received.recv().await.unwrap(), received.recv().await.unwrap()]
}

fn parse(bytes: &[u8]) -> Request {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let head = request.parse(bytes).unwrap().unwrap();
    assert_eq!((request.method, request.path), (Some("POST"), Some("/")));
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
    let headers = request.headers.iter();
    Request {
        headers: headers.map(|it| (it.name.to_lowercase(), text(it.value))).collect(),
        body: bytes[head..].to_vec(),
    }
}

#[tokio::test]
async fn the_first_attempt_and_the_second_are_signed_as_aws_signs() {
    for request in requests().await {
        let authorization = request.header("authorization");
        let (_, signed) = authorization.split_once("SignedHeaders=").unwrap();
        let (signed, signature) = signed.split_once(", Signature=").unwrap();
        let signed: Vec<_> = signed.split(';').collect();
        for (name, _) in &request.headers {
            // What AWS's signer must sign (IAM's guide, "Create a signed AWS API request").
            if name == "host" || name.starts_with("x-amz-") {
                assert!(signed.contains(&name.as_str()), "{name} is not signed: {authorization}");
            }
        }
        assert_eq!(request.header("x-amz-security-token"), "a+token/=");

        let time = request.header("x-amz-date");
        let seconds = seconds(time);
        let identity = Credentials::new("AKID", "secret", Some("a+token/=".into()), None, "test");
        let identity = identity.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("dynamodb")
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let url = format!("http://{}/", request.header("host"));
        let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers = headers.filter(|(name, _)| signed.contains(name));
        let body = SignableBody::Bytes(&request.body);
        let signable = SignableRequest::new("POST", url, headers, body).unwrap();
        let expected = sign(signable, &SigningParams::V4(params)).unwrap().into_parts().1;
        assert_eq!(signature, expected);
    }
}

/// Neither who else has a part in it, nor where it runs.
#[tokio::test]
async fn a_request_says_which_function_it_comes_from_and_no_more() {
    for request in requests().await {
        let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "authorization",
                "content-length",
                "content-type",
                "host",
                "user-agent",
                "x-amz-date",
                "x-amz-security-token",
                "x-amz-target",
            ]
        );
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(request.header("user-agent"), format!("credira-users/{version}"));
    }
}

/// `20240115T103000Z` as seconds since 1970.
fn seconds(time: &str) -> u64 {
    let (date, clock) = time.split_once('T').unwrap();
    let (hour, minute) = (&clock[..2], &clock[2..4]);
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    let text = format!("{year}-{month}-{day}T{hour}:{minute}:{}", &clock[4..]);
    let time = DateTime::from_str(&text, DateTimeFormat::DateTime).unwrap();
    time.secs().try_into().unwrap()
}
