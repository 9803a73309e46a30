//! The connection to DynamoDB as it is at AWS: over TLS.

use std::{
    convert::Infallible,
    fs,
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
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use ring::digest::{SHA256, digest};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{client::Api, events::event, fake_table::FakeTable};

/// A root certificate of our own.
fn root() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn bundle(pem: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(&file, pem).unwrap();
    file
}

/// A listener, and what a server needs to present a certificate for `name`.
async fn listen(
    root: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    alpn_protocols: &[&str],
) -> (TcpListener, TlsAcceptor) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, root).unwrap();
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.into()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
    config.alpn_protocols = alpn_protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (listener, TlsAcceptor::from(Arc::new(config)))
}

/// A table without items that has a certificate for `name`. Returns its port.
async fn serve(root: &CertifiedIssuer<'static, KeyPair>, name: &str) -> u16 {
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
async fn serve_http_2(root: &CertifiedIssuer<'static, KeyPair>) -> (u16, Arc<Mutex<Vec<usize>>>) {
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
    let mut variables = vec![("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{port}"))];
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
    let trusted = root();
    let port = serve(&root(), "localhost").await;
    for ca_bundle in [Some(&bundle(&trusted.pem())), None] {
        let (status, log) = get_user(port, ca_bundle).await;
        assert_eq!(status, 503);
        assert!(log.contains("invalid peer certificate"), "{log}");
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
