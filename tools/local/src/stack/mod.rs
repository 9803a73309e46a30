//! The stack: tables, functions and gateway.

mod options;

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, Result, anyhow};
use axum::{extract::DefaultBodyLimit, handler::Handler, middleware};
use tokio::task::JoinSet;

pub use self::options::{MAX_ENVIRONMENTS, Options, Resources};
use crate::{
    dynamodb::{
        demo,
        tables::{self, Tables},
    },
    gateway::{
        self, Gateway, OnRequest,
        definition::{Definition, Functions},
        fail::Fail,
        server,
    },
    lambda::function::Function,
    reference::{self, Reference},
};

/// The functions: logical ID, binary, and the variable that names its table.
const FUNCTIONS: [(&str, &str, &str, &str); 2] = [
    ("GetUserFunction", "get-user", "USERS_TABLE", tables::USERS),
    ("AuthorizerFunction", "authorizer", "API_KEYS_TABLE", tables::API_KEYS),
];

/// A running stack. Dropping it ends its servers; [`stop`](Self::stop) also waits for that.
pub struct Stack {
    /// The address of the API.
    pub api: SocketAddr,
    /// The address of DynamoDB.
    pub dynamodb: SocketAddr,
    /// The tables.
    pub tables: Tables,
    options: Arc<Options>,
    cold_starts: Arc<AtomicUsize>,
    gateway: Arc<Gateway>,
    servers: JoinSet<()>,
}

impl Stack {
    /// Starts everything. When it returns, requests are served.
    ///
    /// # Errors
    /// A port is taken, the file of the tables cannot be used, or a function does not start.
    pub async fn start(options: Options) -> Result<Self> {
        Self::start_on(Resources::acquire(&options).await?, options).await
    }

    /// The same, on resources that were acquired with the same options.
    ///
    /// # Errors
    /// A function does not start.
    pub async fn start_on(resources: Resources, options: Options) -> Result<Self> {
        let Resources { api: listener, dynamodb: dynamodb_listener, tables, .. } = resources;
        let api = reachable(listener.local_addr()?);
        let dynamodb = reachable(dynamodb_listener.local_addr()?);
        let mut servers = JoinSet::new();
        servers.spawn(tables.clone().server(dynamodb_listener).await?);
        let cold_starts = Arc::default();
        let openapi_yaml = include_str!("../../../../openapi.yaml");
        let definition = definition(openapi_yaml, &options, dynamodb, &cold_starts).await?;
        let options = Arc::new(options);
        let for_requests = options.clone();
        let on_request: OnRequest = Arc::new(move |record| (for_requests.on_request)(record));
        let gateway = Arc::new(Gateway {
            definition: RwLock::new(definition),
            fail: OnceLock::new(),
            on_request: on_request.clone(),
            log: options.log.clone(),
        });
        let reference = Arc::new(Reference::local(&demo::keys_in(&tables)?).await?);
        // Without a router, which would set Content-Length to 0 for every HEAD.
        let service = gateway::handle
            .layer(DefaultBodyLimit::max(gateway::MAX_BODY_BYTES))
            .layer(middleware::from_fn_with_state(reference, reference::serve))
            .with_state(gateway.clone());
        servers.spawn(server::serve(listener, service, on_request));
        Ok(Self { api, dynamodb, tables, options, cold_starts, gateway, servers })
    }

    /// Goes on with the functions' new binaries and a new text of `openapi.yaml`. Requests that are
    /// being served get their responses, and the tables stay as they are.
    ///
    /// # Errors
    /// The definition cannot be used, or a function does not start. Nothing changes then.
    pub async fn renew(&self, openapi_yaml: &str) -> Result<()> {
        let Self { options, dynamodb, cold_starts, gateway, .. } = self;
        let definition = definition(openapi_yaml, options, *dynamodb, cold_starts).await?;
        // The last request that uses the old functions ends their processes.
        *gateway.definition.write().unwrap_or_else(PoisonError::into_inner) = definition;
        Ok(())
    }

    /// From now on requests fail; the first call decides which.
    pub fn fail(&self, fail: Fail) {
        // Fails if there was a call before.
        let _ = self.gateway.fail.set(fail);
    }

    /// Ends the servers and the functions' processes, and waits until they have ended.
    pub async fn stop(mut self) {
        self.servers.shutdown().await;
        for function in self.gateway.definition().functions.values() {
            function.stop().await;
        }
    }

    /// How many execution environments of the functions have had their first event.
    pub fn cold_starts(&self) -> usize {
        self.cold_starts.load(Ordering::Relaxed)
    }

    /// A function by its logical ID, until the stack is renewed.
    pub fn function(&self, logical_id: &str) -> Option<Arc<Function>> {
        self.gateway.definition().functions.get(logical_id).cloned()
    }
}

/// The definition, with new functions.
async fn definition(
    openapi_yaml: &str,
    options: &Options,
    dynamodb: SocketAddr,
    cold_starts: &Arc<AtomicUsize>,
) -> Result<Arc<Definition>> {
    let mut functions = Functions::new();
    for (logical_id, name, variable, table) in FUNCTIONS {
        let url = format!("http://{dynamodb}");
        let mut variables = vec![(variable, table.to_owned()), ("AWS_ENDPOINT_URL_DYNAMODB", url)];
        variables.extend(options.variables.iter().cloned());
        let (binary, limit) = (options.binaries.join(name), options.max_environments);
        let (log, cold_starts) = (options.log.clone(), cold_starts.clone());
        let function = Function::start(name, binary, variables, limit, log, cold_starts).await;
        let function = function.map_err(|error| anyhow!("{name} {error}"))?;
        functions.insert(logical_id, Arc::new(function));
    }
    let definition = Definition::parse(openapi_yaml, functions);
    Ok(Arc::new(definition.context("openapi.yaml cannot be used")?))
}

/// The address that reaches a server from this machine, if it listens on every address.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(it) if it.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, it.port()).into(),
        SocketAddr::V6(it) if it.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, it.port()).into(),
        address => address,
    }
}
