//! The stack: tables, functions and gateway.

mod options;
mod resources;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use anyhow::{Context, Result, anyhow, bail};
use axum::{handler::Handler, middleware};
use tokio::task::JoinSet;

pub use self::{
    options::{MAX_ENVIRONMENTS, Options},
    resources::Resources,
};
use crate::{
    dynamodb::{
        demo,
        tables::{self, Tables},
    },
    gateway::{self, Gateway, RequestRecord, definition::Definition, fail::Fail, server},
    lambda::{environment::Environment, function::Function},
    reference::{self, Reference},
};

/// A running stack. Dropping it ends its servers; [`stop`](Self::stop) also waits for that.
pub struct Stack {
    /// The address of the API.
    pub api: SocketAddr,
    /// The address of DynamoDB.
    pub dynamodb: SocketAddr,
    host: IpAddr,
    tables: Tables,
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
        let Resources { api, dynamodb, tables, .. } = resources;
        let (api_address, dynamodb_address) = (api.local_addr()?, dynamodb.local_addr()?);
        let mut servers = JoinSet::new();
        servers.spawn(tables.clone().server(dynamodb).await?);

        let definition = Definition::parse(include_str!("../../../../openapi.yaml"))
            .context("openapi.yaml cannot be used")?;
        let dynamodb_url = format!("http://{}", reachable(dynamodb_address));
        let mut functions = HashMap::new();
        for name in &definition.functions {
            let (binary, variable, table) = match name.as_str() {
                "GetUserFunction" => ("get-user", "USERS_TABLE", tables::USERS),
                "AuthorizerFunction" => ("authorizer", "API_KEYS_TABLE", tables::API_KEYS),
                _ => bail!("openapi.yaml names {name}, which is not a function of this project"),
            };
            let mut variables = vec![
                (variable, table.to_owned()),
                ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url.clone()),
            ];
            variables.extend(options.variables.iter().cloned());
            let path = options.binaries.join(binary);
            let (limit, log) = (options.max_environments, options.log.clone());
            let function = Function::new(binary, path, variables, limit, log);
            function.replace(started(&function).await?).await;
            functions.insert(name.clone(), function);
        }
        let on_request: Arc<dyn Fn(&RequestRecord) + Send + Sync> = options.on_request.into();
        let gateway = Arc::new(Gateway {
            definition: RwLock::new(Arc::new(definition)),
            functions,
            fail: OnceLock::new(),
            on_request: on_request.clone(),
            log: options.log,
        });
        let reference = Arc::new(Reference::local(&demo::keys_in(&tables)?).await?);
        // Without a router, which would set Content-Length to 0 for every HEAD.
        let service = gateway::handle
            .layer(middleware::from_fn_with_state(reference, reference::serve))
            .with_state(gateway.clone());
        servers.spawn(server::serve(api, service, on_request));
        Ok(Self {
            api: reachable(api_address),
            dynamodb: reachable(dynamodb_address),
            host: options.host,
            tables,
            gateway,
            servers,
        })
    }

    /// Goes on with the functions' new binaries and a new text of `openapi.yaml`. Requests that are
    /// being served get their responses, and the tables stay as they are.
    ///
    /// # Errors
    /// The definition cannot be used, or a function does not start. Nothing changes then.
    pub async fn renew(&self, openapi_yaml: &str) -> Result<()> {
        let definition = Definition::parse(openapi_yaml).context("openapi.yaml cannot be used")?;
        let functions = &self.gateway.functions;
        if let Some(name) = definition.functions.iter().find(|it| !functions.contains_key(*it)) {
            bail!("openapi.yaml names {name}, which is not a function of the running stack");
        }
        let mut environments = Vec::new();
        for function in functions.values() {
            environments.push((function, started(function).await?));
        }
        *self.gateway.definition.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(definition);
        for (function, environment) in environments {
            function.replace(environment).await;
        }
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
        for function in self.gateway.functions.values() {
            function.stop().await;
        }
    }

    /// Whether only this machine can reach the servers.
    pub fn is_local(&self) -> bool {
        self.host.is_loopback()
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// How many execution environments of the functions have had their first event.
    pub fn cold_starts(&self) -> usize {
        self.gateway.functions.values().map(Function::cold_starts).sum()
    }

    /// A function by its logical ID.
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.gateway.functions.get(logical_id)
    }
}

async fn started(function: &Function) -> Result<Environment> {
    function.start_ready().await.map_err(|error| anyhow!("{} {error}", function.name()))
}

/// The address that reaches a server from this machine, if it listens on every address.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
