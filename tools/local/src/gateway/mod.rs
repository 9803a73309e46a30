//! The gateway: the features of an API Gateway REST API that `openapi.yaml` uses.

pub mod definition;
pub mod gateway_response;
mod handler;
mod openapi;
pub mod policy;
pub mod proxy_event;
mod proxy_response;
mod request_record;

pub use self::{
    handler::{Gateway, handle},
    request_record::RequestRecord,
};
