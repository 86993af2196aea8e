//! `kernel`: node-row evaluations per second of Symfolio and of the crate `dynamic_expressions` on the same random trees, taken
//! alternately in one run. `fit`: Levenberg-Marquardt of Symfolio and of the crate `levenberg-marquardt` on the same problem.
//! `symbolic-regression REQUEST.json`: the crate `symbolic_regression` answers a request, as the peers in Python do.

mod kernel;
mod levenberg_marquardt;
mod symbolic_regression;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("kernel") => kernel::compare(),
        Some("fit") => levenberg_marquardt::compare(),
        Some("symbolic-regression") => {
            let answered = match std::env::args().nth(2) {
                Some(path) => symbolic_regression::answer(&path),
                None => Err("name the file of a request".into()),
            };
            if let Err(error) = answered {
                eprintln!("symbolic-regression: {error}");
                std::process::exit(1);
            }
        }
        _ => eprintln!("usage: symfolio-peers kernel|fit|symbolic-regression REQUEST.json"),
    }
}
