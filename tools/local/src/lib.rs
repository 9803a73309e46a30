//! The whole API on this machine, offline: a gateway that serves `openapi.yaml`, the real
//! function binaries behind the Lambda Runtime API, and an embedded DynamoDB.
//!
//! [`Stack`] starts all three. The [`gateway`] finds a request's route in the [`definition`],
//! describes the request in a [`proxy_event`], evaluates the [`policy`] of the authorizer, and
//! invokes a [`function`] over its [`runtime_api`]. A response that no function made is a
//! [`gateway_response`]. The [reference page](mod@reference) is the stack's own.

mod data_file;
pub mod definition;
pub mod demo;
mod environment;
pub mod function;
pub mod function_log;
pub mod gateway;
pub mod gateway_response;
mod invoke_error;
pub mod log_line;
mod openapi;
mod options;
mod path;
pub mod policy;
pub mod proxy_event;
mod proxy_response;
pub mod reference;
mod request_record;
mod resources;
pub mod runtime_api;
pub mod stack;
mod table_server;
pub mod tables;
mod web_pages;

pub use self::{
    options::{MAX_ENVIRONMENTS, Options},
    resources::Resources,
    stack::Stack,
};
