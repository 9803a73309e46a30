//! The connection to DynamoDB as it is at AWS: over TLS.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::DnType;
use ring::digest::{SHA256, digest};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use crate::{
    certificates::{AMAZON_ROOTS, Root, bundle, listen, root, root_with_name},
    client::Api,
    events::event,
    fake_table::FakeTable,
};

/// A table without items that has a certificate for `name`. Returns its port.
async fn serve(root: &Root, name: &str) -> u16 {
    let (listener, acceptor) = listen(root, name, &[]).await;
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut connection) = acceptor.accept(connection).await {
                    FakeTable::empty(String::new()).serve_connection(&mut connection).await;
                }
            });
        }
    });
    port
}

/// A table without items that speaks HTTP/2, and does not respond to its second request for an
/// item. Returns its port, and the numbers of the connections of these requests.
async fn serve_http_2(root: &Root) -> (u16, Arc<Mutex<Vec<usize>>>) {
    let (listener, acceptor) = listen(root, "localhost", &["h2"]).await;
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = requests.clone();
    tokio::spawn(async move {
        for number in 0.. {
            let (connection, _) = listener.accept().await.unwrap();
            let connection = acceptor.accept(connection).await.unwrap();
            let seen = seen.clone();
            let respond = service_fn(move |request: Request<Incoming>| {
                let seen = seen.clone();
                async move {
                    if request.method() == "POST" {
                        let count = {
                            let mut seen = seen.lock().unwrap();
                            seen.push(number);
                            seen.len()
                        };
                        if count == 2 {
                            std::future::pending::<()>().await;
                        }
                    }
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"{}"))))
                }
            });
            let server = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(server.serve_connection(TokioIo::new(connection), respond));
        }
    });
    (port, requests)
}

/// The status that `get-user` gives for a user that does not exist if it trusts the table's
/// certificate, and the cause of an error.
async fn get_user(port: u16, ca_bundle: Option<&NamedTempFile>) -> (Value, String) {
    get_user_with(port, ca_bundle, []).await
}

/// The same, with more environment variables.
async fn get_user_with<const N: usize>(
    port: u16,
    ca_bundle: Option<&NamedTempFile>,
    variables: [(&'static str, String); N],
) -> (Value, String) {
    let mut variables = Vec::from(variables);
    variables.push(("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{port}")));
    variables.extend(ca_bundle.map(|file| ("AWS_CA_BUNDLE", file.path().display().to_string())));
    let api = Api::with_variables(variables).await;
    let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
    let line = api.request_line("get-user", 1).await;
    (response["statusCode"].clone(), line["cause"].to_string())
}

#[tokio::test]
async fn a_certificate_of_a_trusted_root_is_accepted() {
    let root = root();
    let port = serve(&root, "localhost").await;
    assert_eq!(get_user(port, Some(&bundle(&root.pem()))).await.0, 404);
}

#[tokio::test]
async fn a_certificate_of_another_root_is_refused() {
    let port = serve(&root(), "localhost").await;
    let other = root_with_name(&[(DnType::CommonName, "Other")]);
    let (status, log) = get_user(port, Some(&bundle(&other.pem()))).await;
    assert_eq!(status, 503);
    assert!(log.contains("invalid peer certificate: UnknownIssuer"), "{log}");
}

#[tokio::test]
async fn the_roots_of_the_system_are_not_trusted() {
    let root = root();
    let port = serve(&root, "localhost").await;
    let system = bundle(&root.pem());
    let other = bundle(&root_with_name(&[(DnType::CommonName, "Other")]).pem());
    for ca_bundle in [None, Some(&other)] {
        let variables = [("SSL_CERT_FILE", system.path().display().to_string())];
        let (status, log) = get_user_with(port, ca_bundle, variables).await;
        assert_eq!(status, 503);
        assert!(log.contains("invalid peer certificate: UnknownIssuer"), "{log}");
    }
}

#[tokio::test]
async fn amazons_roots_are_trusted_unless_a_bundle_replaces_them() {
    let bundle = bundle(&root().pem());
    for name in AMAZON_ROOTS {
        // It has the name of Amazon's root certificate, but another key.
        let port = serve(&root_with_name(name), "localhost").await;
        let (status, log) = get_user(port, None).await;
        assert_eq!(status, 503);
        assert!(log.contains("invalid peer certificate"), "{log}");
        assert!(!log.contains("UnknownIssuer"), "{name:?} is not trusted: {log}");
        let (status, log) = get_user(port, Some(&bundle)).await;
        assert_eq!(status, 503);
        assert!(log.contains("UnknownIssuer"), "{name:?} is still trusted: {log}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let root = root();
    let port = serve(&root, "other.example").await;
    let (status, log) = get_user(port, Some(&bundle(&root.pem()))).await;
    assert_eq!(status, 503);
    assert!(log.contains("invalid peer certificate"), "{log}");
}

#[test]
fn the_shipped_roots_are_amazons_five() {
    let pem = include_bytes!("../../src/dynamodb/amazon_roots.pem");
    let fingerprints: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .map(|certificate| const_hex::encode(digest(&SHA256, &certificate.unwrap())))
        .collect();
    // From Amazon Trust Services' repository.
    assert_eq!(
        fingerprints,
        [
            // Amazon Root CA 1 to 4
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            // Starfield Services Root Certificate Authority - G2
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ]
    );
}

#[tokio::test]
async fn a_connection_of_http_2_that_is_silent_is_not_used_again() {
    let root = root();
    let (port, requests) = serve_http_2(&root).await;
    let bundle = bundle(&root.pem());
    let api = Api::with_variables(vec![
        ("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{port}")),
        ("AWS_CA_BUNDLE", bundle.path().display().to_string()),
    ])
    .await;
    for attempts in [1, 2] {
        let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
        assert_eq!(response["statusCode"], 404);
        let line = api.request_line("get-user", attempts).await;
        assert_eq!(line["table_attempts"], attempts, "{line}");
    }
    let requests = requests.lock().unwrap();
    assert_eq!(requests[0], requests[1], "the connection is kept");
    assert_ne!(requests[1], requests[2], "the silent one is not");
}

#[tokio::test]
async fn a_server_that_does_not_shake_hands_has_400_ms_at_start_and_in_each_attempt() {
    // Accepts connections and never reads from them.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let accepted = tokio::spawn(async move {
        let mut connections = Vec::new();
        loop {
            connections.push(listener.accept().await.unwrap());
        }
    });
    let api = Api::with_dynamodb(&url).await;
    api.log_with("connection not opened at start", 2).await;
    let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
    assert_eq!(response["statusCode"], 503);
    // The init phase had to wait for it.
    let line = api.request_line("get-user", 1).await;
    assert!(line["init_ms"].as_f64().unwrap() >= 400.0, "{line}");
    // Not the 900 ms of an attempt.
    let log = api.log_with("table attempt failed", 1).await;
    let line = log.lines().find(|line| line.contains("table attempt failed")).unwrap();
    assert!(line.contains("occurred after 400ms"), "{line}");
    accepted.abort();
}
