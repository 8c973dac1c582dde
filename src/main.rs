//! The `gridkeeper` binary.
fn main() {}
