//! The parts of `openapi.yaml` that the gateway uses.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};

pub use super::openapi::GatewayResponse;
use super::openapi::{Document, Operation, SecurityScheme};

const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
/// The methods that a REST API supports.
const REST_METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

/// The API: its routes and its gateway responses.
pub struct Definition {
    resources: Vec<Resource>,
    /// The index of a path's resource.
    routes: matchit::Router<usize>,
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
        let (mut resources, mut routes) = (Vec::new(), matchit::Router::new());
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
            // `/{proxy+}` is `/{*proxy}` in a router's words.
            let start_and_name = path.strip_suffix("+}").and_then(|path| path.rsplit_once('{'));
            let route = start_and_name.map(|(start, name)| format!("{start}{{*{name}}}"));
            routes.insert(route.unwrap_or_else(|| path.clone()), resources.len())?;
            resources.push(Resource { path, methods });
        }
        Ok(Self { resources, routes, gateway_responses: document.gateway_responses })
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
        // The gateway ignores a slash at the end of a path.
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        let matched = self.routes.at(path).ok()?;
        let resource = self.resources.get(*matched.value)?;
        let parameters = matched.params.iter();
        let path_parameters = parameters.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let method = resource.method(&method.to_ascii_lowercase())?;
        Some(Route { resource: &resource.path, path_parameters: path_parameters.collect(), method })
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

    #[test]
    fn a_path_has_one_resource_and_the_values_of_its_parameters() {
        let definition = Definition::parse(include_str!("../../../../openapi.yaml")).unwrap();
        let user = ("/v1/users/{id}", "id");
        let proxy = ("/{proxy+}", "proxy");
        for (path, (resource, name), value) in [
            ("/v1/users/a", user, "a"),
            ("/v1/users/a%2Fb%00", user, "a%2Fb%00"),
            ("/v1/users/..", user, ".."),
            ("/v1/users/a/", user, "a"),
            ("/v1/users", proxy, "v1/users"),
            ("/v1/users/", proxy, "v1/users"),
            ("/v1/users//", proxy, "v1/users/"),
            ("/v1/users/a/b", proxy, "v1/users/a/b"),
            ("/v2/users/a", proxy, "v2/users/a"),
            ("//v1/users/a", proxy, "/v1/users/a"),
        ] {
            let route = definition.route("POST", path).unwrap();
            assert_eq!(route.resource, resource, "{path}");
            let parameters = HashMap::from([(name.to_owned(), value.to_owned())]);
            assert_eq!(route.path_parameters, parameters, "{path}");
        }
        assert!(definition.route("GET", "/").unwrap().path_parameters.is_empty());
        assert!(definition.route("OPTIONS", "*").is_none());
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
