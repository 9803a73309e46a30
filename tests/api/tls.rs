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
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, DnValue, IsCa,
    KeyPair,
};
use ring::digest::{SHA256, digest};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{
    client::Api,
    events::event,
    fake_table::{FakeTable, Reply},
};

type Root = CertifiedIssuer<'static, KeyPair>;

/// A root certificate of our own, with these names.
fn root(names: &[(DnType, &str)]) -> Root {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    for (kind, name) in names {
        let name = DnValue::PrintableString((*name).try_into().unwrap());
        params.distinguished_name.push(kind.clone(), name);
    }
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn own_root() -> Root {
    root(&[(DnType::CommonName, "Root")])
}

fn other_root() -> Root {
    root(&[(DnType::CommonName, "Other")])
}

/// A file with the root certificate.
fn bundle(root: &Root) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(&file, root.pem()).unwrap();
    file
}

/// A listener, and what a server needs to present a certificate for `name`.
async fn listen(root: &Root, name: &str, alpn_protocols: &[&str]) -> (TcpListener, TlsAcceptor) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, root).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
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
async fn serve(root: &Root, name: &str) -> u16 {
    let (listener, acceptor) = listen(root, name, &[]).await;
    let port = listener.local_addr().unwrap().port();
    FakeTable::serve(listener, Some(acceptor), [Reply::empty()]);
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
                let mut seen = seen.lock().unwrap();
                let is_item = request.method() == "POST";
                seen.extend(is_item.then_some(number));
                let is_silent = is_item && seen.len() == 2;
                async move {
                    if is_silent {
                        std::future::pending::<()>().await;
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

/// A stack with a table at this port, and other root certificates in `AWS_CA_BUNDLE`.
async fn stack(port: u16, ca_bundle: Option<&NamedTempFile>) -> Api {
    let path = |file: &NamedTempFile| file.path().display().to_string();
    let mut variables = vec![("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{port}"))];
    variables.extend(ca_bundle.map(|file| ("AWS_CA_BUNDLE", path(file))));
    Api::with_variables(variables).await
}

/// Whether `get-user` accepts the table's certificate; if not, the cause of the 503.
async fn is_accepted(api: Api) -> Result<(), String> {
    let response = api.get_user(&event("get-user/found")).await;
    let cause = api.request_line("get-user", 1).await["cause"].to_string();
    match response.status {
        404 => Ok(()),
        503 => Err(cause),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_certificate_is_accepted_only_from_a_trusted_root_and_for_the_tables_name() {
    let root = own_root();
    let (own, other) = (bundle(&root), bundle(&other_root()));
    let port = serve(&root, "localhost").await;
    assert_eq!(is_accepted(stack(port, Some(&own)).await).await, Ok(()));
    let cause = is_accepted(stack(port, Some(&other)).await).await.unwrap_err();
    assert!(cause.contains("invalid peer certificate: UnknownIssuer"), "{cause}");
    let port = serve(&root, "other.example").await;
    let cause = is_accepted(stack(port, Some(&own)).await).await.unwrap_err();
    assert!(cause.contains("invalid peer certificate: certificate not valid for name"), "{cause}");
}

#[tokio::test]
async fn the_roots_of_the_system_are_not_trusted() {
    let root = own_root();
    let url = format!("https://localhost:{}", serve(&root, "localhost").await);
    let system = bundle(&root);
    let api = Api::with_variables(vec![
        ("AWS_ENDPOINT_URL_DYNAMODB", url),
        ("SSL_CERT_FILE", system.path().display().to_string()),
    ]);
    let cause = is_accepted(api.await).await.unwrap_err();
    assert!(cause.contains("invalid peer certificate: UnknownIssuer"), "{cause}");
}

#[tokio::test]
async fn amazons_roots_are_trusted_unless_a_bundle_replaces_them() {
    // It has the name of Amazon's root certificate, but another key.
    let false_root = root(&[
        (DnType::CountryName, "US"),
        (DnType::OrganizationName, "Amazon"),
        (DnType::CommonName, "Amazon Root CA 1"),
    ]);
    let port = serve(&false_root, "localhost").await;
    let cause = is_accepted(stack(port, None).await).await.unwrap_err();
    assert!(cause.contains("invalid peer certificate: "), "{cause}");
    assert!(!cause.contains("UnknownIssuer"), "{cause}");
    let other = bundle(&other_root());
    let cause = is_accepted(stack(port, Some(&other)).await).await.unwrap_err();
    assert!(cause.contains("invalid peer certificate: UnknownIssuer"), "{cause}");
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
    let root = own_root();
    let (port, requests) = serve_http_2(&root).await;
    let bundle = bundle(&root);
    let api = stack(port, Some(&bundle)).await;
    for attempts in [1, 2] {
        assert_eq!(api.get_user(&event("get-user/found")).await.status, 404);
        let line = api.request_line("get-user", attempts).await;
        assert_eq!(line["table_attempts"], attempts, "{line}");
    }
    let requests = requests.lock().unwrap();
    assert_eq!(requests[0], requests[1], "the connection is kept");
    assert_ne!(requests[1], requests[2], "the silent one is not");
}

#[tokio::test]
async fn a_server_that_does_not_shake_hands_has_400_ms_at_start_and_in_each_attempt() {
    // Its connections wait to be accepted.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = Api::with_dynamodb(&format!("https://{}", listener.local_addr().unwrap())).await;
    api.log_with("connection not opened at start", 2).await;
    assert_eq!(api.get_user(&event("get-user/found")).await.status, 503);
    // The init phase had to wait for it.
    let line = api.request_line("get-user", 1).await;
    assert!(line["init_ms"].as_f64().unwrap() >= 400.0, "{line}");
    // Not the 900 ms of an attempt.
    let line = api.line("get-user", "table attempt failed", 1).await;
    assert!(line["cause"].as_str().unwrap().contains("occurred after 400ms"), "{line}");
}
