//! What Symfolio is compared with answers requests: each peer that `benchmarks/peers/setup.sh` has set up finds a plain law.
#![cfg(test)]
#![cfg(unix)]

mod common;

use common::{file, root};
use serde_json::{Value, json};
use symfolio::parse;

const PEERS: [&str; 7] = ["pyoperon", "hroch", "rils-rols", "eggp", "gplearn", "pysr", "symbolic-regression"];

/// What `run.sh` exits with where a peer is not set up.
const NOT_SET_UP: i32 = 3;

#[test]
#[ignore = "takes three seconds of a core for each peer that is set up"]
fn every_peer_that_is_set_up_finds_a_plain_law() {
    let dir = tempfile::tempdir().unwrap();
    let points: Vec<(f64, f64)> =
        (0..60).map(|i| (1.0 + f64::from((i * 37) % 60) / 20.0, 0.5 + f64::from((i * 23) % 41) / 15.0)).collect();
    // A name that is no word has to survive.
    let rows: String = points.iter().map(|(a, b)| format!("{a},{b},{}\n", 2.0 * a + b)).collect();
    let train = file(&dir, "train.csv", format!("a,b (m),y\n{rows}"));
    let features = ["a".to_string(), "b (m)".to_string()];
    let request = json!({
        "train": train, "features": features, "target": "y", "operators": ["add", "sub", "mul", "div", "sin"],
        "cpu_seconds": 3, "seed": 0, "threads": 1,
    });
    let request = file(&dir, "request.json", request.to_string());
    let mut wrong = Vec::new();
    for peer in PEERS {
        #[expect(clippy::disallowed_methods, reason = "the test runs the peers")]
        let run =
            std::process::Command::new(root().join("benchmarks/peers/run.sh")).args([peer, &request]).output().unwrap();
        if run.status.code() == Some(NOT_SET_UP) {
            eprintln!("{peer}: skipped, it is not set up (benchmarks/peers/setup.sh {peer})");
            continue;
        }
        let output = String::from_utf8_lossy(&run.stdout).into_owned();
        let Ok(answer) = serde_json::from_str::<Value>(&output) else {
            wrong.push(format!("{peer}: {output:?}, {}", String::from_utf8_lossy(&run.stderr)));
            continue;
        };
        eprintln!("{peer}: {} in {} CPU-seconds", answer["expression"], answer["seconds"]);
        let expr = parse(answer["expression"].as_str().unwrap(), &features).unwrap();
        let mean = points.iter().map(|(a, b)| 2.0 * a + b).sum::<f64>() / 60.0;
        let spread: f64 = points.iter().map(|(a, b)| (2.0 * a + b - mean).powi(2)).sum();
        let left: f64 = points.iter().map(|(a, b)| (expr.value(&[*a, *b]) - 2.0 * a - b).powi(2)).sum();
        let nmse = left / spread;
        let seconds = answer["seconds"].as_f64().unwrap();
        // How close a peer comes is its own affair, and chance; another column, scale or rounding would be far off.
        if nmse.is_nan() || nmse > 1e-4 || seconds > 6.0 || answer["size"].as_u64().is_none_or(|size| size < 3) {
            wrong.push(format!("{peer}: an error of {nmse} of the variance: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
