//! The `authorizer` with the events of a REST API.
#![no_main]

use credira_fuzz::authorizer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|event: &[u8]| -> libfuzzer_sys::Corpus { authorizer::check(event) });
