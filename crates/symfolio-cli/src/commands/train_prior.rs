//! `symfolio train-prior`.

use std::process::ExitCode;

use symfolio_bench::{Choice, Database, Trained, train};

use crate::args::TrainPrior;
use crate::failure::Failure;
use crate::print;
use crate::progress::note;
use crate::table::Table;

pub fn run(arguments: &TrainPrior) -> Result<ExitCode, Failure> {
    let mut runs = Vec::new();
    for path in &arguments.db {
        runs.extend(Database::existing(path)?.runs()?);
    }
    let made = format!("symfolio {} train-prior, {} runs", env!("CARGO_PKG_VERSION"), runs.len());
    let trained = train(&runs, made).map_err(Failure::usage)?;
    if let Some(path) = &arguments.out {
        std::fs::write(path, trained.prior.to_json())
            .map_err(|error| Failure::Usage(format!("--out {}: cannot be written ({error})", path.display())))?;
        note(&format!("wrote {}; use it by symfolio fit --prior {}", path.display(), path.display()));
    }
    print(&text(&trained))?;
    Ok(ExitCode::SUCCESS)
}

fn text(trained: &Trained) -> String {
    let mut table = Table::new(["left out", "problems", "single best", "prior's choice", "virtual best", "gap closed"]);
    let mut row = |name: &str, choice: &Choice| {
        let gap = choice.single_best - choice.virtual_best;
        let closed = if gap > 0.0 { format!("{:.2}", (choice.single_best - choice.chosen) / gap) } else { "-".into() };
        let figures = [choice.single_best, choice.chosen, choice.virtual_best].map(|loss| format!("{loss:.4}"));
        table.row([name.to_string(), choice.n.to_string()].into_iter().chain(figures).chain([closed]).collect());
    };
    row("each family", &trained.by_family);
    trained.by_suite.iter().for_each(|(suite, choice)| row(suite, choice));
    format!(
        "{} problems. Mean losses (0: always right) on problems that the prior was trained without\n{table}",
        trained.prior.cases.len()
    )
}
