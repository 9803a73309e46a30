//! GetItem, signed with SigV4 (IAM's guide, "Create a signed AWS API request").

use std::env;

use ring::{
    digest::{SHA256, digest},
    hmac::{self, HMAC_SHA256, Key},
};

use crate::{Result, http::Client, variable};

/// A table by its partition key `id`.
pub(crate) struct Table {
    name: String,
    signer: Signer,
    client: Client,
}

struct Signer {
    host: String,
    region: String,
    access_key_id: String,
    secret: String,
    session_token: Option<String>,
    /// With the day that it is good for.
    key: Option<(String, Key)>,
}

impl Table {
    /// Reads the environment and connects.
    pub(crate) fn from_env() -> Result<Self> {
        let url = variable("AWS_ENDPOINT_URL_DYNAMODB")?;
        let signer = Signer {
            host: url.split('/').nth(2).unwrap_or_default().to_owned(),
            region: variable("AWS_REGION")?,
            access_key_id: variable("AWS_ACCESS_KEY_ID")?,
            secret: variable("AWS_SECRET_ACCESS_KEY")?,
            session_token: env::var("AWS_SESSION_TOKEN").ok().filter(|token| !token.is_empty()),
            key: None,
        };
        Ok(Self { name: variable("USERS_TABLE")?, signer, client: Client::open(&url)? })
    }

    /// The JSON of GetItem's answer. `id` must be free of what JSON escapes.
    pub(crate) fn item(&mut self, id: &str, now: &str) -> Result<Vec<u8>> {
        let body = format!(r#"{{"TableName":"{}","Key":{{"id":{{"S":"{id}"}}}}}}"#, self.name);
        let response = self.client.send(&self.signer.request(&body, now))?;
        match response.status {
            200 => Ok(response.body),
            status => Err(format!("DynamoDB answered {status}").into()),
        }
    }
}

impl Signer {
    /// The whole request, at the time `now` of RFC 3339.
    fn request(&mut self, body: &str, now: &str) -> String {
        let time = now.replace(['-', ':'], "");
        let (day, _) = time.split_once('T').unwrap_or_default();
        let mut headers = format!(
            "content-type:application/x-amz-json-1.0\nhost:{}\nx-amz-date:{time}\n",
            self.host
        );
        let mut names = "content-type;host;x-amz-date;".to_owned();
        if let Some(token) = &self.session_token {
            headers += &format!("x-amz-security-token:{token}\n");
            names += "x-amz-security-token;";
        }
        headers += "x-amz-target:DynamoDB_20120810.GetItem\n";
        names += "x-amz-target";

        let canonical = sha256(&format!("POST\n/\n\n{headers}\n{names}\n{}", sha256(body)));
        let scope = format!("{day}/{}/dynamodb/aws4_request", self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
        let signature = hex(hmac::sign(self.key(day), to_sign.as_bytes()).as_ref());
        format!(
            "POST / HTTP/1.1\r\n{}authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, \
             SignedHeaders={names}, Signature={signature}\r\ncontent-length: {}\r\n\r\n{body}",
            headers.replace('\n', "\r\n"),
            self.access_key_id,
            body.len()
        )
    }

    fn key(&mut self, day: &str) -> &Key {
        let kept = self.key.take().filter(|(its_day, _)| its_day == day);
        let dated = kept.unwrap_or_else(|| {
            let first = Key::new(HMAC_SHA256, format!("AWS4{}", self.secret).as_bytes());
            let parts = [day, &self.region, "dynamodb", "aws4_request"];
            let key = parts.into_iter().fold(first, |key, part| {
                Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
            });
            (day.to_owned(), key)
        });
        &self.key.insert(dated).1
    }
}

fn sha256(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"TableName":"users","Key":{"id":{"S":"user_123456789"}}}"#;

    /// The signatures are those of botocore 1.44.5, for the same requests.
    #[test]
    fn requests_are_signed_as_botocore_signs_them() {
        let mut signer = Signer {
            host: "dynamodb.us-east-1.amazonaws.com".into(),
            region: "us-east-1".into(),
            access_key_id: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            key: None,
        };
        assert!(signer.request(BODY, "2024-01-15T10:30:00Z").contains(
            "\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential=AKIDEXAMPLE/20240115/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
             Signature=a8b0aaa3745d295a220c9817ac06e9449b523293ab65ba8911037a2a8783fe54\r\n"
        ));
        // The next day needs another key.
        signer.session_token = Some("AQoDYXdzEPT//////////wEXAMPLE+token=".into());
        assert!(signer.request(BODY, "2024-01-16T00:00:00Z").contains(
            "\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential=AKIDEXAMPLE/20240116/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, \
             Signature=25b1e552c962f2c38681b0cfe5f441b2df9d8fa8f1d2a2da70552f6d12b415e6\r\n"
        ));
    }
}
