//! Signatures on requests to DynamoDB (IAM's guide, "Create a signed AWS API request").
//!
//! The SDK's own signer derives the signing key for each request, though it is good for a day, and
//! hashes in software. This one keeps the key, and hashes with ring.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4Signer};
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
        retries::RequestAttempts,
        runtime_components::GetIdentityResolver,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use lambda_http::http::Uri;
use ring::{
    digest::{SHA256, digest},
    hmac::Tag,
};

use crate::signing_key::SigningKey;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "dynamodb";

/// Takes the place of the SDK's scheme of the same name.
pub(crate) struct Signer {
    region: Region,
    key: Mutex<Option<SigningKey>>,
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
        let body_hash = const_hex::encode(digest(&SHA256, body));
        let time = basic_time(now)?;
        let (date, _) = time.split_once('T').ok_or("a time without a date")?;

        // An endpoint has no path, so the path is always the root.
        let mut canonical = String::with_capacity(1_024);
        canonical.extend([request.method(), "\n/\n\n"]);
        let headers = request.headers_mut();
        headers.try_insert("x-amz-date", time.clone())?;
        if let Some(token) = credentials.session_token() {
            headers.try_insert("x-amz-security-token", token.to_owned())?;
        }
        let mut signed: Vec<_> = headers.iter().filter(|(name, _)| is_signed(name)).collect();
        signed.sort_unstable();
        let names: Vec<_> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");

        for (name, value) in signed {
            canonical.extend([name, ":"]);
            // Trimmed, and with one space where there are several.
            for (index, word) in value.split_ascii_whitespace().enumerate() {
                canonical.extend([if index == 0 { "" } else { " " }, word]);
            }
            canonical.push('\n');
        }
        canonical.extend(["\n", &names, "\n", &body_hash]);

        let scope = [date, self.region.as_ref(), SERVICE, "aws4_request"].join("/");
        let request_hash = const_hex::encode(digest(&SHA256, canonical.as_bytes()));
        let text = [ALGORITHM, &time, &scope, &request_hash].join("\n");
        let signature = const_hex::encode(self.tag(&text, credentials, date));
        let access_key_id = credentials.access_key_id();
        let authorization = format!(
            "{ALGORITHM} Credential={access_key_id}/{scope}, \
             SignedHeaders={names}, Signature={signature}"
        );
        headers.try_insert("authorization", authorization)?;
        Ok(())
    }

    fn tag(&self, text: &str, credentials: &Credentials, date: &str) -> Tag {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take_if(|key| !key.is_good_for(credentials, date));
        kept.get_or_insert_with(|| {
            SigningKey::derive(credentials, date, self.region.as_ref(), SERVICE)
        })
        .sign(text)
    }
}

impl AuthScheme for Signer {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
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
        endpoint: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let url: Uri = request.uri().parse()?;
        let host = url.authority().ok_or("a request to no host")?.as_str().to_owned();
        request.headers_mut().try_insert("host", host)?;
        // From the second attempt on the SDK signs: it knows by then how far the clock is off.
        if config.load::<RequestAttempts>().is_some_and(|count| count.attempts() > 1) {
            let signer = SigV4Signer::new();
            return signer.sign_http_request(request, identity, endpoint, components, config);
        }
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

/// The host, the body's type, and all that is AWS's own: those must be signed.
fn is_signed(header: &str) -> bool {
    matches!(header, "content-type" | "host") || header.starts_with("x-amz-")
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

    fn request(
        host: &str,
        body: &str,
        agent: &str,
        token: Option<&str>,
        time: &str,
    ) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").unwrap();
        request.set_uri(format!("https://{host}/")).unwrap();
        let headers = request.headers_mut();
        headers.insert("host", host.to_owned());
        headers.insert("content-type", "application/x-amz-json-1.0");
        headers.insert("x-amz-target", "DynamoDB_20120810.GetItem");
        headers.insert("x-amz-user-agent", agent.to_owned());
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
                    "[ -~]{0,40}",
                    prop::option::of("[A-Za-z0-9+/=]{1,400}"),
                    "[A-Z0-9]{16,20}",
                    "[A-Za-z0-9+/]{40}",
                    0..4_102_444_800_u64,
                ),
                1..5,
            ),
        ) {
            let signer = Signer::new(Region::new("eu-west-1"));
            for (host, body, agent, token, id, secret, seconds) in requests {
                let now = UNIX_EPOCH + Duration::from_secs(seconds);
                let credentials = Credentials::new(id, secret, token.clone(), None, "test");
                let time = basic_time(now).unwrap();
                let mut request = request(&host, &body, &agent, token.as_deref(), &time);
                let expected = expected(&request, &credentials, now);
                signer.sign(&mut request, &credentials, now).unwrap();
                let authorization = request.headers().get("authorization").unwrap();
                prop_assert!(authorization.ends_with(&expected), "{authorization} {expected}");
            }
        }
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        assert_eq!(format!("{:?}", Signer::new(Region::new("eu-west-1"))), "Signer");
    }
}
