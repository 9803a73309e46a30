//! Who may read whom. The input is the authorizer context, and below it a user ID and an account.
#![no_main]

use credira_fuzz::model::{self, Access};
use credira_users::{
    caller::{AuthorizerContext, Caller},
    user_id::UserId,
};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;

fuzz_target!(|text: &str| -> Corpus {
    let lines: Vec<_> = text.split('\n').collect();
    let [context, id, account] = lines[..] else { return Corpus::Reject };
    let Ok(context) = serde_json::from_str::<Value>(context) else { return Corpus::Reject };
    let caller = serde_json::from_value::<AuthorizerContext>(context.clone());
    let caller = caller.ok().and_then(|context| Caller::parse(context).ok());
    // serde also reads a list as an object. The functions do not.
    let (Ok(user_id), false) = (UserId::parse(id), context.is_array()) else { return Corpus::Keep };
    let Some(caller) = caller else {
        assert_eq!(model::access(&context, id), None);
        return Corpus::Keep;
    };
    let reads = |account: &str| {
        caller
            .grant(user_id.clone())
            .is_some_and(|grant| grant.id().as_str() == id && grant.covers(account))
    };
    let own = context["account_id"].as_str().unwrap_or_default();
    let expected = |account: &str| {
        let access = model::access(&context, id)?;
        Some(access == Access::Everybody || access == Access::Account && account == own)
    };
    for account in [account, own] {
        assert_eq!(Some(reads(account)), expected(account));
    }
    Corpus::Keep
});
