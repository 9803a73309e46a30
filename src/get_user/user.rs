//! The user as the API shows it.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::user_id::UserId;

/// A user, with its fields in the order of the API page. It has no `Debug`, so that no personal
/// data gets into a log by accident.
#[derive(Serialize)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) company: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) phone: Option<String>,
    /// The account that the user belongs to. It decides who may read the user.
    pub(crate) account_id: String,
    pub(crate) status: String,
    pub(crate) created_time: String,
    pub(crate) last_login: Option<String>,
    pub(crate) permissions: Vec<String>,
    pub(crate) activity_stats: ActivityStats,
    pub(crate) metadata: Box<RawValue>,
}

/// Counters of a user's activity, in the order of the API page.
#[derive(Serialize)]
pub(crate) struct ActivityStats {
    pub(crate) total_calls_made: u64,
    pub(crate) total_emails_sent: u64,
    pub(crate) total_callouts_created: u64,
    pub(crate) last_activity: Option<String>,
}
