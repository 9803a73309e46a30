//! Signatures on requests to DynamoDB (AWS's reference "Signature Version 4").
//!
//! The SDK's own signer derives the signing key for each request, and hashes in software: a
//! quarter of all that an invocation computes. This one derives it once a day, and hashes with ring.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use aws_sdk_dynamodb::{
    config::{Credentials, Region, RuntimeComponents},
    primitives::{DateTime, DateTimeFormat},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign},
        identity::{Identity, SharedIdentityResolver},
        orchestrator::HttpRequest,
        runtime_components::GetIdentityResolver,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use lambda_http::http::Uri;
use ring::{
    digest::{SHA256, digest},
    hmac,
};

const SERVICE: &str = "dynamodb";
/// In the order of the alphabet. The rest may be changed on the way.
const SIGNED_HEADERS: [&str; 5] =
    ["content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"];

/// Takes the place of the SDK's scheme of the same name.
pub(crate) struct Signer {
    region: Region,
    key: Mutex<Option<DayKey>>,
}

/// A signing key, good for one day.
struct DayKey {
    date: String,
    access_key_id: String,
    key: hmac::Key,
}

impl Signer {
    pub(crate) fn new(region: Region) -> Self {
        Self { region, key: Mutex::default() }
    }

    fn sign(
        &self,
        request: &mut HttpRequest,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Result<(), BoxError> {
        let body = request.body().bytes().ok_or("a body that is not in memory")?;
        let body_hash = hex::encode(digest(&SHA256, body));
        let time = basic_time(now)?;
        let date = time.get(..8).ok_or("a year of more than four digits")?;

        let url: Uri = request.uri().parse()?;
        let host = url.authority().ok_or("a request to no host")?.as_str().to_owned();
        let mut canonical = format!("{}\n{}\n\n", request.method(), url.path());
        let headers = request.headers_mut();
        headers.insert("host", host);
        headers.insert("x-amz-date", time.clone());
        if let Some(token) = credentials.session_token() {
            headers.insert("x-amz-security-token", token.to_owned());
        }
        let mut signed_headers = String::new();
        for name in SIGNED_HEADERS {
            let Some(value) = headers.get(name) else { continue };
            for part in [name, ":", value.trim(), "\n"] {
                canonical.push_str(part);
            }
            if !signed_headers.is_empty() {
                signed_headers.push(';');
            }
            signed_headers.push_str(name);
        }
        for part in ["\n", &signed_headers, "\n", &body_hash] {
            canonical.push_str(part);
        }

        let scope = format!("{date}/{}/{SERVICE}/aws4_request", self.region);
        let request_hash = hex::encode(digest(&SHA256, canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{request_hash}");
        let signature = hex::encode(hmac::sign(&self.key(credentials, date), text.as_bytes()));
        let access_key_id = credentials.access_key_id();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, \
             SignedHeaders={signed_headers}, Signature={signature}"
        );
        headers.insert("authorization", authorization);
        Ok(())
    }

    fn key(&self, credentials: &Credentials, date: &str) -> hmac::Key {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let access_key_id = credentials.access_key_id();
        match &*kept {
            Some(day) if day.date == date && day.access_key_id == access_key_id => day.key.clone(),
            _ => {
                let secret = format!("AWS4{}", credentials.secret_access_key());
                let key = [date, self.region.as_ref(), SERVICE, "aws4_request"]
                    .iter()
                    .fold(hmac_key(secret.as_bytes()), |key, part| {
                        hmac_key(hmac::sign(&key, part.as_bytes()).as_ref())
                    });
                let access_key_id = access_key_id.to_owned();
                *kept = Some(DayKey { date: date.to_owned(), access_key_id, key: key.clone() });
                key
            }
        }
    }
}

impl AuthScheme for Signer {
    fn scheme_id(&self) -> AuthSchemeId {
        AuthSchemeId::from("sigv4")
    }

    fn identity_resolver(
        &self,
        identity_resolvers: &dyn GetIdentityResolver,
    ) -> Option<SharedIdentityResolver> {
        identity_resolvers.identity_resolver(self.scheme_id())
    }

    fn signer(&self) -> &dyn Sign {
        self
    }
}

impl Sign for Signer {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        _: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        _: &ConfigBag,
    ) -> Result<(), BoxError> {
        let credentials = identity.data::<Credentials>().ok_or("no credentials to sign with")?;
        self.sign(request, credentials, components.time_source().unwrap_or_default().now())
    }
}

/// Shows no key.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

fn hmac_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

/// RFC 3339 without its separators, as `20240115T103000Z`.
fn basic_time(now: SystemTime) -> Result<String, BoxError> {
    let time = DateTime::from_secs(DateTime::from(now).secs()).fmt(DateTimeFormat::DateTime)?;
    Ok(time.replace(['-', ':'], ""))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use aws_sigv4::{
        http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign},
        sign::v4,
    };
    use aws_smithy_types::body::SdkBody;
    use proptest::prelude::*;

    use super::*;

    fn request(host: &str, body: &str, token: Option<&str>, time: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").unwrap();
        request.set_uri(format!("https://{host}/")).unwrap();
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-amz-json-1.0");
        headers.insert("x-amz-target", "DynamoDB_20120810.GetItem");
        headers.insert("x-amz-date", time.to_owned());
        if let Some(token) = token {
            headers.insert("x-amz-security-token", token.to_owned());
        }
        request
    }

    /// The signature that AWS's own signer gives to the same request.
    fn expected(request: &HttpRequest, credentials: &Credentials, now: SystemTime) -> String {
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name(SERVICE)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let body = SignableBody::Bytes(request.body().bytes().unwrap());
        let signed = SignableRequest::new("POST", request.uri(), request.headers().iter(), body);
        sign(signed.unwrap(), &SigningParams::V4(params)).unwrap().into_parts().1
    }

    proptest! {
        /// The day changes, or the key does: one signer signs it all.
        #[test]
        fn signatures_are_those_of_awss_own_signer(
            requests in prop::collection::vec(
                (
                    "[a-z]{1,9}(\\.[a-z]{1,9}){0,2}(:[1-9][0-9]{3})?",
                    "\\PC{0,300}",
                    prop::option::of("[A-Za-z0-9+/=]{1,400}"),
                    "[A-Z0-9]{16,20}",
                    "[A-Za-z0-9+/]{40}",
                    0..4_102_444_800_u64,
                ),
                1..5,
            ),
        ) {
            let signer = Signer::new(Region::new("eu-west-1"));
            for (host, body, token, id, secret, seconds) in requests {
                let now = UNIX_EPOCH + Duration::from_secs(seconds);
                let credentials = Credentials::new(id, secret, token.clone(), None, "test");
                let time = basic_time(now).unwrap();
                let mut request = request(&host, &body, token.as_deref(), &time);
                let expected = expected(&request, &credentials, now);
                signer.sign(&mut request, &credentials, now).unwrap();
                let authorization = request.headers().get("authorization").unwrap();
                prop_assert!(authorization.ends_with(&expected), "{authorization} {expected}");
                prop_assert_eq!(request.headers().get("host"), Some(host.as_str()));
            }
        }
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        assert_eq!(format!("{:?}", Signer::new(Region::new("eu-west-1"))), "Signer");
    }
}
