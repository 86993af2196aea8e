//! `symfolio resume`.

use std::process::ExitCode;

use symfolio::{Budget, Event, Folder, resume};

use crate::args::Resume;
use crate::budget::shown;
use crate::commands::fit::finish;
use crate::commands::report::print_result;
use crate::failure::Failure;
use crate::inputs::{RESULT, kept_result, study_folder};
use crate::interrupt::Interrupt;
use crate::progress::note;

pub fn run(arguments: Resume) -> Result<ExitCode, Failure> {
    let (dir, output) = (&arguments.dir, arguments.output);
    study_folder(dir)?;
    let (config, events) = Folder::read(dir).map_err(Failure::usage)?;
    let budget = arguments.budget.unwrap_or(config.budget);
    // With nothing left to spend, another session could only choose again, in less time than the last one had.
    if let Some(spent) = spent(budget, &events).filter(|_| dir.join(RESULT).exists()) {
        if !output.quiet {
            note(&format!(
                "{spent} of {} are spent already: nothing is searched, this is the result of before; \
                 go on with a larger --budget",
                shown(budget)
            ));
        }
        print_result(&kept_result(dir)?, output.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !output.quiet {
        note(&format!("taking up {}", dir.display()));
    }
    let study = resume(dir, arguments.budget)?;
    finish(study, output, Some(dir), Interrupt::listen()?)
}

/// What a search that has ended took of `budget`, in words, where that leaves nothing to search with.
fn spent(budget: Budget, events: &[Event]) -> Option<String> {
    let Some(Event::SearchEnded { cost, clock: (wall, cpu), .. }) = events.last() else { return None };
    // What the engine keeps back for the final choice, and what it does not begin a slice for.
    let reserve = |seconds: f64| (0.1 * seconds).clamp(0.1, 2.0);
    match budget {
        Budget::Wall(seconds) => (wall + reserve(seconds) >= seconds).then(|| format!("{wall:.1}s")),
        Budget::Cpu(seconds) => (cpu + reserve(seconds) >= seconds).then(|| format!("{cpu:.1}cpu")),
        Budget::Work(work) => {
            let reserve = work / 20 + (work / 2000).clamp(10_000, 15_000_000);
            (cost.work + reserve >= work).then(|| format!("{:.2e}", cost.work as f64))
        }
    }
}

#[cfg(test)]
mod tests {
    use symfolio::StopReason;
    use symfolio::core::Cost;

    use super::*;

    #[test]
    fn what_is_left_for_the_choice_is_not_left_for_the_search() {
        let ended =
            [Event::SearchEnded { reason: StopReason::BudgetSpent, cost: Cost::work(95_000), clock: (18.5, 30.0) }];
        for (budget, spends) in [
            ("5s", Some("18.5s")),
            ("20s", Some("18.5s")),
            ("30s", None),
            ("30cpu", Some("30.0cpu")),
            ("40cpu", None),
            ("1e5", Some("9.50e4")),
            ("2e5", None),
        ] {
            assert_eq!(spent(budget.parse().unwrap(), &ended).as_deref(), spends, "{budget}");
        }
        assert_eq!(spent(Budget::Wall(1.0), &[]), None);
    }
}
