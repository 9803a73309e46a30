//! The reference page: `/docs` and `/openapi.yaml`. They are the local stack's own, not routes of the
//! API.

use std::sync::Arc;

use anyhow::{Result, ensure};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        Method,
        header::{ACCEPT, CONTENT_TYPE},
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use swagger_ui_dist::{ApiDefinition, OpenApiSource};
use tower::ServiceExt;

use crate::dynamodb::demo::DemoKey;

const CONTRACT: &str = include_str!("../../../contract/credira-users.openapi.yaml");
const PAGE: &str = include_str!("../reference/index.html");
const SCRIPT: &str = include_str!("../reference/reference.js");
const STYLE: &str = include_str!("../reference/reference.css");

/// The page and what it loads.
pub struct Reference {
    /// Its files: the path in their URL, the content type, and the content.
    pub files: Vec<(&'static str, &'static str, Bytes)>,
}

impl Reference {
    /// The page of a local stack. It sends requests to this stack, and offers the keys.
    ///
    /// # Errors
    /// The viewer lacks a file.
    pub async fn local(keys: &[DemoKey]) -> Result<Self> {
        let options = keys.iter().map(|DemoKey { name, key, .. }| {
            format!("<option value=\"{key}\">{name}: {key}</option>\n        ")
        });
        let page = PAGE.replace("<!-- keys -->", options.collect::<String>().trim_end());
        // Relative, because the visitor may use any name of this machine.
        let server = "\nservers:\n- url: /\n  description: This cargo local\n";
        let contract = CONTRACT.replacen("\nservers:\n", server, 1);
        Self::new(page, contract).await
    }

    /// The page to publish. It sends no requests: the API has no CORS, so a browser would not show
    /// the responses.
    ///
    /// # Errors
    /// The viewer lacks a file.
    pub async fn published() -> Result<Self> {
        // Without what is between the two marks.
        let page = PAGE.split("    <!-- try -->\n").step_by(2).collect();
        Self::new(page, CONTRACT.to_owned()).await
    }

    async fn new(page: String, contract: String) -> Result<Self> {
        let (css, js) = ("text/css", "text/javascript");
        let mut files = vec![
            ("/docs", "text/html; charset=utf-8", page.into()),
            ("/openapi.yaml", "application/yaml", contract.into()),
            ("/docs/reference.css", css, STYLE.into()),
            ("/docs/reference.js", js, SCRIPT.into()),
        ];
        // The crate of Swagger UI gives access to its files only by routes.
        let viewer = swagger_ui_dist::generate_routes(ApiDefinition {
            uri_prefix: "/docs",
            api_definition: OpenApiSource::Uri("/openapi.yaml"),
            title: None,
        });
        for (path, kind) in [("/docs/swagger-ui.css", css), ("/docs/swagger-ui-bundle.js", js)] {
            let request = Request::get(path).body(Body::empty())?;
            let response = viewer.clone().oneshot(request).await?;
            ensure!(response.status().is_success(), "Swagger UI has no {path}");
            files.push((path, kind, to_bytes(response.into_body(), usize::MAX).await?));
        }
        Ok(Self { files })
    }
}

/// Responds to a request for a file of the page, and passes every other request on.
pub async fn serve(
    State(reference): State<Arc<Reference>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    // A person who types the address means the page. To a program these paths are the API's 404.
    let accept = request.headers().get(ACCEPT).and_then(|it| it.to_str().ok());
    if ["/", "/docs/"].contains(&path) && accept.is_some_and(|it| it.contains("text/html")) {
        return Redirect::temporary("/docs").into_response();
    }
    let file = reference.files.iter().find(|(name, ..)| *name == path);
    match file.filter(|_| [Method::GET, Method::HEAD].contains(request.method())) {
        Some((_, kind, content)) => ([(CONTENT_TYPE, *kind)], content.clone()).into_response(),
        None => next.run(request).await,
    }
}
