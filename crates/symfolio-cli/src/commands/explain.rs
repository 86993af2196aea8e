//! `symfolio explain`.

use std::fmt::Write as _;
use std::process::ExitCode;

use symfolio::Folder;
use symfolio::explain::{ArmAccount, DecisionAccount, Explanation, FrontAccount, ViewAccount, explain, lineage_dot};
use symfolio::expr::rounded_number_text;
use symfolio::profile::describe;

use crate::args::Explain;
use crate::budget::shown;
use crate::failure::Failure;
use crate::inputs::study_folder;
use crate::print;
use crate::progress::note;
use crate::table::Table;

/// Ancestors of a formula that are shown.
const ANCESTORS: usize = 3;

pub fn run(arguments: Explain) -> Result<ExitCode, Failure> {
    study_folder(&arguments.dir)?;
    let (config, events) = Folder::read(&arguments.dir).map_err(Failure::usage)?;
    let unstarted = || Failure::Usage(format!("{}: the study has no log yet", arguments.dir.display()));
    let explanation = explain(&events, &config).ok_or_else(unstarted)?;
    if let Some(path) = &arguments.dot {
        let dot = lineage_dot(&events).ok_or_else(unstarted)?;
        std::fs::write(path, dot)
            .map_err(|error| Failure::Usage(format!("--dot {}: cannot be written ({error})", path.display())))?;
        note(&format!("the graph is in {}; draw it by dot -Tsvg {}", path.display(), path.display()));
    }
    print(&match arguments.json {
        true => serde_json::to_string(&explanation).map_err(Failure::internal)? + "\n",
        false => text(&explanation, arguments.decisions),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn text(explanation: &Explanation, decisions: bool) -> String {
    let mut text = describe(&explanation.profile, &explanation.features, &explanation.target);
    text += &format!(
        "\nPolicy {}, {} % of {} spent in slices\n",
        explanation.policy,
        percent(explanation.spent),
        shown(explanation.budget)
    );
    let exchange = &explanation.exchange;
    text += &format!(
        "A second of a core is worth {:.0e} work, {} tokens or {:.2e} dollars\n",
        exchange.work_per_second,
        exchange.tokens_per_second,
        exchange.dollars_per_hour / 3600.0
    );
    text += &arms(&explanation.arms).to_string();
    for name in &explanation.without_oracle {
        text += &format!("{name} took no part: it asks an oracle, and there was none (--oracle, docs/oracle.md)\n");
    }
    text += &reasons(explanation);
    text += &timeline(explanation);
    text += &why(explanation);
    explanation.views.iter().for_each(|account| text += &view(account));
    if decisions {
        text += "\nDecisions\n";
        text += &table_of(&explanation.decisions).to_string();
    }
    text += "\nFormulas of the archive, and what they were made from\n";
    explanation.front.iter().for_each(|member| text += &descent(member));
    text
}

fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

fn arms(arms: &[ArmAccount]) -> Table {
    let mut table = Table::new(["method", "share", "slices", "gain", "reached", "simplified", "past", ""]);
    for arm in arms {
        let state = match (arm.failed, arm.exhausted) {
            (0, true) => "has nothing left to try".to_string(),
            (0, false) => String::new(),
            (failed, _) => format!("{failed} of {} runs failed", arm.runs),
        };
        table.row(vec![
            arm.backend.clone(),
            format!("{} %", percent(arm.share)),
            arm.slices.to_string(),
            format!("{} %", percent(arm.credit)),
            format!("{} %", percent(arm.level)),
            arm.simplified.to_string(),
            format!("{:.2}", arm.prior),
            state,
        ]);
    }
    table
}

/// The facts of the profile that moved what past runs led to expect.
fn reasons(explanation: &Explanation) -> String {
    if explanation.reasons.is_empty() && explanation.arms.iter().any(|arm| arm.prior > 0.0) {
        return "The column `past` says what past runs led to expect; the prior that knew why is gone.\n".into();
    }
    if explanation.reasons.is_empty() {
        return "No past runs on such data are known: the profile moved no share.\n".into();
    }
    let mut text =
        String::from("\nFacts of the profile that moved what past runs lead to expect (the column `past`)\n");
    for reason in &explanation.reasons {
        let shifts: Vec<String> = reason.shifts.iter().map(|(name, shift)| format!("{name} {shift:+.2}")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {} = {} (typically {}): {}",
            reason.fact,
            rounded_number_text(reason.value, 3),
            rounded_number_text(reason.typical, 3),
            shifts.join(", ")
        );
    }
    text
}

fn timeline(explanation: &Explanation) -> String {
    if explanation.timeline.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["share in each tenth of the work, %"]);
    (1..=explanation.timeline.len()).for_each(|_| table.heading(""));
    for (index, arm) in explanation.arms.iter().enumerate() {
        let shares = explanation.timeline.iter().map(|tenth| percent(tenth[index]));
        table.row([arm.backend.clone()].into_iter().chain(shares).collect());
    }
    format!("\n{table}")
}

/// How often each kind of reason decided.
fn why(explanation: &Explanation) -> String {
    let count = |term: &str| {
        explanation.decisions.iter().filter(|decision| decision.terms.iter().any(|(name, _)| name == term)).count()
    };
    let (first, hedged, all) = (count("first"), count("hedge"), explanation.decisions.len());
    format!(
        "\n{all} slices granted: {first} because cheap, exact methods come first, {hedged} on what past runs say, {} in \
         the order of {}\n",
        all - first - hedged,
        explanation.policy
    )
}

/// A sub-problem and what came of it.
fn view(account: &ViewAccount) -> String {
    let state = match (account.exact, account.closed) {
        (true, _) => "an exact form was found".to_string(),
        (false, closed) => {
            let left = rounded_number_text(account.left, 2);
            let open = if closed { "" } else { ", still open" };
            format!("{left} of the best constant's loss is left{open}")
        }
    };
    let found = if account.best.is_empty() { "nothing was found" } else { account.best.as_str() };
    format!(
        "\nView {}, proposed by {}: {}\n      {} slices, {} % of the work; {state}: {found}\n      {} formulas of the whole came of it\n",
        account.view,
        account.backend,
        account.about,
        account.slices,
        percent(account.share),
        account.lifted
    )
}

fn table_of(decisions: &[DecisionAccount]) -> Table {
    let mut table = Table::new(["slice", "spent", "method", "gain", "accepted", "because"]);
    for decision in decisions {
        let terms: Vec<String> =
            decision.terms.iter().map(|(name, value)| format!("{name} {}", rounded_number_text(*value, 3))).collect();
        table.row(vec![
            decision.slice.to_string(),
            format!("{} %", percent(decision.spent)),
            decision.backend.clone(),
            decision.gain.map_or_else(|| "-".into(), |gain| rounded_number_text(gain, 3)),
            decision.accepted.to_string(),
            terms.join(", "),
        ]);
    }
    table
}

fn descent(member: &FrontAccount) -> String {
    let mut text = format!(
        "  {}: {}, loss {}\n      {} ({})\n",
        member.complexity,
        member.expression,
        rounded_number_text(member.loss, 3),
        member.backend,
        member.operation
    );
    for ancestor in member.ancestors.iter().take(ANCESTORS) {
        text += &format!("      <- {} ({}): {}\n", ancestor.backend, ancestor.operation, ancestor.expression);
    }
    if member.ancestors.len() > ANCESTORS {
        text += &format!("      <- and {} earlier ones\n", member.ancestors.len() - ANCESTORS);
    }
    text
}
