//! The client of progenitor.

use std::{env, error};

use reqwest::header::{AUTHORIZATION, HeaderMap, RETRY_AFTER};

progenitor::generate_api!("../../../contract/credira-users.openapi.yaml");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn error::Error>> {
    let arguments: Vec<_> = env::args().collect();
    let [_, url, id, key, etag] = &arguments[..] else {
        return Err("usage: client URL ID KEY ETAG".into());
    };
    let headers = HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {key}").try_into()?)]);
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    let etag = Some(etag.as_str()).filter(|etag| !etag.is_empty());
    let (how, status, value, headers) =
        match Client::new_with_client(url, http).get_user(&id.parse()?, etag).await {
            Ok(user) => ("ok", user.status(), user.data.name.clone(), user.headers().clone()),
            Err(Error::ErrorResponse(error)) => {
                ("raised", error.status(), error.error.code.to_string(), error.headers().clone())
            }
            Err(Error::UnexpectedResponse(response)) => {
                ("raised", response.status(), String::new(), response.headers().clone())
            }
            Err(error) => return Err(error.into()),
        };
    let retry_after = headers.get(RETRY_AFTER).map_or(Ok(""), |value| value.to_str())?;
    println!("{how}\t{}\t{value}\t{retry_after}", status.as_u16());
    Ok(())
}
