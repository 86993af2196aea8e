//! Tests of the text forms: one check function a file, then cases as data.

mod errors;
mod reading;
mod round_trip;
mod writing;

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| name.to_string()).collect()
}
