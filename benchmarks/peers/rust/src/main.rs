//! `kernel`: node-row evaluations per second of Symfolio and of the crate `dynamic_expressions` on the same random trees, taken
//! alternately in one run. `fit`: Levenberg-Marquardt of Symfolio and of the crate `levenberg-marquardt` on the same problem.

mod kernel;
mod levenberg_marquardt;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("kernel") => kernel::compare(),
        Some("fit") => levenberg_marquardt::compare(),
        _ => eprintln!("usage: symfolio-peers kernel|fit"),
    }
}
