//! Output for people.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets::NOTHING};
use credira_users::api_key_record::ApiKeyRecord;

use super::{status, time};
use crate::text::escape;

const WIDTH: u16 = 80;
/// Columns that are not wrapped, with the space after them: a key ID must be easy to copy, and a
/// scope, a status and a date easy to read.
const LEAST_WIDTHS: [(usize, u16); 4] = [(0, 26), (3, 12), (4, 9), (5, 12)];
/// The length of a date in RFC 3339.
const DATE_LENGTH: usize = 10;

/// The most important columns, wrapped to 80 columns of the terminal.
pub(super) fn narrow(records: &[ApiKeyRecord]) -> String {
    let mut table = table(["KEY ID", "NAME", "USER", "SCOPES", "STATUS", "EXPIRES"]);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    for (column, width) in LEAST_WIDTHS {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
    for record in records {
        let expires = expires(record);
        table.add_row([
            escape(&record.key_id),
            optional(&record.name),
            optional(&record.user_id),
            scopes(record),
            status(record).to_owned(),
            expires.get(..DATE_LENGTH).unwrap_or(&expires).to_owned(),
        ]);
    }
    table.trim_fmt()
}

/// Every column, without wrapping.
pub(super) fn wide(records: &[ApiKeyRecord]) -> String {
    let mut table =
        table(["KEY ID", "HINT", "NAME", "USER", "SCOPES", "STATUS", "CREATED", "EXPIRES"]);
    for record in records {
        table.add_row([
            escape(&record.key_id),
            optional(&record.hint),
            optional(&record.name),
            optional(&record.user_id),
            scopes(record),
            status(record).to_owned(),
            optional(&record.created_time),
            expires(record),
        ]);
    }
    table.trim_fmt()
}

/// One key, an attribute a line.
pub(super) fn details(record: &ApiKeyRecord) -> String {
    [
        ("Key ID", escape(&record.key_id)),
        ("Name", optional(&record.name)),
        ("Account", escape(&record.account_id)),
        ("User", optional(&record.user_id)),
        ("Scopes", scopes(record)),
        ("Status", status(record).to_owned()),
        ("Expires", expires(record)),
    ]
    .map(|(name, value)| format!("{name:<9}{value}"))
    .join("\n")
}

fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

fn scopes(record: &ApiKeyRecord) -> String {
    optional(&Some(record.scopes.join(" ")).filter(|scopes| !scopes.is_empty()))
}

fn expires(record: &ApiKeyRecord) -> String {
    record.expires_at.map_or_else(|| "never".to_owned(), time)
}

fn optional(text: &Option<String>) -> String {
    text.as_deref().map_or_else(|| "-".to_owned(), escape)
}
