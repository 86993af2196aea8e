//! `symfolio bench`.

mod report;
mod run;
mod screen;

pub use report::filter;

use std::process::ExitCode;

use symfolio::bench::{FAMILIES, FitBench, KernelBench};

use crate::args::{Bench, BenchFit};
use crate::failure::Failure;
use crate::print;

/// The command line as a person would write it, and what ran it: what priors say of where they come from.
pub fn command_line() -> String {
    let words =
        std::iter::once("symfolio".into()).chain(std::env::args_os().skip(1).map(|word| word.display().to_string()));
    format!("{} (symfolio {})", shell_words::join(words.collect::<Vec<String>>()), env!("CARGO_PKG_VERSION"))
}

pub fn run(bench: Bench) -> Result<ExitCode, Failure> {
    match bench {
        Bench::Kernel => print(&format!("{}\n", KernelBench::default().run()))?,
        Bench::Fit(arguments) => fit(arguments)?,
        Bench::Run(arguments) => return run::run(arguments),
        Bench::Report(arguments) => report::run(&arguments)?,
        Bench::Screen(arguments) => screen::run(arguments)?,
        Bench::One => symfolio_bench::serve().map_err(Failure::internal)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn fit(arguments: BenchFit) -> Result<(), Failure> {
    let BenchFit { family, draws, seeds, ablation } = arguments;
    if !FAMILIES.iter().any(|known| known.name.contains(&family)) {
        let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
        let names = names.join(", ");
        return Err(Failure::usage(format!("no family has {family:?} in its name\nhint: the families are {names}")));
    }
    let bench = FitBench { filter: family, draws, seeds, ..FitBench::default() };
    // A family takes seconds: each is printed as it is done.
    let mut printed = Ok(());
    let mut line = |text: &dyn std::fmt::Display| {
        if printed.is_ok() {
            printed = print(&format!("{text}\n"));
        }
    };
    if ablation {
        let table = bench.ablation(|_| ()).map_err(Failure::internal)?;
        line(&table);
    } else {
        let total = bench.run(|family| line(family)).map_err(Failure::internal)?;
        line(&total);
    }
    printed
}
