//! Nothing but the features in `Cargo.toml`.

use tokio as _;
