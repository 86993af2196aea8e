//! [`text`]: a comparison in tables for a terminal.

use std::fmt::Write as _;

use crate::report::{Comparison, Group, Seeds, shares};

/// Differences below this count as none where there is no gap to close.
const MARGIN: f64 = 0.01;

/// A comparison in tables.
pub fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", headline(comparison));
    for remark in &comparison.remarks {
        let _ = writeln!(out, "{remark}");
    }
    let _ = writeln!(out, "\n{}", methods(comparison));
    let _ = write!(out, "{}", gaps(comparison));
    let rows = pair_rows(comparison, |method| method.starts_with("policy:"));
    if rows.len() > 1 {
        let _ = write!(out, "\nportfolios against others, over all seeds\n{}", aligned(&rows));
    }
    let rows = shares::rows(comparison);
    if rows.len() > 1 {
        let _ =
            write!(out, "\nshares of the work by kind of problem, medians of the runs in percent\n{}", aligned(&rows));
    }
    out
}

/// What is compared, in one line.
pub(super) fn headline(comparison: &Comparison) -> String {
    let all = &comparison.seeds.all;
    let failed: usize = comparison.summaries.iter().map(|summary| summary.runs.1).sum();
    let runs: usize = comparison.summaries.iter().map(|summary| summary.runs.0).sum();
    let threads = if comparison.threads == 1 { "1 thread".into() } else { format!("{} threads", comparison.threads) };
    format!(
        "suite {}, budget {}, {threads}, seeds {}: {} problems (a problem at two levels of noise counts twice), {runs} runs, {failed} of them failed",
        comparison.suites.join(" and "),
        comparison.budget,
        numbers(all),
        comparison.cells.len(),
    )
}

/// Seeds in words.
pub(super) fn numbers(seeds: &[u64]) -> String {
    if seeds.is_empty() {
        return "none".into();
    }
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    if !share.is_finite() { "-".into() } else { format!("{:.1}", 100.0 * share) }
}

/// A figure, or a dash where there is none.
pub(super) fn figure(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { "-".into() }
}

/// The headings and rows of the table of methods.
pub(super) fn method_rows(comparison: &Comparison) -> Vec<Vec<String>> {
    let levels: Vec<f64> = levels(comparison);
    let mut headings = vec!["method".to_string()];
    headings.extend(levels.iter().map(|noise| format!("exact@{noise}")));
    headings.extend(levels.iter().map(|noise| format!("solved@{noise}")));
    let others = [
        "front",
        "raw",
        "R2>.999",
        "AUC",
        "med R2",
        "size",
        "CPU s",
        "loss",
        "raw loss",
        "spread",
        "rank R2",
        "rank size",
        "failed",
    ];
    headings.extend(others.map(String::from));
    let mut rows = vec![headings];
    for (name, summary) in comparison.methods.iter().zip(&comparison.summaries) {
        let at = |noise: f64| summary.by_noise.iter().find(|(level, ..)| *level == noise);
        let mut row = vec![name.clone()];
        row.extend(levels.iter().map(|noise| at(*noise).map_or("-".into(), |(_, exact, ..)| percent(*exact))));
        row.extend(levels.iter().map(|noise| at(*noise).map_or("-".into(), |(_, _, solved, _)| percent(*solved))));
        row.push(percent(summary.front_exact));
        row.push(percent(summary.raw_exact));
        row.push(percent(summary.accurate));
        row.push(figure(summary.auc, 3));
        row.push(figure(summary.median_r2, 4));
        row.push(figure(summary.median_size, 0));
        row.push(figure(summary.median_cpu, 1));
        row.push(figure(summary.loss, 3));
        row.push(figure(summary.raw_loss, 3));
        row.push(figure(summary.spread, 3));
        row.push(summary.ranks.map_or("-".into(), |(r2, _)| figure(r2, 2)));
        row.push(summary.ranks.map_or("-".into(), |(_, size)| figure(size, 2)));
        row.push(summary.runs.1.to_string());
        rows.push(row);
    }
    rows
}

/// The levels of noise of problems with a law.
pub(super) fn levels(comparison: &Comparison) -> Vec<f64> {
    let mut levels: Vec<f64> =
        comparison.summaries.iter().flat_map(|summary| summary.by_noise.iter().map(|(noise, ..)| *noise)).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    levels
}

fn methods(comparison: &Comparison) -> String {
    let mut text = aligned(&method_rows(comparison));
    text.push_str(
        "percent of the runs on laws: exact@NOISE, solved@NOISE (SRBench's criterion), front (the law is on the front), raw and raw loss (before the final choice)\n",
    );
    if let Some((r2, _)) = &comparison.ranks {
        let _ = writeln!(text, "{}", rank_words(comparison, r2.n, r2.p_f));
    }
    text
}

