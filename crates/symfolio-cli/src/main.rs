//! The command line of Symfolio: `main` calls `run`, `run` is one match.

mod args;
mod budget;
mod commands;
mod failure;
mod groups;
mod inputs;
mod interrupt;
mod oracle;
mod progress;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
use failure::Failure;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match run(arguments.command) {
        Ok(code) => code,
        Err(failure) => {
            failure.print();
            failure.code()
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Fit(arguments) => commands::fit::run(arguments),
        Command::Resume(arguments) => commands::resume::run(arguments),
        Command::Report(arguments) => commands::report::run(arguments),
        Command::Explain(arguments) => commands::explain::run(arguments),
        Command::Replay(arguments) => commands::replay::run(arguments),
        Command::Predict(arguments) => commands::predict::run(arguments),
        Command::Export(arguments) => commands::export::run(arguments),
        Command::Profile(arguments) => commands::profile::run(arguments),
        Command::FitConstants(arguments) => commands::fit_constants::run(arguments),
        Command::Relate(arguments) => commands::relate::run(arguments),
        Command::TrainPrior(arguments) => commands::train_prior::run(&arguments),
        Command::Bench(arguments) => commands::bench::run(arguments),
    }
}

/// Writes a result to standard output. A reader that has gone away (`| head`) is no error.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::internal(error)),
        _ => Ok(()),
    }
}
