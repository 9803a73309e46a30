//! `get-user` with the events of an HTTP API, from a seed in payload format 2.0.
#![no_main]

use credira_fuzz::get_user;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|event: &[u8]| -> libfuzzer_sys::Corpus { get_user::check(event) });
