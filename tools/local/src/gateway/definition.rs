//! The parts of `openapi.yaml` that the gateway uses.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};

pub use super::openapi::GatewayResponse;
use super::{
    openapi::{Document, Operation, SecurityScheme},
    path::path_parameters,
};

const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
/// The methods that a REST API supports.
const REST_METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

/// The API: its routes and its gateway responses.
pub struct Definition {
    resources: Vec<Resource>,
    /// Gateway responses by type, such as `ACCESS_DENIED`.
    pub gateway_responses: HashMap<String, GatewayResponse>,
}

/// A path of the API with its methods.
struct Resource {
    path: String,
    methods: HashMap<String, Method>,
}

/// One method of a resource.
#[derive(Clone)]
pub struct Method {
    /// The logical ID of the function that responds.
    pub function: String,
    /// The logical ID of the authorizer, if the method has one.
    pub authorizer: Option<String>,
}

/// The route that matches a request.
pub struct Route<'a> {
    /// The path in the definition, such as `/v1/users/{id}`.
    pub resource: &'a str,
    /// The values of the path's parameters, not decoded.
    pub path_parameters: HashMap<String, String>,
    /// The operation.
    pub method: &'a Method,
}

impl Definition {
    /// Reads the YAML text of the definition.
    pub fn parse(yaml: &str) -> Result<Self> {
        let document: Document = serde_yaml_ng::from_str(yaml)?;
        let schemes = &document.components.security_schemes;
        let mut resources = Vec::new();
        for (path, mut item) in document.paths {
            let mut methods = HashMap::new();
            for name in REST_METHODS.into_iter().chain([ANY_METHOD]) {
                let Some(operation) = item.remove(name) else {
                    continue;
                };
                let method = serde_json::from_value(operation)
                    .map_err(Into::into)
                    .and_then(|operation| method(operation, schemes))
                    .with_context(|| format!("{name} of {path}"))?;
                methods.insert(name.to_owned(), method);
            }
            resources.push(Resource { path, methods });
        }
        // If several paths match, the one with the fewest parameters wins, and `{proxy+}` is last.
        resources.sort_by_key(|resource| {
            (resource.path.contains("+}"), resource.path.matches('{').count())
        });
        Ok(Self { resources, gateway_responses: document.gateway_responses })
    }

    /// The logical IDs of all functions that the API invokes.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.resources
            .iter()
            .flat_map(|resource| resource.methods.values())
            .flat_map(|method| [Some(&method.function), method.authorizer.as_ref()])
            .flatten()
            .map(String::as_str)
    }

    /// The route of a request, or `None` if the API has no such path or method. `path` is what the
    /// client sent, without the query.
    pub fn route(&self, method: &str, path: &str) -> Option<Route<'_>> {
        let (resource, path_parameters) = self
            .resources
            .iter()
            .find_map(|resource| Some((resource, path_parameters(&resource.path, path)?)))?;
        let method = resource.method(&method.to_ascii_lowercase())?;
        Some(Route { resource: &resource.path, path_parameters, method })
    }
}

impl Resource {
    /// A method that no REST API supports, such as TRACE, gets the path's public operation, so that
    /// the function responds as to every other method. What API Gateway does with such a method is
    /// untried.
    fn method(&self, name: &str) -> Option<&Method> {
        let public = || self.methods.values().find(|method| method.authorizer.is_none());
        self.methods.get(name).or_else(|| self.methods.get(ANY_METHOD)).or_else(|| {
            let is_supported = REST_METHODS.contains(&name);
            if is_supported { None } else { public() }
        })
    }
}

fn method(operation: Operation, schemes: &HashMap<String, SecurityScheme>) -> Result<Method> {
    let authorizer = match operation.security.iter().flat_map(HashMap::keys).next() {
        None => None,
        Some(name) => {
            let scheme =
                schemes.get(name).ok_or_else(|| anyhow!("there is no security scheme {name}"))?;
            Some(scheme.authorizer.authorizer_uri.function()?)
        }
    };
    Ok(Method { function: operation.integration.uri.function()?, authorizer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_read() {
        let definition = Definition::parse(include_str!("../../../../openapi.yaml")).unwrap();
        let route = |method, path| {
            let route = definition.route(method, path).unwrap();
            (route.resource.to_owned(), route.method.authorizer.clone())
        };
        let user = "/v1/users/{id}".to_owned();
        assert_eq!(route("GET", "/v1/users/a"), (user.clone(), Some("AuthorizerFunction".into())));
        assert_eq!(route("HEAD", "/v1/users/a"), (user.clone(), Some("AuthorizerFunction".into())));
        assert_eq!(route("POST", "/v1/users/a"), (user, None));
        assert_eq!(route("GET", "/v1/users/a/b"), ("/{proxy+}".into(), None));
        assert_eq!(route("GET", "/"), ("/".into(), None));
    }

    const URI: &str = "{uri: {Fn::Sub: 'functions/${F.Alias}/invocations'}}";

    fn definition(methods: &[&str]) -> Definition {
        let operation = |name: &&str| format!("{name}: {{x-amazon-apigateway-integration: {URI}}}");
        let methods: Vec<_> = methods.iter().map(operation).collect();
        let methods = methods.join(", ");
        let proxy = operation(&ANY_METHOD);
        Definition::parse(&format!(
            "{{paths: {{/a: {{{methods}}}, '/{{proxy+}}': {{{proxy}}}}}, components: {{}}}}"
        ))
        .unwrap()
    }

    #[test]
    fn a_method_that_no_rest_api_supports_gets_the_public_operation() {
        let definition = definition(&["post"]);
        assert_eq!(definition.route("TRACE", "/a").unwrap().resource, "/a");
        assert_eq!(definition.route("BREW", "/b").unwrap().resource, "/{proxy+}");
    }

    #[test]
    fn the_path_decides_before_the_method() {
        // API Gateway does not look for the method in a less specific path.
        assert!(definition(&["post"]).route("GET", "/a").is_none());
    }
}
