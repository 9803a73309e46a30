//! Everything together.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use axum::handler::Handler;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    definition::Definition,
    demo,
    function::{Function, LogSink},
    gateway::{self, Gateway, RequestRecord},
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
    gateway: Arc<Gateway>,
    servers: JoinSet<()>,
}

impl Stack {
    /// Starts everything. When it returns, requests are answered.
    pub async fn start(options: Options) -> Result<Self> {
        let api = listen(options.host, options.port, "--port").await?;
        let dynamodb = listen(options.host, options.dynamodb_port, "--dynamodb-port").await?;
        let (api_address, dynamodb_address) = (api.local_addr()?, dynamodb.local_addr()?);

        let (tables, are_new) = Tables::open(options.data.as_deref())?;
        if are_new && options.has_demo_data {
            demo::fill(&tables)?;
        }
        let mut servers = JoinSet::new();
        servers.spawn(tables.serve(dynamodb));

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
        Ok(Self { api: api_address, dynamodb: dynamodb_address, gateway, servers })
    }

    /// Ends everything, and returns when no function's process waits for a request any more.
    pub async fn stop(mut self) {
        self.servers.shutdown().await;
        for function in self.gateway.functions.values() {
            function.stop().await;
        }
    }

    /// A function by its logical ID.
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.gateway.functions.get(logical_id)
    }
}

async fn listen(host: IpAddr, port: u16, option: &str) -> Result<TcpListener> {
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("port {port} is taken: stop what uses it, or choose another with {option} (0 picks a free one)")
        }
        _ => anyhow::anyhow!("cannot listen on {host} port {port}: {error}"),
    })
}

/// Where a server that listens on every address is reached from this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port())
    } else {
        address
    }
}
