//! `symfolio replay`.

use std::process::ExitCode;

use symfolio::engine::{Redecision, replay};
use symfolio::scheduler::{POLICIES, policy};
use symfolio::{Folder, State};

use crate::args::Replay;
use crate::failure::Failure;
use crate::inputs::study_folder;
use crate::print;
use crate::table::Table;

pub fn run(arguments: Replay) -> Result<ExitCode, Failure> {
    study_folder(&arguments.dir)?;
    let (_, events) = Folder::read(&arguments.dir).map_err(Failure::usage)?;
    let unstarted = || Failure::Usage(format!("{}: the study has no log yet", arguments.dir.display()));
    let arms: Vec<String> =
        State::of(&events).ok_or_else(unstarted)?.history.arms.into_iter().map(|arm| arm.backend).collect();
    let names = match arguments.policy.is_empty() {
        true => POLICIES.iter().map(|name| name.to_string()).collect(),
        false => arguments.policy,
    };
    let mut table = Table::new(["policy", "agrees"]);
    arms.iter().for_each(|arm| table.heading(arm));
    table.heading("first other decision");
    let mut replays = Vec::new();
    for name in names {
        let decided = policy(&name).map_err(Failure::usage)?;
        let decisions = replay(&events, &*decided).ok_or_else(unstarted)?;
        table.row(row(&name, &decisions, &arms));
        replays.push(json(&name, &decisions, &arms));
    }
    print(&match arguments.json {
        true => serde_json::json!({ "schema": 1, "arms": arms, "replays": replays }).to_string() + "\n",
        false => format!("Share of the recorded decisions, each taken again with what was known then\n{table}"),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Share of the decisions that `which` holds for, in percent.
fn share(decisions: &[Redecision], which: impl Fn(&Redecision) -> bool) -> f64 {
    100.0 * decisions.iter().filter(|decision| which(decision)).count() as f64 / decisions.len().max(1) as f64
}

fn row(name: &str, decisions: &[Redecision], arms: &[String]) -> Vec<String> {
    let other = |decision: &&Redecision| decision.arm() != Some(decision.recorded);
    let first = decisions.iter().find(other).map_or_else(String::new, |decision| {
        let wanted = decision.arm().map_or("nobody", |arm| &arms[arm]);
        format!("slice {}: {wanted} in place of {}", decision.slice, arms[decision.recorded])
    });
    let percent = |share: f64| format!("{share:.0} %");
    let mut row = vec![name.to_string(), percent(share(decisions, |d| d.arm() == Some(d.recorded)))];
    row.extend((0..arms.len()).map(|arm| percent(share(decisions, |d| d.arm() == Some(arm)))));
    row.push(first);
    row
}

fn json(name: &str, decisions: &[Redecision], arms: &[String]) -> serde_json::Value {
    let decision = |d: &Redecision| {
        serde_json::json!({
            "slice": d.slice, "spent": d.spent, "recorded": arms[d.recorded],
            "decided": d.arm().map(|arm| &arms[arm]), "terms": d.decision.terms,
        })
    };
    serde_json::json!({
        "policy": name,
        "agreement": share(decisions, |d| d.arm() == Some(d.recorded)) / 100.0,
        "decisions": decisions.iter().map(decision).collect::<Vec<_>>(),
    })
}
