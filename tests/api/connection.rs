//! The connection that a function keeps to its table.

use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};

use crate::{
    client::Api,
    events::event,
    fake_table::{Ending, FakeTable, Reply},
};

async fn status(api: &Api) -> u16 {
    api.get_user(&event("get-user/found")).await.status
}

/// Which connection each request came over, from 0 for the first one that had a request.
fn connections(table: &FakeTable) -> Vec<usize> {
    let numbers: Vec<_> = table.requests().iter().map(|request| request.connection).collect();
    let mut distinct = numbers.clone();
    distinct.dedup();
    numbers.iter().map(|number| distinct.iter().position(|it| it == number).unwrap()).collect()
}

#[tokio::test]
async fn it_is_open_before_the_first_event_and_serves_all_of_them() {
    let table = FakeTable::start([Reply::empty()]).await;
    let api = Api::with_dynamodb(&table.url).await;
    // Both functions have started: each has connected, and neither has read the table.
    assert_eq!((table.connections(), table.requests().len()), (2, 0));
    for _ in 0..3 {
        assert_eq!(status(&api).await, 404);
    }
    assert_eq!((table.connections(), table.requests().len()), (2, 3));
}

#[tokio::test]
async fn an_idle_connection_that_was_closed_or_reset_costs_no_attempt() {
    for ending in [Ending::Close, Ending::Reset] {
        let table = FakeTable::start([Reply::empty().then(ending), Reply::empty()]).await;
        let api = Api::with_dynamodb(&table.url).await;
        assert_eq!(status(&api).await, 404);
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(status(&api).await, 404);
        assert_eq!(connections(&table), [0, 1]);
        assert_eq!(api.request_line("get-user", 2).await["table_attempts"], 1);
        assert!(!api.log.lock().unwrap().contains("table attempt failed"));
    }
}

#[tokio::test]
async fn an_idle_connection_that_is_silent_costs_an_attempt_and_no_error() {
    let table = FakeTable::start([Reply::empty(), Reply::none(), Reply::empty()]).await;
    let api = Api::with_dynamodb(&table.url).await;
    assert_eq!(status(&api).await, 404);
    assert_eq!(status(&api).await, 404);
    assert_eq!(connections(&table), [0, 0, 1]);
    let request = api.request_line("get-user", 2).await;
    assert_eq!(request["table_attempts"], 2);
    let attempt = api.line("get-user", "table attempt failed", 1).await;
    assert_eq!(attempt["level"], "WARN");
    assert_eq!(attempt["request_id"], request["request_id"]);
    assert!(attempt["cause"].as_str().unwrap().contains("occurred after 900ms"), "{attempt}");
}

#[tokio::test]
async fn a_start_without_a_table_succeeds_and_the_first_event_connects() {
    // Bound and not listening: no other process gets the port, and connections are refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let api = Api::with_dynamodb(&format!("http://{}", socket.local_addr().unwrap())).await;
    FakeTable::serve(socket.listen(8).unwrap(), None, [Reply::empty()]);
    assert_eq!(status(&api).await, 404);
    api.line("get-user", "connection not opened at start", 1).await;
}

#[tokio::test]
async fn a_start_with_a_table_that_does_not_respond_is_not_held_up() {
    // Accepts connections and never reads from them.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let silent = async {
        // Those of the two functions, from their start.
        [listener.accept().await.unwrap(), listener.accept().await.unwrap()]
    };
    let silent = tokio::time::timeout(Duration::from_secs(60), silent);
    let (api, silent) = tokio::join!(Api::with_dynamodb(&url), silent);
    let _silent = silent.unwrap();
    FakeTable::serve(listener, None, [Reply::empty()]);
    assert_eq!(status(&api).await, 404);
    let line = api.line("get-user", "connection not opened at start", 1).await;
    assert_eq!(line["cause"], "deadline has elapsed");
    // Wall-clock time is only bounded.
    let init_ms = api.request_line("get-user", 1).await["init_ms"].as_f64().unwrap();
    assert!(init_ms < 5_000.0, "{init_ms}");
}
