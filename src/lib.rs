//! `GET /v1/users/{id}` of the Credira API as two AWS Lambda functions.
//!
//! A request passes through them like this:
//!
//! ```text
//! API Gateway
//!   │  1. who is the caller?
//!   ├──▶ authorizer   event ──▶ API key ──▶ record, from memory or the table ──▶ policy + context
//!   │  2. the request and the authorizer context
//!   └──▶ get_user     event ──▶ caller and user ID ──▶ item ──▶ user ──▶ response in the envelope
//!             │
//!             ▼
//!         dynamodb     table ──▶ the AWS SDK's client ──▶ checked HTTP connector
//! ```
//!
//! Each function has a module, and both use [`dynamodb`]. The modules beside these three are what
//! the functions share: the [`caller`] and what it may read, the forms of an [`id`], a [`user_id`], an
//! [`api_key`] and its [`api_key_record`], API Gateway's events, an
//! `invocation` with one of them, the [`meta`] of a response, and what a process needs
//! ([`environment`], `log`, [`process`]).

pub mod api_key;
pub mod api_key_record;
pub mod authorizer;
pub mod caller;
pub mod dynamodb;
pub mod environment;
mod gateway_event;
pub mod get_user;
pub mod id;
mod invocation;
mod log;
pub mod meta;
pub mod process;
mod timestamp;
pub mod user_id;
