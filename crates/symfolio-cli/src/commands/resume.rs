//! `symfolio resume`.

use std::process::ExitCode;

use symfolio::engine::{last_budget, leaves_time_to_search};
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
    let budget = arguments.budget.or(last_budget(&events)).unwrap_or(config.budget);
    // With nothing left to spend, another session could only choose again, in less time than the last one had.
    if let Some(spent) = spent(budget, config.slice_work, &events).filter(|_| dir.join(RESULT).exists()) {
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
fn spent(budget: Budget, slice_work: Option<u64>, events: &[Event]) -> Option<String> {
    let Some(Event::SearchEnded { cost, clock, .. }) = events.last() else { return None };
    let n_rows = events.iter().find_map(|event| match event {
        Event::StudyStarted { profile, .. } => Some(profile.n_rows),
        _ => None,
    });
    if leaves_time_to_search(budget, slice_work, n_rows.unwrap_or(0), *cost, *clock) {
        return None;
    }
    Some(match budget {
        Budget::Wall(_) => format!("{:.1}s", clock.0),
        Budget::Cpu(_) => format!("{:.1}cpu", clock.1),
        Budget::Work(_) => format!("{:.2e}", cost.work as f64),
    })
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
            assert_eq!(spent(budget.parse().unwrap(), None, &ended).as_deref(), spends, "{budget}");
        }
        assert_eq!(spent(Budget::Wall(1.0), None, &[]), None);
    }
}
