//! Without a build script, Cargo would leave out the build dependencies.

fn main() {}
