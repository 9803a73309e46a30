//! Many clients at once.

use std::sync::Arc;

use crate::{client::Api, keys::key};

#[tokio::test(flavor = "multi_thread")]
async fn responses_of_32_parallel_clients_are_not_mixed_up() {
    let api = Arc::new(Api::start().await);
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..32 {
        let api = api.clone();
        clients.spawn(async move {
            for round in 0..10 {
                let (name, id, status) = match (client + round) % 5 {
                    0 => ("reads its account", "user_123456789", 200),
                    1 => ("reads itself", "user_987654321", 403),
                    2 => ("reads another account", "user_300000003", 200),
                    3 => ("reads everyone", "user_987654321", 200),
                    _ => ("is revoked", "user_123456789", 401),
                };
                let response = api.get(&format!("/v1/users/{id}"), &key(name)).await;
                assert_eq!(response.status, status);
                if status == 200 {
                    assert_eq!(response.json()["data"]["id"], id);
                }
                // `contract::check` has held the request's ID against the gateway's.
            }
        });
    }
    while let Some(result) = clients.join_next().await {
        result.unwrap();
    }
}
