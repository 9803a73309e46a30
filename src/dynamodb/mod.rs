//! Reads items of DynamoDB tables with the AWS SDK's client.
//!
//! `client` builds the client from the environment, `endpoint` is its URL, `connector` checks each HTTP
//! response before the SDK reads it, `attempts` counts the attempts of a read, `table` reads an
//! item by its key, `item` gives typed access to its attributes, and `json` writes a Map as JSON.

mod attempts;
mod client;
mod connector;
mod endpoint;
mod item;
mod json;
mod table;

pub use self::{
    client::Config,
    endpoint::{EndpointUrl, InvalidEndpointUrl},
    item::{END_OF_9999, Item, SchemaError},
    table::{Consistency, Table, TableError, TableUse},
};
