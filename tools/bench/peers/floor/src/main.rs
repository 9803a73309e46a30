//! The `get-user` function with nothing between it and its sockets: what is left is what the
//! task itself costs. Any error ends the process.

use std::{
    env,
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::SystemTime,
};

use ring::{
    digest::{SHA256, digest},
    hmac::{self, HMAC_SHA256, Key},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::{Map, Value, json};

const INVOCATION: &str = "/2018-06-01/runtime/invocation";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let host = env::var("AWS_LAMBDA_RUNTIME_API")?;
    let mut runtime = TcpStream::connect(&host)?;
    runtime.set_nodelay(true)?;
    let mut runtime = BufReader::new(&mut runtime);
    let url = env::var("AWS_ENDPOINT_URL_DYNAMODB")?;
    let authority = url.strip_prefix("https://").ok_or("no HTTPS")?;
    let mut table = BufReader::new(connect(authority)?);
    loop {
        let next = format!("GET {INVOCATION}/next HTTP/1.1\r\nhost: {host}\r\n\r\n");
        let (id, event) = exchange(&mut runtime, &next)?;
        let response = get_user(&serde_json::from_slice(&event)?, &mut table, authority)?;
        let response = response.to_string();
        let post = format!(
            "POST {INVOCATION}/{id}/response HTTP/1.1\r\nhost: {host}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{response}",
            response.len()
        );
        exchange(&mut runtime, &post)?;
    }
}

/// A proxy event, and the proxy response.
fn get_user(
    event: &Value,
    table: &mut BufReader<impl Read + Write>,
    authority: &str,
) -> Result<Value> {
    let id = event["pathParameters"]["id"].as_str().ok_or("no ID")?;
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let body = json!({"TableName": env::var("USERS_TABLE")?, "Key": {"id": {"S": id}}}).to_string();
    let (_, output) = exchange(table, &signed(authority, &body, &now)?)?;
    let mut output: Value = serde_json::from_slice(&output)?;
    let user = plain(json!({ "M": output["Item"].take() }))?;
    if user["account_id"] != event["requestContext"]["authorizer"]["account_id"] {
        return Err("a user of another account".into());
    }
    let request_id =
        format!("req_{}", event["requestContext"]["requestId"].as_str().ok_or("no request ID")?);
    let meta = json!({"timestamp": now, "request_id": request_id});
    Ok(json!({
        "statusCode": 200,
        "headers": {"content-type": "application/json", "x-request-id": request_id},
        "body": json!({"success": true, "data": user, "meta": meta}).to_string(),
    }))
}

/// An attribute value without its type.
fn plain(value: Value) -> Result<Value> {
    let Value::Object(typed) = value else { return Err("no attribute value".into()) };
    Ok(match typed.into_iter().next().ok_or("no type")? {
        (kind, Value::String(digits)) if kind == "N" => serde_json::from_str(&digits)?,
        (kind, _) if kind == "NULL" => Value::Null,
        (_, Value::Array(list)) => list.into_iter().map(plain).collect::<Result<_>>()?,
        (_, Value::Object(map)) => {
            let plain = map.into_iter().map(|(name, value)| Ok((name, plain(value)?)));
            plain.collect::<Result<Map<_, _>>>()?.into()
        }
        (_, string_or_bool) => string_or_bool,
    })
}

/// GetItem, signed with SigV4 (IAM's guide, "Create a signed AWS API request").
fn signed(host: &str, body: &str, now: &str) -> Result<String> {
    let time = now.replace(['-', ':'], "");
    let (day, _) = time.split_once('T').ok_or("no time")?;
    let names = "content-type;host;x-amz-date;x-amz-target";
    let headers = format!(
        "content-type:application/x-amz-json-1.0\nhost:{host}\nx-amz-date:{time}\n\
         x-amz-target:DynamoDB_20120810.GetItem\n"
    );
    let canonical = sha256(&format!("POST\n/\n\n{headers}\n{names}\n{}", sha256(body)));
    let region = env::var("AWS_REGION")?;
    let scope = format!("{day}/{region}/dynamodb/aws4_request");
    let mut key = format!("AWS4{}", env::var("AWS_SECRET_ACCESS_KEY")?).into_bytes();
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
    for part in [day, &region, "dynamodb", "aws4_request", &to_sign] {
        key = hmac::sign(&Key::new(HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec();
    }
    Ok(format!(
        "POST / HTTP/1.1\r\n{}authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, \
         SignedHeaders={names}, Signature={}\r\ncontent-length: {}\r\n\r\n{body}",
        headers.replace('\n', "\r\n"),
        env::var("AWS_ACCESS_KEY_ID")?,
        hex(&key),
        body.len()
    ))
}

fn sha256(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Connects over TLS, and trusts the root certificates of `AWS_CA_BUNDLE` alone.
fn connect(authority: &str) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(env::var("AWS_CA_BUNDLE")?)? {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let (host, _) = authority.split_once(':').ok_or("no port")?;
    let server = ServerName::try_from(host.to_owned())?;
    let mut tls = ClientConnection::new(Arc::new(config), server)?;
    let mut tcp = TcpStream::connect(authority)?;
    tcp.set_nodelay(true)?;
    tls.complete_io(&mut tcp)?;
    Ok(StreamOwned::new(tls, tcp))
}

/// Sends a request, and returns the invocation ID and the body of the response.
fn exchange(
    connection: &mut BufReader<impl Read + Write>,
    request: &str,
) -> Result<(String, Vec<u8>)> {
    connection.get_mut().write_all(request.as_bytes())?;
    connection.get_mut().flush()?;
    let (mut id, mut length, mut line) = (String::new(), 0, String::new());
    while line != "\r\n" {
        line.clear();
        connection.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some(("lambda-runtime-aws-request-id", value)) => id = value.to_owned(),
            Some(("content-length", value)) => length = value.parse()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    Ok((id, body))
}
