//! The parts of `openapi.yaml` that the gateway uses.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
/// The methods that a REST API supports.
const REST_METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

/// The API: its routes and its gateway responses.
pub(crate) struct Definition {
    routes: matchit::Router<Resource>,
    /// The logical IDs of all functions that the API invokes.
    pub(crate) functions: BTreeSet<String>,
    /// By type, such as `ACCESS_DENIED`.
    pub(crate) gateway_responses: HashMap<String, GatewayResponse>,
}

/// A path of the API with its methods.
struct Resource {
    path: String,
    methods: HashMap<String, Method>,
}

/// One method of a resource.
pub(crate) struct Method {
    /// The logical ID of the function that responds.
    pub(crate) function: String,
    /// The logical ID of the authorizer, if the method has one.
    pub(crate) authorizer: Option<String>,
}

/// The route that matches a request.
pub(crate) struct Route<'a> {
    /// The path in the definition, such as `/v1/users/{id}`.
    pub(crate) resource: &'a str,
    /// The values of the path's parameters, not decoded.
    pub(crate) path_parameters: HashMap<String, String>,
    /// The operation.
    pub(crate) method: &'a Method,
}

#[derive(Deserialize)]
struct Document {
    paths: HashMap<String, HashMap<String, Value>>,
    #[serde(default, rename = "x-amazon-apigateway-gateway-responses")]
    gateway_responses: HashMap<String, GatewayResponse>,
    components: Value,
}

/// A response that the gateway makes (API Gateway's guide, "Gateway responses").
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct GatewayResponse {
    /// Replaces the type's own status.
    pub(crate) status_code: Option<String>,
    /// Header values by `gatewayresponse.header.NAME`.
    pub(crate) response_parameters: HashMap<String, String>,
    /// Bodies by content type.
    pub(crate) response_templates: HashMap<String, String>,
}

impl Definition {
    /// Reads the YAML text of the definition.
    pub(crate) fn parse(yaml: &str) -> Result<Self> {
        let Document { paths, gateway_responses, components } = serde_yaml_ng::from_str(yaml)?;
        let mut definition =
            Self { routes: matchit::Router::new(), functions: BTreeSet::new(), gateway_responses };
        for (path, item) in paths {
            let mut methods = HashMap::new();
            for (name, operation) in item {
                if name != ANY_METHOD && !REST_METHODS.contains(&name.as_str()) {
                    continue;
                }
                let method = Method::parse(&operation, &components)
                    .with_context(|| format!("{name} of {path}"))?;
                let functions = [Some(&method.function), method.authorizer.as_ref()];
                definition.functions.extend(functions.into_iter().flatten().cloned());
                methods.insert(name, method);
            }
            // `/{proxy+}` is `/{*proxy}` in a router's words.
            let start_and_name = path.strip_suffix("+}").and_then(|path| path.rsplit_once('{'));
            let route = start_and_name.map(|(start, name)| format!("{start}{{*{name}}}"));
            let route = route.unwrap_or_else(|| path.clone());
            definition.routes.insert(route, Resource { path, methods })?;
        }
        Ok(definition)
    }

    /// The route of a request, or `None` if the API has no such path or method. `path` is what the
    /// client sent, without the query.
    pub(crate) fn route(&self, method: &str, path: &str) -> Option<Route<'_>> {
        // The gateway ignores a slash at the end of a path.
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        let matched = self.routes.at(path).ok()?;
        let parameters = matched.params.iter();
        let path_parameters = parameters.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let path_parameters = path_parameters.collect();
        let method = matched.value.method(&method.to_ascii_lowercase())?;
        Some(Route { resource: &matched.value.path, path_parameters, method })
    }
}

impl Resource {
    /// A method that no REST API supports, such as TRACE, gets the path's public operation, so that
    /// the function responds as to every other method. What API Gateway does with such a method is
    /// untried.
    fn method(&self, name: &str) -> Option<&Method> {
        let public = || self.methods.values().find(|method| method.authorizer.is_none());
        let method = self.methods.get(name).or_else(|| self.methods.get(ANY_METHOD));
        if REST_METHODS.contains(&name) { method } else { method.or_else(public) }
    }
}

impl Method {
    fn parse(operation: &Value, components: &Value) -> Result<Self> {
        let scheme = operation.pointer("/security/0").and_then(Value::as_object);
        let authorizer = scheme.and_then(|it| it.keys().next()).map(|name| {
            let scheme = format!("/securitySchemes/{name}/x-amazon-apigateway-authorizer");
            function(components, &format!("{scheme}/authorizerUri"))
        });
        Ok(Self {
            function: function(operation, "/x-amazon-apigateway-integration/uri")?,
            authorizer: authorizer.transpose()?,
        })
    }
}

/// The logical ID in `…/functions/${LogicalId.Alias}/invocations`, which is a `Fn::Sub` of
/// CloudFormation.
fn function(value: &Value, uri: &str) -> Result<String> {
    let template = value.pointer(&format!("{uri}/Fn::Sub")).and_then(Value::as_str);
    let rest = template.and_then(|it| Some(it.split_once("functions/${")?.1));
    let rest = rest.with_context(|| format!("{uri} names no function"))?;
    Ok(rest.split(['.', '}']).next().unwrap_or(rest).to_owned())
}
