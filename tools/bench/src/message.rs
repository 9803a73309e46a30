//! Requests and responses of HTTP as bytes, so that a part of one can be sent.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// A response of DynamoDB with this body and its checksum.
pub(crate) fn response(status: u16, body: &str) -> Vec<u8> {
    let (length, checksum) = (body.len(), crc32fast::hash(body.as_bytes()));
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-crc32: {checksum}\r\ncontent-length: {length}\r\n\
         date: Mon, 15 Jan 2024 10:30:00 GMT\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Reads a whole request or response, which has a Content-Length or no body. `None` at the end of
/// the connection.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while !is_whole(&bytes) {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().ok())?
    });
    bytes.len() >= end + 4 + length.unwrap_or(0usize)
}
