//! The JSON of an attribute value, in the `metadata` of a user. The input is the JSON, see
//! `attribute::value`.
#![no_main]

use credira_fuzz::{
    attribute::{self, Attribute, Item, Text},
    user,
};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(value) = attribute::value(data) else { return Corpus::Reject };
    let required = user::REQUIRED
        .iter()
        .map(|name| (*name, Attribute::S(Text::from(attribute::required(name)))));
    let item = required.chain([("metadata", value)]).map(|(name, value)| (Text::from(name), value));
    user::check(&item.collect::<Item>());
    Corpus::Keep
});
