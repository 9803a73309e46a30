//! Signatures on requests to DynamoDB (IAM's guide, "Create a signed AWS API request").
//!
//! The SDK's signer derives the signing key for each request, though it is good for a day, and
//! hashes in software. This one keeps the key, and hashes with ring.

use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use aws_sdk_dynamodb::{
    config::{Credentials, Region},
    error::BoxError,
    primitives::{DateTime, DateTimeFormat},
};
use hyper::{
    Request,
    body::Bytes,
    header::{AUTHORIZATION, HeaderName},
};
use ring::{
    digest::{SHA256, digest},
    hmac::Tag,
};

use crate::signing_key::SigningKey;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "dynamodb";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Signs with one pair of credentials: a function's are the same until it ends.
pub(crate) struct Signer {
    region: Region,
    credentials: Credentials,
    key: Mutex<Option<SigningKey>>,
}

impl Signer {
    pub(crate) fn new(region: Region, credentials: Credentials) -> Self {
        Self { region, credentials, key: Mutex::default() }
    }

    /// Signs the request, which is to the root of its host, and dates it. `host` must be among its
    /// headers.
    pub(crate) fn sign(
        &self,
        request: &mut Request<Bytes>,
        now: SystemTime,
    ) -> Result<(), BoxError> {
        let body_hash = const_hex::encode(digest(&SHA256, request.body()));
        let time = basic_time(now)?;
        let (date, _) = time.split_once('T').ok_or("a time without a date")?;

        let mut canonical = String::with_capacity(1_024);
        canonical.extend([request.method().as_str(), "\n/\n\n"]);
        let headers = request.headers_mut();
        headers.insert(DATE, time.as_str().try_into()?);
        if let Some(token) = self.credentials.session_token() {
            headers.insert(TOKEN, token.try_into()?);
        }
        let mut signed: Vec<_> = headers.iter().filter(|(name, _)| is_signed(name)).collect();
        signed.sort_unstable_by_key(|(name, _)| name.as_str());
        let names: Vec<_> = signed.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");

        for (name, value) in signed {
            canonical.extend([name.as_str(), ":"]);
            // Trimmed, and with one space where there are several.
            for (index, word) in value.to_str()?.split_ascii_whitespace().enumerate() {
                canonical.extend([if index == 0 { "" } else { " " }, word]);
            }
            canonical.push('\n');
        }
        canonical.extend(["\n", &names, "\n", &body_hash]);

        let scope = [date, self.region.as_ref(), SERVICE, "aws4_request"].join("/");
        let request_hash = const_hex::encode(digest(&SHA256, canonical.as_bytes()));
        let text = [ALGORITHM, &time, &scope, &request_hash].join("\n");
        let signature = const_hex::encode(self.tag(&text, date));
        let access_key_id = self.credentials.access_key_id();
        let authorization = format!(
            "{ALGORITHM} Credential={access_key_id}/{scope}, \
             SignedHeaders={names}, Signature={signature}"
        );
        headers.insert(AUTHORIZATION, authorization.try_into()?);
        Ok(())
    }

    fn tag(&self, text: &str, date: &str) -> Tag {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take_if(|key| !key.is_good_for(date));
        kept.get_or_insert_with(|| {
            SigningKey::derive(&self.credentials, date, self.region.as_ref(), SERVICE)
        })
        .sign(text)
    }
}

/// The host, the body's type, and all that is AWS's own: those must be signed.
fn is_signed(header: &HeaderName) -> bool {
    let header = header.as_str();
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
    use proptest::prelude::*;

    use super::*;

    fn request(
        host: &str,
        body: &str,
        agent: &str,
        token: Option<&str>,
        time: &str,
    ) -> Request<Bytes> {
        let mut request = Request::post("/")
            .header("host", host)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "DynamoDB_20120810.GetItem")
            .header("x-amz-user-agent", agent)
            .header("x-amz-date", time);
        if let Some(token) = token {
            request = request.header("x-amz-security-token", token);
        }
        request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    /// The signature that AWS's own signer gives to the same request.
    fn expected(request: &Request<Bytes>, credentials: &Credentials, now: SystemTime) -> String {
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name(SERVICE)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let body = SignableBody::Bytes(request.body());
        let url = format!("https://{}/", request.headers()["host"].to_str().unwrap());
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signed = SignableRequest::new("POST", url, headers, body);
        sign(signed.unwrap(), &SigningParams::V4(params)).unwrap().into_parts().1
    }

    proptest! {
        /// The day changes: one signer signs it all.
        #[test]
        fn signatures_are_those_of_awss_own_signer(
            requests in prop::collection::vec(
                (
                    "[a-z]{1,9}(\\.[a-z]{1,9}){0,2}(:[1-9][0-9]{3})?",
                    "\\PC{0,300}",
                    "[ -~]{0,40}",
                    0..4_102_444_800_u64,
                ),
                1..5,
            ),
            token in prop::option::of("[A-Za-z0-9+/=]{1,400}"),
            id in "[A-Z0-9]{16,20}",
            secret in "[A-Za-z0-9+/]{40}",
        ) {
            let credentials = Credentials::new(id, secret, token.clone(), None, "test");
            let signer = Signer::new(Region::new("eu-west-1"), credentials.clone());
            for (host, body, agent, seconds) in requests {
                let now = UNIX_EPOCH + Duration::from_secs(seconds);
                let time = basic_time(now).unwrap();
                let mut request = request(&host, &body, &agent, token.as_deref(), &time);
                let expected = expected(&request, &credentials, now);
                signer.sign(&mut request, now).unwrap();
                let authorization = request.headers()["authorization"].to_str().unwrap();
                prop_assert!(authorization.ends_with(&expected), "{authorization} {expected}");
            }
        }
    }
}
