//! Certificates for the servers of tests, and files of root certificates.

use std::{fs, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, DnValue, IsCa,
    KeyPair,
};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(crate) type Root = CertifiedIssuer<'static, KeyPair>;

/// A root certificate of our own.
pub(crate) fn root() -> Root {
    root_with_name(&[(DnType::CommonName, "Root")])
}

/// The names of Amazon's root certificates.
pub(crate) const AMAZON_ROOTS: [&[(DnType, &str)]; 5] = [
    &[
        (DnType::CountryName, "US"),
        (DnType::OrganizationName, "Amazon"),
        (DnType::CommonName, "Amazon Root CA 1"),
    ],
    &[
        (DnType::CountryName, "US"),
        (DnType::OrganizationName, "Amazon"),
        (DnType::CommonName, "Amazon Root CA 2"),
    ],
    &[
        (DnType::CountryName, "US"),
        (DnType::OrganizationName, "Amazon"),
        (DnType::CommonName, "Amazon Root CA 3"),
    ],
    &[
        (DnType::CountryName, "US"),
        (DnType::OrganizationName, "Amazon"),
        (DnType::CommonName, "Amazon Root CA 4"),
    ],
    &[
        (DnType::CountryName, "US"),
        (DnType::StateOrProvinceName, "Arizona"),
        (DnType::LocalityName, "Scottsdale"),
        (DnType::OrganizationName, "Starfield Technologies, Inc."),
        (DnType::CommonName, "Starfield Services Root Certificate Authority - G2"),
    ],
];

/// A root certificate of our own with this name.
pub(crate) fn root_with_name(name: &[(DnType, &str)]) -> Root {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in name {
        let value = DnValue::PrintableString((*value).try_into().unwrap());
        params.distinguished_name.push(kind.clone(), value);
    }
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

pub(crate) fn bundle(pem: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(&file, pem).unwrap();
    file
}

/// A listener, and what a server needs to present a certificate for `name`.
pub(crate) async fn listen(
    root: &Root,
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
