//! The user as the API shows it.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::user_id::UserId;

/// A user, its fields in the order of the API page. It has no `Debug`: it is about a person.
#[derive(Serialize)]
pub struct User {
    /// The partition key.
    pub id: UserId,
    /// The address the user signs in with.
    pub email: String,
    /// The user's full name.
    pub name: String,
    /// The company's name.
    pub company: Option<String>,
    /// The role inside the account, as `billing_manager`.
    pub role: Option<String>,
    /// The department, as `finance`.
    pub department: Option<String>,
    /// The phone number, in E.164 form on the API page.
    pub phone: Option<String>,
    /// The account that the user belongs to; decides who may read the user.
    pub account_id: String,
    /// The state of the user, as `active`.
    pub status: String,
    /// When the user was created, RFC 3339.
    pub created_time: String,
    /// When the user signed in last, RFC 3339.
    pub last_login: Option<String>,
    /// What the user may do in the product, as `calls:read`.
    pub permissions: Vec<String>,
    /// What the user has done so far.
    pub activity_stats: ActivityStats,
    /// Whatever else is kept of the user: any JSON.
    pub metadata: Box<RawValue>,
}

/// Counters of a user's activity, in the order of the API page.
#[derive(Serialize)]
pub struct ActivityStats {
    /// Calls made.
    pub total_calls_made: u64,
    /// E-mails sent.
    pub total_emails_sent: u64,
    /// Callouts created.
    pub total_callouts_created: u64,
    /// When the user did something last, RFC 3339.
    pub last_activity: Option<String>,
}
