//! What the data of several groups determine, in words.

use symfolio_fit::{GroupedCertificate, Redundancy};

/// Most groups that a message names.
const NAMED: usize = 5;

/// What there are too few rows for, in words, where there are: `rows` are those that count in each group, `groups` their names, and the
/// constants are so many shared and so many of each group's own.
pub(crate) fn too_few(rows: &[usize], groups: &[String], shared: usize, own: usize) -> Option<String> {
    let cannot =
        |rows: usize, of: &str, constants: usize| format!("{rows} rows{of} cannot determine {constants} constants");
    if let Some((group, rows)) = rows.iter().enumerate().find(|(_, rows)| **rows < own) {
        return Some(cannot(*rows, &format!(" of group {}", groups[group]), own));
    }
    let (rows, constants) = (rows.iter().sum::<usize>(), shared + own * groups.len());
    (rows < constants).then(|| cannot(rows, &format!(" of {} groups", groups.len()), constants))
}

/// What the data determine, in words.
pub(crate) fn message(
    certificate: &GroupedCertificate,
    constants: &[String],
    shared: &[usize],
    groups: &[String],
    params: &[Vec<f64>],
) -> String {
    if certificate.redundant.is_empty() {
        return match certificate.identifiable {
            true => format!("all constants are determined (condition {:.1e})", certificate.condition),
            false => "there are too few rows for the uncertainty of the constants".to_string(),
        };
    }
    let sets = certificate.redundant.iter().map(|set| {
        let mut list: Vec<&str> = set.constants.iter().map(|index| constants[*index].as_str()).collect();
        // By name, c2 before c10: positions are those in the formula.
        list.sort_by_key(|name| (name.len(), *name));
        let place = place(set, groups);
        match list.as_slice() {
            [one] => format!("{one} has no effect{place}"),
            _ => format!("{} cannot be told apart{place}{}", list.join(", "), scaling(set, constants, shared, params)),
        }
    });
    sets.collect::<Vec<_>>().join("; ")
}

/// In which groups, in words.
fn place(set: &Redundancy, groups: &[String]) -> String {
    match set.groups.len() {
        0 => String::new(),
        all if all == groups.len() => " in any group".to_string(),
        some => {
            let named: Vec<&str> = set.groups.iter().take(NAMED).map(|group| groups[*group].as_str()).collect();
            let more = if some > NAMED { format!(" and {} more", some - NAMED) } else { String::new() };
            format!(" in group{} {}{more}", if some == 1 { "" } else { "s" }, named.join(", "))
        }
    }
}

/// What to do where the change without effect multiplies constants by factors.
fn scaling(set: &Redundancy, constants: &[String], shared: &[usize], params: &[Vec<f64>]) -> String {
    match (exponents(set, params), set.lead) {
        (Some(_), Some(lead)) => {
            let own: Vec<&str> =
                set.constants.iter().filter(|i| !shared.contains(i)).map(|index| constants[*index].as_str()).collect();
            let scale =
                if own.is_empty() { String::new() } else { format!(": the scale of {} is free", own.join(", ")) };
            format!("{scale}; write a number for {} to fix it", constants[lead])
        }
        _ => String::new(),
    }
}

/// Where the change without effect multiplies constant i by a power of one common factor in all groups alike: that power, for
/// each constant of the set, the largest of them 1.
pub(crate) fn exponents(set: &Redundancy, params: &[Vec<f64>]) -> Option<Vec<f64>> {
    let groups: Vec<usize> = if set.groups.is_empty() { vec![0] } else { set.groups.clone() };
    let relative: Vec<Vec<f64>> = groups
        .iter()
        .zip(&set.direction)
        .map(|(group, change)| set.constants.iter().zip(change).map(|(i, step)| step / params[*group][*i]).collect())
        .collect();
    let first = relative.first()?;
    let largest = first.iter().copied().fold(0.0, |most: f64, part| if part.abs() > most.abs() { part } else { most });
    let same = |one: &Vec<f64>| one.iter().zip(first).all(|(a, b)| (a - b).abs() <= 1e-5 * largest.abs());
    (largest.is_finite() && largest != 0.0 && relative.iter().all(same))
        .then(|| first.iter().map(|part| part / largest).collect())
}
