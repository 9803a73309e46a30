//! Everything together.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use axum::handler::Handler;
use tokio::task::JoinSet;

use crate::{
    definition::Definition,
    function::{Function, LogSink},
    gateway::{self, Gateway, RequestRecord},
    resources::Resources,
    tables::{self, Tables},
};

/// How to start a [`Stack`].
pub struct Options {
    /// The address to serve on.
    pub host: IpAddr,
    /// The API's port; 0 picks a free one.
    pub port: u16,
    /// DynamoDB's port; 0 picks a free one.
    pub dynamodb_port: u16,
    /// The file that keeps the tables; in memory where there is none.
    pub data: Option<PathBuf>,
    /// Whether new tables get the demo data.
    pub has_demo_data: bool,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// Environment variables of the functions, beside or instead of those that they get.
    pub variables: Vec<(&'static str, String)>,
    /// Takes the functions' log: the function's name and a line.
    pub log: LogSink,
    /// Takes the gateway's log.
    pub on_request: Box<dyn Fn(&RequestRecord) + Send + Sync>,
}

/// A running stack. Its servers end when it is dropped; [`stop`](Self::stop) is the orderly end.
pub struct Stack {
    /// Where the API is served.
    pub api: SocketAddr,
    /// Where DynamoDB is served.
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
        let Resources { api, dynamodb, tables } = resources;
        let (api_address, dynamodb_address) = (api.local_addr()?, dynamodb.local_addr()?);
        let mut servers = JoinSet::new();
        servers.spawn(tables.clone().serve(dynamodb));

        let definition = Definition::parse(include_str!("../../../openapi.yaml"))
            .context("openapi.yaml cannot be used")?;
        let dynamodb_url = format!("http://{}", reachable(dynamodb_address));
        let mut functions = HashMap::new();
        for name in definition.functions() {
            if functions.contains_key(name) {
                continue;
            }
            let (binary, table) = match name {
                "GetUserFunction" => ("get-user", ("USERS_TABLE", tables::USERS.to_owned())),
                "AuthorizerFunction" => {
                    ("authorizer", ("API_KEYS_TABLE", tables::API_KEYS.to_owned()))
                }
                other => bail!("openapi.yaml names {other}, which is no function of this project"),
            };
            let mut variables = vec![table, ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url.clone())];
            variables.extend(options.variables.iter().cloned());
            let path = options.binaries.join(binary);
            let function = Function::new(binary, path, variables, options.log.clone());
            function.warm_up().await?;
            functions.insert(name.to_owned(), function);
        }
        let gateway = Arc::new(Gateway {
            definition,
            functions,
            on_request: options.on_request,
            log: options.log,
        });
        // The bare handler: a router would give a HEAD the length of its empty body.
        let service = gateway::handle
            .with_state(gateway.clone())
            .into_make_service_with_connect_info::<SocketAddr>();
        servers.spawn(async move {
            // Never ends by itself: it retries whatever fails.
            let _ = axum::serve(api, service).await;
        });
        Ok(Self {
            api: reachable(api_address),
            dynamodb: reachable(dynamodb_address),
            host: options.host,
            tables,
            gateway,
            servers,
        })
    }

    /// Ends everything, and returns when no function's process waits for a request any more.
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

/// The address that reaches a server from this machine, if it listens on every address.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
