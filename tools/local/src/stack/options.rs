//! How to start a stack, and what it needs of the machine: two ports and the tables.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::net::TcpListener;

use crate::{
    dynamodb::{demo, tables::Tables},
    gateway::RequestRecord,
    lambda::function::LogSink,
};

/// As many execution environments of each function as a developer's machine can bear.
pub const MAX_ENVIRONMENTS: usize = 4;

/// How to start a [`Stack`](crate::Stack).
pub struct Options {
    /// The address to serve on.
    pub host: IpAddr,
    /// The API's port; 0 picks a free one.
    pub port: u16,
    /// DynamoDB's port; 0 picks a free one.
    pub dynamodb_port: u16,
    /// The file of the tables; they are in memory if there is none.
    pub data: Option<PathBuf>,
    /// Whether new tables get the demo data.
    pub has_demo_data: bool,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// The most execution environments of each function; further requests wait.
    pub max_environments: usize,
    /// Environment variables of the functions, which override those that the stack sets.
    pub variables: Vec<(&'static str, String)>,
    /// Gets the functions' log: the function's name and a line.
    pub log: LogSink,
    /// Gets the request log.
    pub on_request: Box<dyn Fn(&RequestRecord) + Send + Sync>,
}

/// The ports and the tables of one stack. No other stack can have them.
pub struct Resources {
    pub(crate) api: TcpListener,
    pub(crate) dynamodb: TcpListener,
    pub(crate) tables: Tables,
    /// Whether the tables were made now.
    pub are_tables_new: bool,
}

impl Resources {
    /// Takes the ports, and opens the tables. New tables get the demo data.
    ///
    /// # Errors
    /// A port is taken, or the file of the tables cannot be used.
    pub async fn acquire(options: &Options) -> Result<Self> {
        let Options { host, port, dynamodb_port, .. } = *options;
        ensure!(
            port != dynamodb_port || port == 0,
            "--port and --dynamodb-port are both {port}: they must differ (0 picks a free port)"
        );
        let (api, dynamodb) = (listen(host, port).await?, listen(host, dynamodb_port).await?);
        let (tables, are_tables_new) = Tables::open(options.data.as_deref())?;
        if are_tables_new && options.has_demo_data {
            demo::fill(&tables)?;
        }
        Ok(Self { api, dynamodb, tables, are_tables_new })
    }

    /// The address that DynamoDB will have.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn dynamodb_address(&self) -> io::Result<SocketAddr> {
        self.dynamodb.local_addr()
    }
}

async fn listen(host: IpAddr, port: u16) -> Result<TcpListener> {
    match TcpListener::bind((host, port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => bail!(
            "port {port} is taken: stop the program that uses it (another `cargo local`?), or pick free ports with --port 0 --dynamodb-port 0"
        ),
        listener => listener.with_context(|| format!("cannot listen on {host} port {port}")),
    }
}
