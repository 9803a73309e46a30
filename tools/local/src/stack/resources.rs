//! What a stack needs of the machine: two ports and the tables.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use anyhow::{Result, anyhow};
use tokio::net::TcpListener;

use super::Options;
use crate::dynamodb::{demo, tables::Tables};

/// The ports and the tables of one stack. No other stack can have them.
pub struct Resources {
    pub(crate) api: TcpListener,
    pub(crate) dynamodb: TcpListener,
    pub(crate) tables: Tables,
}

impl Resources {
    /// Takes the ports, and opens the tables. New tables get the demo data.
    ///
    /// # Errors
    /// A port is taken, or the file of the tables cannot be used.
    pub async fn acquire(options: &Options) -> Result<Self> {
        let api = listen(options.host, options.port, "--port").await?;
        let dynamodb = listen(options.host, options.dynamodb_port, "--dynamodb-port").await?;
        let (tables, are_new) = Tables::open(options.data.as_deref())?;
        if are_new && options.has_demo_data {
            demo::fill(&tables)?;
        }
        Ok(Self { api, dynamodb, tables })
    }

    /// The address that DynamoDB will have.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn dynamodb_address(&self) -> io::Result<SocketAddr> {
        self.dynamodb.local_addr()
    }
}

async fn listen(host: IpAddr, port: u16, option: &str) -> Result<TcpListener> {
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "port {port} is taken: stop the program that uses it, or choose another port with {option} (0 picks a free one)"
        ),
        _ => anyhow!("cannot listen on {host} port {port}: {error}"),
    })
}
