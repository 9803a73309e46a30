//! The whole API on this machine, offline: a gateway that serves `openapi.yaml`, the real
//! function binaries behind the Lambda Runtime API, and an embedded DynamoDB.
//!
//! [`Stack`] starts all three. The [`gateway`] finds a request's route in the definition, describes the
//! request in a proxy event, evaluates the policy of the authorizer, and invokes a [`function`] over its
//! [`runtime_api`]. A response that no function made is a gateway response. The
//! [reference page](mod@reference) is the stack's own.
//!
//! Imports run one way: from `stack` to `gateway` and from there to `lambda`, and from `stack` and
//! `reference` to `dynamodb`.

mod dynamodb;
pub mod gateway;
mod lambda;
pub mod reference;
mod stack;

pub use self::{
    dynamodb::{demo, tables},
    gateway::fail::Fail,
    lambda::{build, function, log_line, runtime_api},
    stack::{MAX_ENVIRONMENTS, Options, Resources, Stack},
};
