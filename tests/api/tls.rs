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

#[tokio::test]
async fn a_certificate_is_accepted_only_from_a_trusted_root_and_for_the_tables_name() {
    let [own, other] = ["Root", "Other"].map(|name| root(&[(DnType::CommonName, name)]));
    // It has the name of Amazon's root certificate, but another key.
    let false_amazon = root(&[
        (DnType::CountryName, "US"),
        (DnType::OrganizationName, "Amazon"),
        (DnType::CommonName, "Amazon Root CA 1"),
    ]);
    for (signer, name, variable, trusted, cause) in [
        (&own, "localhost", "AWS_CA_BUNDLE", &own, None),
        (&own, "localhost", "AWS_CA_BUNDLE", &other, Some("UnknownIssuer")),
        (&own, "other.example", "AWS_CA_BUNDLE", &own, Some("certificate not valid for name")),
        // The roots of the system are not trusted.
        (&own, "localhost", "SSL_CERT_FILE", &own, Some("UnknownIssuer")),
        // Amazon's roots are, unless a bundle replaces them: this one is known by its name.
        (&false_amazon, "localhost", "SSL_CERT_FILE", &other, Some("UnsupportedSignature")),
        (&false_amazon, "localhost", "AWS_CA_BUNDLE", &other, Some("UnknownIssuer")),
    ] {
        let (listener, acceptor) = listen(signer, name, &[]).await;
        let port = listener.local_addr().unwrap().port();
        FakeTable::serve(listener, Some(acceptor), [Reply::empty()]);
        let file = bundle(trusted);
        let api = Api::with_variables(vec![
            ("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{port}")),
            (variable, file.path().display().to_string()),
        ])
        .await;
        let status = api.get_user(&event("get-user/found")).await.status;
        assert_eq!(status, if cause.is_none() { 404 } else { 503 }, "{cause:?}");
        let line = api.request_line("get-user", 1).await;
        if let Some(cause) = cause {
            let cause = format!("invalid peer certificate: {cause}");
            assert!(line["cause"].as_str().unwrap().contains(&cause), "{line}");
        }
    }
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
    let root = root(&[(DnType::CommonName, "Root")]);
    let (port, requests) = serve_http_2(&root).await;
    let bundle = bundle(&root);
    let api = Api::with_variables(vec![
        ("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{port}")),
        ("AWS_CA_BUNDLE", bundle.path().display().to_string()),
    ])
    .await;
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
    api.line("get-user", "connection not opened at start", 1).await;
    assert_eq!(api.get_user(&event("get-user/found")).await.status, 503);
    // The init phase had to wait for it.
    let line = api.request_line("get-user", 1).await;
    assert!(line["init_ms"].as_f64().unwrap() >= 400.0, "{line}");
    // Not the 900 ms of an attempt.
    let line = api.line("get-user", "table attempt failed", 1).await;
    assert!(line["cause"].as_str().unwrap().contains("occurred after 400ms"), "{line}");
}