/// What the test on ranks says.
pub(super) fn rank_words(comparison: &Comparison, n: usize, p: f64) -> String {
    let cd = crate::statistics::critical_difference(comparison.methods.len(), n);
    let cd = cd.map_or(String::new(), |cd| {
        format!("; mean ranks that differ by less than {cd:.2} do not differ at 5 % (Nemenyi)")
    });
    format!(
        "ranks over {n} families of problems: methods differ in R2 with p = {p:.2e} (Friedman, Iman and Davenport){cd}"
    )
}

fn gaps(comparison: &Comparison) -> String {
    let Seeds { choose, score, .. } = &comparison.seeds;
    if choose.is_empty() || score.is_empty() || comparison.arms().is_empty() {
        return "no closed gap: it takes arms, and seeds to choose by besides those to score by\n".into();
    }
    let mut out = format!(
        "closed gap: best solvers chosen on seeds {}, all scored on seeds {}; 95 % intervals over families of problems\n",
        numbers(choose),
        numbers(score)
    );
    // The kinds of problems are on the page.
    for group in comparison.groups.iter().filter(|group| !group.is_stratum) {
        let _ = writeln!(out, "\n{}", group_words(comparison, group));
        let rows = gap_rows(comparison, group);
        if rows.len() > 1 {
            out.push_str(&aligned(&rows));
        }
    }
    out
}

/// What a group is of, and how wide its gap is.
pub(super) fn group_words(comparison: &Comparison, group: &Group) -> String {
    let Some(gaps) = &group.gaps else {
        return format!("{}: nothing to compare, {} problems left out", group.name, group.left_out);
    };
    let left_out = match group.left_out {
        0 => String::new(),
        n => format!(", {n} left out for want of runs of arms"),
    };
    let narrow = match gaps.is_separated() {
        true => String::new(),
        false => format!(
            "; SBS and VBS differ by less than two standard errors ({:.4}): differences count, within {MARGIN} is not worse",
            gaps.error
        ),
    };
    format!(
        "{}: {} problems of {} families{left_out}; SBS {} with m = {:.4}, VBS m = {:.4}{narrow}",
        group.name, gaps.n.0, gaps.n.1, comparison.methods[gaps.sbs], gaps.m_sbs, gaps.m_vbs
    )
}

/// The headings and rows of the table of a group.
pub(super) fn gap_rows(comparison: &Comparison, group: &Group) -> Vec<Vec<String>> {
    let mut rows = vec![["method", "m", "closed gap", "SBS - m", "verdict"].map(String::from).to_vec()];
    let Some(gaps) = &group.gaps else { return rows };
    let interval = |(value, low, high): (f64, f64, f64), digits: usize| {
        format!("{} [{}, {}]", figure(value, digits), figure(low, digits), figure(high, digits))
    };
    for (at, (name, closed)) in comparison.methods.iter().zip(&gaps.methods).enumerate() {
        let name = if closed.n < gaps.n.0 { format!("{name} (on {})", closed.n) } else { name.clone() };
        let verdict = match &closed.gap {
            _ if closed.n == 0 => "no runs",
            _ if at == gaps.sbs => "single best",
            _ if closed.difference.1 > 0.0 => "better than SBS",
            _ if closed.difference.2 < 0.0 => "worse than SBS",
            None if closed.is_non_inferior(MARGIN) => "not worse than SBS",
            _ => "undecided",
        };
        rows.push(vec![
            name,
            figure(closed.m, 4),
            closed.gap.map_or("-".into(), |gap| interval(gap, 2)),
            interval(closed.difference, 4),
            verdict.into(),
        ]);
    }
    rows
}

/// The headings and rows of the table of pairs, for the methods that `is` true of.
pub(super) fn pair_rows(comparison: &Comparison, is: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let mut rows =
        vec![["method", "other", "other's m less its own", "better on", "worse on", "of"].map(String::from).to_vec()];
    for pair in comparison.pairs.iter().filter(|pair| is(&comparison.methods[pair.method])) {
        let (value, low, high) = pair.difference;
        rows.push(vec![
            comparison.methods[pair.method].clone(),
            comparison.methods[pair.other].clone(),
            format!("{value:.4} [{low:.4}, {high:.4}]"),
            pair.wins.0.to_string(),
            pair.wins.1.to_string(),
            pair.n.to_string(),
        ]);
    }
    rows
}

/// Rows in columns as wide as their widest cells; all but the first column to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        let _ = writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    out
}
