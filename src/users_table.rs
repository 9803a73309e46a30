//! The table of users.

use aws_sdk_dynamodb::{operation::get_item::GetItemInput, types::AttributeValue};

use crate::{
    caller::Grant,
    dynamodb::{Client, TableError},
    item::{Item, SchemaError},
    user::{ActivityStats, User},
    user_id::UserId,
};

/// The order of the API page; other keys follow.
const METADATA_KEYS: &[&str] = &["subscription_plan", "timezone", "language"];

/// The table of users, by its partition key `id`.
pub struct UsersTable {
    client: Client,
    name: String,
}

/// Why no user, or no answer, came of a look-up.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The table gave no answer.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table's item is no user.
    #[error("the item breaks the schema")]
    Schema(#[from] SchemaError),
}

impl UsersTable {
    /// `name` is the table's name or ARN.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Looks up the user that `grant` names; `None` where there is no such user.
    pub async fn find(&self, grant: &Grant<'_>) -> Result<Option<User>, FindError> {
        let key = AttributeValue::S(grant.id().as_str().to_owned());
        let input = GetItemInput::builder().table_name(&self.name).key("id", key);
        let output = self.client.get_item(input).await?;
        let user = output.item.map(|attributes| user(grant.id().clone(), Item::new(attributes)));
        Ok(user.transpose()?)
    }
}

/// Takes the attributes that the API page names; no other leaves the table.
fn user(id: UserId, mut item: Item) -> Result<User, SchemaError> {
    let mut stats = item.map("activity_stats")?;
    Ok(User {
        id,
        email: item.required("email")?,
        name: item.required("name")?,
        company: item.optional("company")?,
        role: item.optional("role")?,
        department: item.optional("department")?,
        phone: item.optional("phone")?,
        account_id: item.required("account_id")?,
        status: item.required("status")?,
        created_time: item.required("created_time")?,
        last_login: item.optional("last_login")?,
        permissions: item.strings("permissions")?,
        activity_stats: ActivityStats {
            total_calls_made: stats.count("activity_stats.total_calls_made")?.unwrap_or(0),
            total_emails_sent: stats.count("activity_stats.total_emails_sent")?.unwrap_or(0),
            total_callouts_created: stats
                .count("activity_stats.total_callouts_created")?
                .unwrap_or(0),
            last_activity: stats.optional("activity_stats.last_activity")?,
        },
        metadata: item.json("metadata", METADATA_KEYS)?,
    })
}
