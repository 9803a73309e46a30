//! The one connection that a function keeps to its table.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

use crate::{client::Api, events::event};

/// A table without items that keeps its connections open, for as many answers as it is told.
struct Table {
    url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Table {
    async fn serve(answers_per_connection: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let table = Self { url, connections: Arc::default(), requests: Arc::default() };
        let (connections, requests) = (table.connections.clone(), table.requests.clone());
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::Relaxed);
                let requests = requests.clone();
                tokio::spawn(async move {
                    for _ in 0..answers_per_connection {
                        if !answer(&mut connection).await {
                            break;
                        }
                        requests.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        table
    }

    fn counts(&self) -> (usize, usize) {
        (self.connections.load(Ordering::Relaxed), self.requests.load(Ordering::Relaxed))
    }
}

/// Whether there was a request to answer.
async fn answer(connection: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        if connection.read_buf(&mut request).await.unwrap() == 0 {
            return false;
        }
    }
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n\
                  content-length: 2\r\n\r\n{}";
    connection.write_all(answer.as_bytes()).await.unwrap();
    true
}

async fn status(api: &Api) -> Value {
    api.invoke("GetUserFunction", &event("get-user/found")).await["statusCode"].clone()
}

#[tokio::test]
async fn it_is_open_before_the_first_event_and_serves_them_all() {
    let table = Table::serve(usize::MAX).await;
    let api = Api::with_dynamodb(&table.url).await;
    // Both functions have started: each has connected, and neither has sent anything.
    assert_eq!(table.counts(), (2, 0));
    for _ in 0..3 {
        assert_eq!(status(&api).await, 404);
    }
    assert_eq!(table.counts(), (2, 3));
}

#[tokio::test]
async fn one_that_was_closed_in_the_meantime_is_replaced() {
    let table = Table::serve(1).await;
    let api = Api::with_dynamodb(&table.url).await;
    for _ in 0..3 {
        assert_eq!(status(&api).await, 404);
    }
    // One each at the start, and two that took the place of a closed one.
    assert_eq!(table.counts(), (4, 3));
}

#[tokio::test]
async fn a_start_without_a_table_goes_on_and_the_first_event_connects() {
    // Bound and not listening: nobody else gets the port, and nobody answers there yet.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let api = Api::with_dynamodb(&format!("http://{}", socket.local_addr().unwrap())).await;
    let listener = socket.listen(8).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move { answer(&mut connection).await });
        }
    });
    assert_eq!(status(&api).await, 404);
    assert!(api.log.lock().unwrap().contains("not connected yet"));
}

#[tokio::test]
async fn one_that_leads_to_a_bad_server_is_not_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                // The first two are the functions' own, from their start.
                if number < 2 {
                    fail(&mut connection).await;
                } else {
                    while answer(&mut connection).await {}
                }
            });
        }
    });
    let api = Api::with_dynamodb(&url).await;
    assert_eq!(status(&api).await, 404);
}

#[tokio::test]
async fn one_that_gives_no_answer_is_left_for_another_and_the_log_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        // The first two are the functions' own, from their start: nobody reads them.
        let _unread = [listener.accept().await.unwrap(), listener.accept().await.unwrap()];
        let (mut connection, _) = listener.accept().await.unwrap();
        while answer(&mut connection).await {}
    });
    let api = Api::with_dynamodb(&url).await;
    assert_eq!(status(&api).await, 404);
    let log = api.log.lock().unwrap();
    let line = log.lines().find(|line| line.contains("trying again")).unwrap();
    assert!(line.contains("\"level\":\"WARN\""), "{line}");
    assert!(line.contains("deadline has elapsed"), "{line}");
}

/// Fails whatever it is asked, for ever.
async fn fail(connection: &mut TcpStream) {
    let mut request = Vec::new();
    while connection.read_buf(&mut request).await.unwrap() > 0 {
        if request.ends_with(b"}") {
            let answer = "HTTP/1.1 500 X\r\ncontent-length: 2\r\n\r\n{}";
            connection.write_all(answer.as_bytes()).await.unwrap();
            request.clear();
        }
    }
}
