//! [`Alternative`]: formulas that the data leave standing beside the chosen one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use symfolio_core::Table;
use symfolio_expr::{Expr, Key, math};

use crate::extrapolation::{Extrapolation, Inside};
use crate::metrics::range;
use crate::pool::Found;
use crate::region::{Region, columns};
use crate::rows::Bench;
use crate::select::Finished;
use crate::trust::{NORMAL, median};

/// Formulas in the set, the chosen one among them.
const MOST: usize = 5;
/// Nats by which the description of an alternative may be longer than the shortest; the best of its size may be longer by any.
const PLAUSIBLE: f64 = 12.0;
/// Two formulas are one function where they differ by less than so many typical residuals...
const OF_NOISE: f64 = 0.5;
/// ... or by less than this share of the target's typical deviation...
const OF_TARGET: f64 = 1e-3;
/// ... at all but this share of the points.
const ODD: f64 = 0.02;
/// Differences below this share of the target's deviation are those of two spellings of one formula.
const SAME: f64 = 1e-9;
/// A formula that the data leave standing, or the chosen one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// The formula.
    pub formula: Finished,
    /// Key of its structure: equal for formulas that differ in their numbers or in trivial rewriting only.
    pub structure: Key,
    /// Nats by which its description, by the likelihood that the choice is made with, is longer than that of the chosen formula; negative where
    /// it is shorter.
    pub distance: f64,
    /// `exp(-distance)` over the sum of all alternatives, and of the formulas that there was no time to compare: the probability of each,
    /// were one of them the law and all codes fair.
    pub weight: f64,
    /// Where it differs most from the chosen formula; `None` for that itself, and where there is no such point.
    pub differs: Option<Difference>,
    /// How it behaves beyond the data.
    pub extrapolation: Extrapolation,
    /// Who found it, and when.
    pub found: Found,
}

/// Where two formulas differ most in the box around the data, widened by half of each range: the measurement that would tell them apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// A value for every feature.
    pub at: Vec<f64>,
    /// What the chosen formula predicts there.
    pub chosen: f64,
    /// What the other one predicts there.
    pub other: f64,
    /// The difference in typical residuals of the chosen formula; `None` where these are rounding errors.
    pub residuals: Option<f64>,
}

/// A finished formula with what it is compared by.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub finished: Finished,
    pub structure: Key,
    pub evidence: f64,
    pub found: Found,
    pub inside: Inside,
    /// Does no other one dominate it in complexity and loss?
    pub on_front: bool,
}

/// What alternatives are told apart by.
pub(crate) struct Comparison<'a> {
    pub region: &'a Region,
    /// Rows on which they are compared.
    pub table: &'a Table,
    /// A residual that is as good as none.
    pub least: f64,
    /// Predictions farther from the target's middle than so many of its ranges are absurd.
    pub absurd: f64,
    pub names: &'a [String],
}

/// The values of a formula on the rows and in the widened box.
struct Values {
    rows: Vec<f64>,
    widened: Vec<f64>,
}

