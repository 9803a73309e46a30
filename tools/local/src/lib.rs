//! The whole API on this machine, offline: a gateway that serves `openapi.yaml`, the real
//! function binaries behind the Lambda Runtime API, and an embedded DynamoDB.
//!
//! [`Stack`] starts the three. A request passes through [`gateway`], which takes its rules from
//! [`definition`], describes the request in a [`proxy_event`], asks the authorizer's [`policy`],
//! and invokes a [`function`] over its [`runtime_api`]; what it answers by itself is a
//! [`gateway_response`].

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
mod path;
pub mod policy;
pub mod proxy_event;
mod proxy_response;
mod resources;
pub mod runtime_api;
pub mod stack;
pub mod tables;

pub use self::{
    resources::Resources,
    stack::{Options, Stack},
};
