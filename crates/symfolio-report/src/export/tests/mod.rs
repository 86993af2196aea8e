//! Tests of the exports: what is written, and what the programs compute.

mod running;
mod written;

use symfolio_expr::{Expr, parse};

/// Names that try to break out of where they are written.
const HOSTILE: [&str; 16] = [
    "x",
    "温度",
    "semi-major axis (au)",
    "*/ int evil; /*",
    "\"\"\"\nimport os\n",
    "'); evil('",
    "a\\",
    "??/",
    "$x_{\\input{a}}$",
    "%",
    "def",
    "predict",
    "sin",
    "np",
    "\u{202E}reversed",
    "λ_0",
];

fn hostile() -> Vec<String> {
    HOSTILE.iter().map(|name| name.to_string()).collect()
}

/// Variables are written v0, v1, ...
fn expr(text: &str) -> Expr {
    let names: Vec<String> = (0..HOSTILE.len()).map(|index| format!("v{index}")).collect();
    parse(text, &names).unwrap()
}