impl Comparison<'_> {
    /// Up to five of `standings`, the one at `chosen` first, then by evidence: each plausible or the best of its size, and none of the
    /// structure of another. Those that are other functions go before those that nobody could tell from one before.
    pub(crate) fn alternatives(
        &self,
        bench: &mut Bench<'_>,
        standings: &[Standing],
        chosen: usize,
        stop: &dyn Fn(u64) -> bool,
    ) -> Vec<Alternative> {
        let Some(first) = standings.get(chosen) else { return Vec::new() };
        let least = standings.iter().map(|standing| standing.evidence).fold(f64::INFINITY, f64::min);
        let mut queue: Vec<usize> = (0..standings.len()).filter(|index| *index != chosen).collect();
        queue.retain(|index| standings[*index].evidence <= least + PLAUSIBLE || standings[*index].on_front);
        queue.sort_by(|a, b| standings[*a].evidence.total_cmp(&standings[*b].evidence).then(a.cmp(b)));
        let reference = self.values(bench, &first.finished.expr);
        let noise = self.noise(&reference.rows);
        let tolerance = (OF_NOISE * noise).max(OF_TARGET * self.deviation());
        let mut kept: Vec<(usize, Values)> = vec![(chosen, reference)];
        let mut alike: Vec<(usize, Values)> = Vec::new();
        let mut structures = BTreeSet::from([first.structure]);
        let mut not_compared: Vec<usize> = Vec::new();
        for index in queue {
            let standing = &standings[index];
            if kept.len() == MOST {
                break;
            }
            if structures.contains(&standing.structure) {
                continue;
            }
            if stop(bench.work) {
                structures.insert(standing.structure);
                not_compared.push(index);
                continue;
            }
            let values = self.values(bench, &standing.finished.expr);
            let same = kept.iter().find(|(_, other)| other.agrees(&values, tolerance));
            match same {
                None => {
                    structures.insert(standing.structure);
                    kept.push((index, values));
                }
                // Another spelling is no other idea.
                Some((_, other)) if other.agrees(&values, SAME * self.deviation()) => {}
                // Of what nobody could tell apart only what is no longer is another idea; the rest is the same with an ornament.
                Some((other, _)) if standing.finished.complexity <= standings[*other].finished.complexity => {
                    structures.insert(standing.structure);
                    alike.push((index, values));
                }
                Some(_) => {}
            }
        }
        kept.extend(alike);
        kept.truncate(MOST);
        kept[1..].sort_by(|(a, _), (b, _)| standings[*a].evidence.total_cmp(&standings[*b].evidence).then(a.cmp(b)));
        self.told(bench, standings, &kept, &not_compared, noise)
    }

    /// The nats by which the nearest other function is longer than the chosen formula; `None` where there is none.
    pub(crate) fn margin(alternatives: &[Alternative]) -> Option<f64> {
        alternatives.iter().skip(1).map(|other| other.distance).min_by(f64::total_cmp)
    }

    fn told(
        &self,
        bench: &mut Bench<'_>,
        standings: &[Standing],
        kept: &[(usize, Values)],
        not_compared: &[usize],
        noise: f64,
    ) -> Vec<Alternative> {
        let Some(((chosen, reference), _)) = kept.split_first() else { return Vec::new() };
        let distance = |index: usize| standings[index].evidence - standings[*chosen].evidence;
        let least = kept.iter().map(|(index, _)| index).chain(not_compared).map(|index| distance(*index));
        let least = least.fold(f64::INFINITY, f64::min);
        let likelihood = |index: usize| math::exp(least - distance(index));
        let total: f64 = kept.iter().map(|(index, _)| index).chain(not_compared).map(|index| likelihood(*index)).sum();
        let mut alternatives = Vec::with_capacity(kept.len());
        for (index, values) in kept {
            let standing = &standings[*index];
            let expr = &standing.finished.expr;
            alternatives.push(Alternative {
                structure: standing.structure,
                distance: distance(*index),
                weight: likelihood(*index) / total,
                differs: if index == chosen { None } else { self.difference(reference, values, noise) },
                extrapolation: Extrapolation::of(bench, expr, self.region, self.table, &standing.inside, self.names),
                found: standing.found.clone(),
                formula: standing.finished.clone(),
            });
        }
        alternatives
    }

    fn values(&self, bench: &mut Bench<'_>, expr: &Expr) -> Values {
        Values { rows: bench.values(expr, self.table), widened: bench.values_at(expr, &columns(&self.region.widened)) }
    }

    /// The typical residual, which a few bad rows do not move.
    fn noise(&self, values: &[f64]) -> f64 {
        let sizes = self.table.target.iter().zip(values).map(|(y, value)| (y - value).abs());
        NORMAL * median(sizes.collect())
    }

    fn deviation(&self) -> f64 {
        self.table.target_variance().sqrt()
    }

    /// The point of the widened box where two formulas differ most, both being of sane size there.
    fn difference(&self, chosen: &Values, other: &Values, noise: f64) -> Option<Difference> {
        let (low, high) = range(&self.table.target);
        let (middle, most) = (0.5 * low + 0.5 * high, self.absurd * (high - low));
        let sane = |value: f64| (value - middle).abs() <= most;
        let gaps = chosen.widened.iter().zip(&other.widened).enumerate();
        let gaps = gaps.filter(|(_, (a, b))| sane(**a) && sane(**b)).map(|(i, (a, b))| (i, (a - b).abs()));
        let (at, gap) = gaps.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
        Some(Difference {
            at: self.region.point(at),
            chosen: chosen.widened[at],
            other: other.widened[at],
            residuals: (noise > self.least).then_some(gap / noise),
        })
    }
}

impl Values {
    /// Is the other formula the same within `tolerance` at nearly all points, the same of them defined?
    fn agrees(&self, other: &Values, tolerance: f64) -> bool {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance || (!a.is_finite() && !b.is_finite());
        let all_near = |a: &[f64], b: &[f64]| {
            let near = a.iter().zip(b).filter(|pair| near(*pair)).count();
            near as f64 >= (1.0 - ODD) * a.len() as f64
        };
        all_near(&self.rows, &other.rows) && all_near(&self.widened, &other.widened)
    }
}
