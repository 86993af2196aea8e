//! `symfolio train-prior`.

use std::process::ExitCode;

use symfolio_bench::{Choice, Database, Trained, gather, select, train};

use crate::args::TrainPrior;
use crate::commands::bench::{command_line, filter};
use crate::failure::Failure;
use crate::print;
use crate::progress::note;
use crate::table::Table;

pub fn run(arguments: &TrainPrior) -> Result<ExitCode, Failure> {
    let databases = arguments.db.iter().map(|path| Database::existing(path)).collect::<Result<Vec<_>, _>>()?;
    let selection = select(gather(&databases)?, &filter(&arguments.which)).map_err(Failure::usage)?;
    let trained = train(&selection, command_line()).map_err(Failure::usage)?;
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
    let remarks: String = trained.remarks.iter().map(|remark| format!("{remark}\n")).collect();
    format!(
        "{remarks}{} problems. Mean losses (0: always right) on problems that the prior was trained without\n{table}",
        trained.prior.cases.len()
    )
}
