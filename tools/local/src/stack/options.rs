//! How to start a stack.

use std::{net::IpAddr, path::PathBuf};

use crate::{gateway::RequestRecord, lambda::function::LogSink};

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
