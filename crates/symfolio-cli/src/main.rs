//! The command line of Symfolio.
fn main() {}
