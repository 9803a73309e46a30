//! The command line.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, ToSocketAddrs},
    path::PathBuf,
};

use clap::Parser;
use credira_local::Fail;

/// Serves the API on this machine: the real functions, an embedded DynamoDB, and a gateway that
/// serves openapi.yaml.
#[derive(Parser)]
#[command(bin_name = "cargo local", version, args_override_self = true)]
pub(crate) struct Arguments {
    /// Port of the API; 0 picks a free one
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
    /// Port of DynamoDB; 0 picks a free one
    #[arg(long, default_value_t = 8000)]
    pub(crate) dynamodb_port: u16,
    /// Address or name of the interface to serve both on
    #[arg(long, value_parser = resolve, default_value_t = Ipv4Addr::LOCALHOST.into())]
    pub(crate) host: IpAddr,
    /// Keep the tables in this file, and use those that it already has
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// Start without demo data
    #[arg(long)]
    pub(crate) empty: bool,
    /// Apply changes of src, openapi.yaml and the demo data without a restart
    #[arg(long)]
    pub(crate) watch: bool,
    /// Let every request fail with 429, 500 or 503, or a share of them from 0 to 1, such as 503:0.2
    #[arg(long, value_name = "STATUS[:SHARE]")]
    pub(crate) fail: Option<Fail>,
    /// Show every line that the functions log
    #[arg(long)]
    pub(crate) verbose: bool,
    /// Show only the lines that the functions log, as their JSON; all others, such as `ready`, are on
    /// standard error
    #[arg(long, conflicts_with = "verbose")]
    pub(crate) json: bool,
}

/// An IPv4 address if the name has one, because the other tools' defaults are IPv4.
fn resolve(host: &str) -> io::Result<IpAddr> {
    let address = (host, 0).to_socket_addrs()?.map(|it| it.ip()).min_by_key(IpAddr::is_ipv6);
    address.ok_or_else(|| io::Error::other("the name has no address"))
}
