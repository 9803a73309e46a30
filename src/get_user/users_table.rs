//! The table of users.

use aws_sdk_dynamodb::Client;

use crate::{
    caller::Grant,
    dynamodb::{Consistency, Item, SchemaError, Table, TableUse},
    get_user::{
        error::Error,
        user::{ActivityStats, User},
    },
    user_id::UserId,
};

/// The Strings of `metadata` that the API page names, in its order.
const METADATA_STRINGS: &[&str] = &["subscription_plan", "timezone", "language"];

/// The table of users.
pub struct UsersTable(Table);

impl UsersTable {
    /// `name` is the table's name or ARN.
    pub fn new(client: Client, name: String) -> Self {
        Self(Table::new(client, name, "id", Consistency::Eventual))
    }

    /// Looks up the user that `grant` is for, and checks that the grant covers it.
    pub(crate) async fn find(
        &self,
        grant: &Grant<'_>,
        request_id: &str,
    ) -> (Result<User, Error>, TableUse) {
        let (item, table_use) = self.0.get(grant.id().as_str(), request_id).await;
        let item = item.map_err(Error::from).and_then(|item| item.ok_or(Error::UserNotFound));
        (item.and_then(|item| covered_user(grant, item)), table_use)
    }
}

fn covered_user(grant: &Grant<'_>, mut item: Item) -> Result<User, Error> {
    let account_id = item.required("account_id")?;
    // Before anything else of the item is read: a caller who may not see the user must not
    // learn whether its item is broken.
    if !grant.covers(&account_id) {
        return Err(Error::Forbidden);
    }
    Ok(user(grant.id().clone(), account_id, item)?)
}

/// Reads the attributes that the API page names. No other attribute leaves the table.
fn user(id: UserId, account_id: String, mut item: Item) -> Result<User, SchemaError> {
    let mut stats = item.map("activity_stats")?;
    let mut count = |name| Ok(stats.count(name)?.unwrap_or(0));
    Ok(User {
        id,
        email: item.required("email")?,
        name: item.required("name")?,
        company: item.optional("company")?,
        role: item.optional("role")?,
        department: item.optional("department")?,
        phone: item.optional("phone")?,
        account_id,
        status: item.required("status")?,
        created_time: item.required_time("created_time")?,
        last_login: item.optional_time("last_login")?,
        permissions: item.strings("permissions")?,
        activity_stats: ActivityStats {
            total_calls_made: count("total_calls_made")?,
            total_emails_sent: count("total_emails_sent")?,
            total_callouts_created: count("total_callouts_created")?,
            last_activity: stats.optional_time("last_activity")?,
        },
        metadata: item.json_object("metadata", METADATA_STRINGS)?,
    })
}
