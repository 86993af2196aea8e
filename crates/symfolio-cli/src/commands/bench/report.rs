//! `symfolio bench report`.

use symfolio_bench::report::{Choice, Comparison, ReportError, text, write_aslib, write_csv, write_html};
use symfolio_bench::{Database, Filter};

use crate::args::{BenchReport, Recorded};
use crate::failure::Failure;
use crate::print;
use crate::progress::note;

pub fn run(arguments: &BenchReport) -> Result<(), Failure> {
    let database = Database::existing(&arguments.db)?;
    let choice = Choice {
        filter: Filter {
            suite: arguments.suite.clone(),
            methods: arguments.methods.clone(),
            ..filter(&arguments.which)
        },
        choose: arguments.choose_seeds.clone(),
        score: arguments.score_seeds.clone(),
    };
    let comparison = Comparison::read(&database, &choice)?;
    if let Some(path) = &arguments.html {
        write_html(&comparison, path)?;
        note(&format!("wrote {}", path.display()));
    }
    if let Some(path) = &arguments.csv {
        write_csv(&comparison, path)?;
        note(&format!("wrote {}", path.display()));
    }
    if let Some(path) = &arguments.aslib {
        write_aslib(&comparison, path)?;
        note(&format!("wrote {}", path.display()));
    }
    print(&text(&comparison))
}

/// The runs that are asked for.
pub fn filter(which: &Recorded) -> Filter {
    let budget = which.budget.map(|budget| budget.to_string());
    Filter { budget, threads: which.threads, any_build: which.any_build, ..Filter::default() }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Failure {
        match error {
            ReportError::Database(error) => error.into(),
            other => Failure::usage(other),
        }
    }
}
