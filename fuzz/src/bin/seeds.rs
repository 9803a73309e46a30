//! Writes the first inputs of each target into a folder: the sample events, and the demo users.

use std::{env, fs, io, path::Path};

use credira_fuzz::demo;
use serde_json::Value;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).expect("the argument is a folder");
    let write = |target: &str, name: &str, seed: &str| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), seed)
    };
    for function in ["authorizer", "get-user"] {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(function);
        for file in fs::read_dir(events)? {
            let file = file?;
            let mut event: Value = serde_json::from_slice(&fs::read(file.path())?)?;
            // No sample event has the other header that `get-user` reads.
            event["headers"]["If-None-Match"] = "W/\"1\"".into();
            let target = match function {
                "authorizer" => "authorizer_event",
                _ if event["version"] == "2.0" => "payload_2",
                _ => "rest_event",
            };
            write(target, &file.file_name().to_string_lossy(), &event.to_string())?;
        }
    }
    demo::USERS.iter().try_for_each(|(id, item)| write("user_item", id, item))
}
