//! `get-user` with the events of a REST API.
#![no_main]

use credira_fuzz::get_user;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|event: &[u8]| -> libfuzzer_sys::Corpus { get_user::check(event) });
