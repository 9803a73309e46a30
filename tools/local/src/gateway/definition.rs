//! The parts of `openapi.yaml` that the gateway uses.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::lambda::function::Function;

const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
/// That of the API's only authorizer.
const AUTHORIZER_URI: &str = "/securitySchemes/ApiKey/x-amazon-apigateway-authorizer/authorizerUri";

/// The API's functions by their logical ID.
pub(crate) type Functions = HashMap<&'static str, Arc<Function>>;

/// The API: its routes and its gateway responses.
pub(crate) struct Definition {
    /// The methods of each path.
    routes: matchit::Router<HashMap<String, Method>>,
    pub(crate) functions: Functions,
    /// By type, such as `ACCESS_DENIED`.
    pub(crate) gateway_responses: HashMap<String, GatewayResponse>,
}

/// One method of a path.
pub(crate) struct Method {
    /// The path in the definition, such as `/v1/users/{id}`.
    pub(crate) resource: String,
    /// The function that responds.
    pub(crate) function: Arc<Function>,
    /// The authorizer, if the method has one.
    pub(crate) authorizer: Option<Arc<Function>>,
}

/// The route that matches a request.
pub(crate) struct Route<'a> {
    pub(crate) method: &'a Method,
    /// The values of the path's parameters, not decoded.
    pub(crate) path_parameters: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Document {
    paths: HashMap<String, HashMap<String, Value>>,
    #[serde(rename = "x-amazon-apigateway-gateway-responses")]
    gateway_responses: HashMap<String, GatewayResponse>,
    components: Value,
}

/// A response that the gateway makes (API Gateway's guide, "Gateway responses").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayResponse {
    /// None for the status of its type.
    pub(crate) status_code: Option<String>,
    /// Header values by `gatewayresponse.header.NAME`.
    #[serde(default)]
    pub(crate) response_parameters: BTreeMap<String, String>,
    /// Bodies by content type.
    #[serde(default)]
    pub(crate) response_templates: HashMap<String, String>,
}

impl Definition {
    /// Reads the YAML text of the definition.
    pub(crate) fn parse(yaml: &str, functions: Functions) -> Result<Self> {
        let Document { paths, gateway_responses, components } = serde_yaml_ng::from_str(yaml)?;
        // The function in `…/functions/${LogicalId.Alias}/invocations`, a `Fn::Sub` of CloudFormation.
        let function = |value: &Value, uri: &str| {
            let template = value.pointer(&format!("{uri}/Fn::Sub")).and_then(Value::as_str);
            let name = template.and_then(|it| it.split_once("functions/${")?.1.split('.').next());
            let name = name.with_context(|| format!("{uri} names no function"))?;
            let function = functions.get(name).cloned();
            function.with_context(|| format!("{name} is not a function of this project"))
        };
        let mut routes = matchit::Router::new();
        for (path, item) in paths {
            let mut methods = HashMap::new();
            for (name, operation) in item.into_iter().filter(|(_, operation)| operation.is_object())
            {
                let resource = path.clone();
                let security = operation.pointer("/security/0");
                let is_known = security.is_none_or(|it| it.get("ApiKey").is_some());
                ensure!(is_known, "{name} of {path} has another security scheme than ApiKey");
                let authorizer = security.map(|_| function(&components, AUTHORIZER_URI));
                let authorizer = authorizer.transpose()?;
                let function = function(&operation, "/x-amazon-apigateway-integration/uri")
                    .with_context(|| format!("{name} of {path}"))?;
                methods.insert(name, Method { resource, function, authorizer });
            }
            // `/{proxy+}` is `/{*proxy}` in a router's words.
            let start_and_name = path.strip_suffix("+}").and_then(|path| path.rsplit_once('{'));
            let route = start_and_name.map(|(start, name)| format!("{start}{{*{name}}}"));
            routes.insert(route.unwrap_or(path), methods)?;
        }
        Ok(Self { routes, functions, gateway_responses })
    }

    /// The route of a request, or `None` if the API has no such path or method. `path` is what the
    /// client sent, without the query.
    pub(crate) fn route(&self, method: &str, path: &str) -> Option<Route<'_>> {
        // The gateway ignores a slash at the end of a path.
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        let matched = self.routes.at(path).ok()?;
        let methods = matched.value;
        let defined = methods.get(&method.to_ascii_lowercase()).or_else(|| methods.get(ANY_METHOD));
        // The definition has all methods that a REST API supports. Another one, such as TRACE, gets the
        // path's public operation, so that the function responds as to every other method. What API
        // Gateway does with it is untried.
        let public = || methods.values().find(|method| method.authorizer.is_none());
        let parameters = matched.params.iter();
        let path_parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some(Route { method: defined.or_else(public)?, path_parameters: path_parameters.collect() })
    }
}
