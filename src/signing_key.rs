//! The key of signatures: good for one day, one region and one service (IAM's guide, "Create a
//! signed AWS API request").

use aws_sdk_dynamodb::config::Credentials;
use ring::hmac::{HMAC_SHA256, Key, Tag, sign};

/// Of one pair of credentials, on one day.
pub(crate) struct SigningKey {
    date: String,
    key: Key,
}

impl SigningKey {
    /// `date` as `20240115`.
    pub(crate) fn derive(
        credentials: &Credentials,
        date: &str,
        region: &str,
        service: &str,
    ) -> Self {
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let secret = Key::new(HMAC_SHA256, secret.as_bytes());
        let key = [date, region, service, "aws4_request"]
            .iter()
            .fold(secret, |key, part| Key::new(HMAC_SHA256, sign(&key, part.as_bytes()).as_ref()));
        Self { date: date.to_owned(), key }
    }

    /// Whether it is the key of that day.
    pub(crate) fn is_good_for(&self, date: &str) -> bool {
        self.date == date
    }

    pub(crate) fn sign(&self, text: &str) -> Tag {
        sign(&self.key, text.as_bytes())
    }
}
