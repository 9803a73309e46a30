//! From a user's item to the user. The input is the item, see `attribute::item`.
#![no_main]

use credira_fuzz::{attribute, user};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(item) = attribute::item(data, user::REQUIRED) else { return Corpus::Reject };
    user::check(&item);
    Corpus::Keep
});
