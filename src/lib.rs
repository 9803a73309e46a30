//! `GET /v1/users/{id}` of the Credira API as AWS Lambda functions.
//!
//! Two binaries are built from this library: `authorizer` turns an API key into a caller,
//! `get-user` turns a caller and a user ID into the user. A request passes through the modules
//! in this order:
//!
//! 1. [`authorizer`]: the `Authorization` header becomes an [`api_key`], the key's
//!    [`api_key_record`] is looked up in [`api_keys_table`], and the [`policy`] with its context
//!    goes back to API Gateway.
//! 2. [`request`]: what `get-user` reads of API Gateway's event.
//! 3. [`caller`]: who asks, and what it may read.
//! 4. [`users_table`]: the item, which becomes a [`user`].
//! 5. [`response`]: the answer in the envelope.

pub mod api_key;
pub mod api_key_record;
pub mod api_keys_table;
pub mod authorizer;
pub mod caller;
pub mod config;
mod connection;
pub mod dynamodb;
mod endpoint;
pub mod environment;
pub mod error;
mod get_item;
pub mod get_user;
mod headers;
pub mod item;
mod json;
mod key_cache;
pub mod log;
pub mod meta;
mod moment;
pub mod policy;
pub mod process;
pub mod request;
pub mod response;
mod signer;
mod signing_key;
pub mod user;
pub mod user_id;
pub mod users_table;
