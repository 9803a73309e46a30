//! The connection to DynamoDB as it is at AWS: over TLS.

use std::{fs, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{client::Api, events::event, faults};

/// An authority of our own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn bundle(pem: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(&file, pem).unwrap();
    file
}

/// A table without items that shows a certificate for `name`. Gives its port.
async fn serve(authority: &CertifiedIssuer<'static, KeyPair>, name: &str) -> u16 {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.into()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(connection) = acceptor.accept(connection).await {
                    faults::serve(connection, faults::Fault::Empty, Arc::default()).await;
                }
            });
        }
    });
    port
}

/// What `get-user` answers about a user that is not there, if it trusts the table's certificate.
async fn ask(port: u16, ca_bundle: Option<&NamedTempFile>) -> (Value, String) {
    let mut variables = vec![("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{port}"))];
    variables.extend(ca_bundle.map(|file| ("AWS_CA_BUNDLE", file.path().display().to_string())));
    let api = Api::with_variables(variables).await;
    let answer = api.invoke("GetUserFunction", &event("get-user/found")).await;
    (answer["statusCode"].clone(), api.answered())
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_taken() {
    let authority = authority();
    let port = serve(&authority, "localhost").await;
    assert_eq!(ask(port, Some(&bundle(&authority.pem()))).await.0, 404);
}

#[tokio::test]
async fn a_certificate_of_any_other_authority_is_refused() {
    let trusted = authority();
    let port = serve(&authority(), "localhost").await;
    for ca_bundle in [Some(&bundle(&trusted.pem())), None] {
        let (status, log) = ask(port, ca_bundle).await;
        assert_eq!(status, 503);
        assert!(log.contains("invalid peer certificate"), "{log}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = authority();
    let port = serve(&authority, "other.example").await;
    let (status, log) = ask(port, Some(&bundle(&authority.pem()))).await;
    assert_eq!(status, 503);
    assert!(log.contains("invalid peer certificate"), "{log}");
}
