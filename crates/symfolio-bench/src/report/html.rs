//! [`write_html`]: a comparison as one page that needs nothing else.

use std::fmt::Write as _;
use std::path::Path;

use crate::report::charts::{Axis, Interval, Series, Undrawn, intervals, lines, points};
use crate::report::text::{
    figure, gap_rows, group_words, headline, levels, method_rows, numbers, pair_rows, percent, rank_words,
};
use crate::report::{Comparison, ReportError, Seeds, shares};
use crate::statistics::critical_difference;

const STYLE: &str = "
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1100px; margin: 2em auto; padding: 0 1em; color: #222 }
h1 { font-size: 1.5em } h2 { font-size: 1.2em; margin-top: 2em }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { padding: 3px 8px; text-align: right; border-bottom: 1px solid #ddd } th:first-child, td:first-child { text-align: left }
.wide { overflow-x: auto } .note { color: #555; font-size: 13px } svg { max-width: 100%; height: auto }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 1.5em }
td.best { font-weight: 600 }
";

/// Writes the page to `path`.
///
/// # Errors
/// [`ReportError::Io`] where it cannot be written, [`ReportError::Chart`] where a chart cannot be drawn.
pub fn write_html(comparison: &Comparison, path: &Path) -> Result<(), ReportError> {
    let page = page(comparison).map_err(|error| ReportError::Chart(error.to_string()))?;
    symfolio::engine::write_whole(path, page.as_bytes())
        .map_err(|error| ReportError::Io { path: path.to_path_buf(), error })
}

fn page(comparison: &Comparison) -> Result<String, Undrawn> {
    let mut out = String::new();
    let title = format!("Symfolio: methods on {}", comparison.suites.join(" and "));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style></head>\n<body><h1>{0}</h1>\n<p>{1}</p>\n",
        escaped(&title),
        escaped(&headline(comparison))
    )?;
    for remark in &comparison.remarks {
        writeln!(out, "<p class=\"note\">{}</p>", escaped(remark))?;
    }
    writeln!(out, "<h2>Methods</h2>\n{}", table(&method_rows(comparison)))?;
    writeln!(
        out,
        "<p class=\"note\">Percent of the runs on laws: exact@NOISE (the law, its constants fitted anew), solved@NOISE (SRBench's criterion), front (the law \
         is on the front), raw (the formula of smallest training loss, before the final choice). AUC: mean of R2 clipped to [0, 1]. Loss: mean over problems of \
         1 - exact, or of 1 - R2 where there is no law; raw loss: before the final choice. Spread: its standard deviation over seeds, mean over problems.</p>"
    )?;
    writeln!(out, "<div class=\"charts\">")?;
    figure_of(&mut out, "Laws found, by noise", &solved(comparison)?)?;
    figure_of(&mut out, "R2 profile: share of runs that reach an R2 on rows not seen", &profiles(comparison)?)?;
    if comparison.any_time.iter().any(|curve| !curve.0.is_empty()) {
        figure_of(
            &mut out,
            "R2 while the budget is spent (formula of smallest training loss)",
            &any_time(comparison)?,
        )?;
    }
    if comparison.ranks.is_some() {
        figure_of(&mut out, "Mean ranks: accuracy against size, 1 is best", &pareto(comparison)?)?;
        figure_of(
            &mut out,
            "Mean ranks by R2; methods whose bars overlap do not differ at 5 % (Nemenyi)",
            &differences(comparison)?,
        )?;
    }
    writeln!(out, "</div>")?;
    if let Some((r2, _)) = &comparison.ranks {
        writeln!(out, "<p class=\"note\">{}</p>", escaped(&rank_words(comparison, r2.n, r2.p_f)))?;
    }
    gaps(&mut out, comparison)?;
    writeln!(out, "<h2>Pairs</h2>\n{}", table(&pair_rows(comparison, |_| true)))?;
    writeln!(
        out,
        "<p class=\"note\">Mean loss over all seeds, with 95 % intervals over families of problems; above 0 the first method is better.</p>"
    )?;
    writeln!(out, "<h2>Where the work went</h2>\n{}", table(&share_rows(comparison)))?;
    let by_stratum = shares::rows(comparison);
    if by_stratum.len() > 1 {
        writeln!(
            out,
            "<div class=\"wide\">{}</div>\n<p class=\"note\">Shares of the work of each portfolio by kind of problem: medians of the runs, and the least and \
             the most on single problems, in percent.</p>",
            table(&by_stratum)
        )?;
    }
    writeln!(out, "<h2>Problems</h2>\n<div class=\"wide\">{}</div>", table(&problem_rows(comparison)))?;
    writeln!(
        out,
        "<p class=\"note\">Mean loss m over seeds, and its standard deviation where that is not 0; a dash where there is no run.</p>\n</body></html>"
    )?;
    Ok(out)
}

fn gaps(out: &mut String, comparison: &Comparison) -> Result<(), Undrawn> {
    let Seeds { choose, score, .. } = &comparison.seeds;
    writeln!(
        out,
        "<h2>Closed gap</h2>\n<p>g = (m<sub>SBS</sub> - m)/(m<sub>SBS</sub> - m<sub>VBS</sub>): 0 is as good as the single best solver, 1 as good as \
        choosing the best solver for each problem. Both are chosen on seeds {}; everything is scored on seeds {}. Intervals are 95 % bootstrap percentiles over \
        families of problems.</p>",
        numbers(choose),
        numbers(score)
    )?;
    for group in &comparison.groups {
        writeln!(out, "<h3>{}</h3>", escaped(&group_words(comparison, group)))?;
        let Some(gaps) = &group.gaps else { continue };
        let shown: Vec<Interval<'_>> = (comparison.methods.iter().zip(&gaps.methods))
            .filter_map(|(name, closed)| closed.gap.map(|(value, low, high)| Interval { name, low, value, high }))
            .collect();
        if !shown.is_empty() {
            writeln!(out, "{}", intervals("closed gap", &[0.0, 1.0], &shown)?)?;
        }
        writeln!(out, "{}", table(&gap_rows(comparison, group)))?;
    }
    Ok(())
}

fn solved(comparison: &Comparison) -> Result<String, Undrawn> {
    let levels = levels(comparison);
    let series = comparison.methods.iter().zip(&comparison.summaries).map(|(name, summary)| {
        let place = |noise: f64| levels.iter().position(|level| *level == noise).unwrap_or(0) as f64;
        Series { name, points: summary.by_noise.iter().map(|(noise, exact, ..)| (place(*noise), *exact)).collect() }
    });
    let words: Vec<String> = levels.iter().map(f64::to_string).collect();
    let words = format!("noise: {}", words.join(", then "));
    let x = Axis { words: &words, range: -0.2..(levels.len().max(1) as f64 - 0.8) };
    lines(&x, &Axis { words: "share of runs", range: 0.0..1.0 }, &series.collect::<Vec<_>>())
}

fn profiles(comparison: &Comparison) -> Result<String, Undrawn> {
    let series = comparison.methods.iter().zip(&comparison.profiles);
    let series: Vec<_> = series.map(|(name, profile)| Series { name, points: profile.0.clone() }).collect();
    lines(&Axis { words: "R2", range: 0.0..1.0 }, &Axis { words: "share of runs", range: 0.0..1.0 }, &series)
}

fn any_time(comparison: &Comparison) -> Result<String, Undrawn> {
    let series = comparison.methods.iter().zip(&comparison.any_time);
    let series: Vec<_> = series.map(|(name, curve)| Series { name, points: curve.0.clone() }).collect();
    lines(&Axis { words: "share of the budget", range: 0.0..1.0 }, &Axis { words: "mean R2", range: 0.0..1.0 }, &series)
}

fn pareto(comparison: &Comparison) -> Result<String, Undrawn> {
    let most = comparison.methods.len() as f64 + 0.3;
    let ranked = comparison.methods.iter().zip(&comparison.summaries);
    let series: Vec<_> =
        ranked.filter_map(|(name, summary)| Some(Series { name, points: vec![summary.ranks?] })).collect();
    let x = Axis { words: "mean rank by R2", range: 0.7..most };
    points(&x, &Axis { words: "mean rank by size", range: 0.7..most }, &series)
}

fn differences(comparison: &Comparison) -> Result<String, Undrawn> {
    let n = comparison.ranks.as_ref().map_or(1, |(r2, _)| r2.n);
    let half = critical_difference(comparison.methods.len(), n).unwrap_or(0.0) / 2.0;
    let mut rows: Vec<Interval<'_>> = (comparison.methods.iter().zip(&comparison.summaries))
        .filter_map(|(name, summary)| {
            let (value, _) = summary.ranks?;
            Some(Interval { name, low: value - half, value, high: value + half })
        })
        .collect();
    rows.sort_by(|a, b| a.value.total_cmp(&b.value));
    intervals("mean rank by R2", &[], &rows)
}

fn share_rows(comparison: &Comparison) -> Vec<Vec<String>> {
    let backends: std::collections::BTreeSet<&String> =
        comparison.summaries.iter().flat_map(|summary| summary.shares.iter().map(|(name, _)| name)).collect();
    let mut rows =
        vec![std::iter::once("method".into()).chain(backends.iter().map(|name| format!("{name} %"))).collect()];
    for (method, summary) in comparison.methods.iter().zip(&comparison.summaries) {
        let of = |backend: &String| summary.shares.iter().find(|(name, _)| name == backend);
        let cell = |backend: &&String| of(backend).map_or("-".into(), |(_, share)| percent(*share));
        rows.push(std::iter::once(method.clone()).chain(backends.iter().map(cell)).collect());
    }
    rows
}

fn problem_rows(comparison: &Comparison) -> Vec<Vec<String>> {
    let headings = ["problem", "kind", "noise"].map(String::from).into_iter().chain(comparison.methods.iter().cloned());
    let mut rows: Vec<Vec<String>> = vec![headings.collect()];
    for (cell, places) in comparison.cells.iter().zip(&comparison.places) {
        let mut row = vec![cell.problem.clone(), cell.stratum.clone(), cell.noise.to_string()];
        row.extend(places.iter().map(|place| match place {
            place if place.n == 0 => "-".into(),
            place if place.spread < 5e-4 => figure(place.loss, 3),
            place => format!("{:.3} ± {:.3}", place.loss, place.spread),
        }));
        rows.push(row);
    }
    rows
}

fn figure_of(out: &mut String, words: &str, chart: &str) -> Result<(), Undrawn> {
    Ok(writeln!(out, "<figure><figcaption>{}</figcaption>{chart}</figure>", escaped(words))?)
}

/// The first row are headings.
fn table(rows: &[Vec<String>]) -> String {
    let row = |cells: &Vec<String>, tag: &str| {
        let cells: String = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let mut all = rows.iter();
    let head = all.next().map_or(String::new(), |cells| row(cells, "th"));
    format!("<table>{head}{}</table>", all.map(|cells| row(cells, "td")).collect::<String>())
}

/// Text as it may stand in a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
