//! The closed gap: how far a method gets from the single best solver towards the virtual best one.
//!
//! `g = (m_SBS - m) / (m_SBS - m_VBS)` with mean losses m over problems, as algorithm selection measures it (Lindauer, van Rijn and
//! Kotthoff 2019): 0 is as good as the best solver for all, 1 as choosing for each problem the solver that is best on it. Losses are
//! averaged over problems before the division. The best solvers are chosen on other seeds than those that are scored: on the same seeds,
//! the virtual best would be the luckiest, and no one could reach it.

use super::{Resamples, mean, quantile};

/// Draws of the bootstrap, and what they are drawn from.
const RESAMPLES: usize = 4000;
const SEED: u64 = 20;

/// One problem at one level of noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The family that it is drawn with.
    pub family: String,
    /// Mean loss of each method over the seeds to choose by.
    pub choose: Vec<f64>,
    /// Mean loss of each method over the seeds to score by.
    pub score: Vec<f64>,
}

/// The closed gaps of all methods.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaps {
    /// The method that is the single best solver.
    pub sbs: usize,
    /// Its mean loss.
    pub m_sbs: f64,
    /// The mean loss of the virtual best solver.
    pub m_vbs: f64,
    /// Standard error of `m_sbs - m_vbs`.
    pub error: f64,
    /// Number of cells and of families.
    pub n: (usize, usize),
    /// One entry a method.
    pub methods: Vec<ClosedGap>,
}

/// How far one method gets.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedGap {
    /// Its mean loss.
    pub m: f64,
    /// The closed gap, with its 95 % interval; absent where the gap is not two standard errors wide.
    pub gap: Option<(f64, f64, f64)>,
    /// `m_sbs - m` with its 95 % interval; above 0 the method is better than the single best solver.
    pub difference: (f64, f64, f64),
}

impl Gaps {
    /// Is the gap at least two standard errors wide, so that a share of it means something?
    pub fn is_separated(&self) -> bool {
        self.m_sbs - self.m_vbs >= 2.0 * self.error && self.m_sbs > self.m_vbs
    }
}

impl ClosedGap {
    /// Is the method not worse than the single best solver by more than `margin`, at 97.5 % confidence?
    pub fn is_non_inferior(&self, margin: f64) -> bool {
        self.difference.1 >= -margin
    }
}

/// The closed gaps of all methods of `cells`; `arms` are those that the best solvers are among. `None` without cells or arms.
pub fn closed_gaps(cells: &[Cell], arms: &[usize]) -> Option<Gaps> {
    let n_methods = cells.first()?.score.len();
    let chosen_on = |method: usize| mean(&cells.iter().map(|cell| cell.choose[method]).collect::<Vec<_>>());
    let mut by_mean: Vec<usize> = arms.to_vec();
    by_mean.sort_by(|a, b| chosen_on(*a).total_cmp(&chosen_on(*b)).then(a.cmp(b)));
    let sbs = *by_mean.first()?;
    // Of equally good solvers of a problem the one that is better over all problems, so the single best one if it is among them.
    let best_of = |cell: &Cell| by_mean.iter().copied().min_by(|a, b| cell.choose[*a].total_cmp(&cell.choose[*b]));
    let virtual_best: Vec<f64> =
        cells.iter().map(|cell| best_of(cell).map_or(f64::NAN, |arm| cell.score[arm])).collect();
    let losses = |method: usize| -> Vec<f64> { cells.iter().map(|cell| cell.score[method]).collect() };
    let families: Vec<&str> = cells.iter().map(|cell| cell.family.as_str()).collect();
    let resamples = Resamples::draw(SEED, &families, RESAMPLES);
    let (single, virtual_means) = (resamples.means(&losses(sbs)), resamples.means(&virtual_best));
    let width: Vec<f64> = single.iter().zip(&virtual_means).map(|(single, best)| single - best).collect();
    let mut gaps = Gaps {
        sbs,
        m_sbs: mean(&losses(sbs)),
        m_vbs: mean(&virtual_best),
        error: deviation(&width),
        n: (cells.len(), families.iter().collect::<std::collections::BTreeSet<_>>().len()),
        methods: Vec::new(),
    };
    let separated = gaps.is_separated();
    for method in 0..n_methods {
        let m = mean(&losses(method));
        let means = resamples.means(&losses(method));
        let differences: Vec<f64> = single.iter().zip(&means).map(|(single, m)| single - m).collect();
        let shares: Vec<f64> = (differences.iter().zip(&width))
            .filter(|(_, width)| **width > 0.0)
            .map(|(difference, width)| difference / width)
            .collect();
        let interval = |value: f64, of: &[f64]| (value, quantile(of, 0.025), quantile(of, 0.975));
        let gap = || interval((gaps.m_sbs - m) / (gaps.m_sbs - gaps.m_vbs), &shares);
        let entry = ClosedGap { m, gap: separated.then(gap), difference: interval(gaps.m_sbs - m, &differences) };
        gaps.methods.push(entry);
    }
    Some(gaps)
}

/// Standard deviation.
fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    (values.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(family: &str, choose: &[f64], score: &[f64]) -> Cell {
        Cell { family: family.into(), choose: choose.to_vec(), score: score.to_vec() }
    }

    /// Two arms, each best on half of ten problems, and a policy that is right on four of five.
    fn complementary() -> Vec<Cell> {
        (0..10)
            .map(|at| {
                let (first, second) = if at % 2 == 0 { (0.0, 1.0) } else { (1.0, 0.0) };
                let policy = if at < 2 { 1.0 } else { 0.0 };
                // The first arm is a little better where the second is: it is the single best one.
                let losses = [first, second + if at == 0 { 0.0 } else { 0.1 } * second, policy];
                cell(&format!("f{at}"), &losses, &losses)
            })
            .collect()
    }

    #[test]
    fn gaps_of_a_hand_made_case() {
        let gaps = closed_gaps(&complementary(), &[0, 1]).unwrap();
        assert_eq!((gaps.sbs, gaps.n), (0, (10, 10)));
        assert_eq!((gaps.m_sbs, gaps.m_vbs), (0.5, 0.0));
        assert!(gaps.is_separated(), "{gaps:?}");
        // (0.5 - 0.2) / (0.5 - 0).
        let (gap, low, high) = gaps.methods[2].gap.unwrap();
        assert!((gap - 0.6).abs() < 1e-12 && low < 0.6 && high > 0.6, "{gap} {low} {high}");
        assert_eq!(gaps.methods[0].gap.map(|(gap, low, high)| [gap, low, high]), Some([0.0; 3]));
    }

    #[test]
    fn the_best_solvers_are_chosen_on_other_seeds() {
        // Where the seeds to choose by mislead, the virtual best is no better than what it chose.
        let cells: Vec<Cell> =
            (0..8).map(|at| cell(&format!("f{at}"), &[0.2, f64::from(at % 2)], &[0.2, 1.0])).collect();
        let gaps = closed_gaps(&cells, &[0, 1]).unwrap();
        assert_eq!(gaps.sbs, 0);
        assert!((gaps.m_vbs - 0.6).abs() < 1e-12 && gaps.m_vbs > gaps.m_sbs);
        assert!(!gaps.is_separated() && gaps.methods[1].gap.is_none());
    }

    #[test]
    fn where_there_is_no_gap_the_difference_counts() {
        let cells: Vec<Cell> =
            (0..20).map(|at| cell(&format!("f{at}"), &[0.3, 0.3, 0.3], &[0.3, 0.3, 0.305])).collect();
        let gaps = closed_gaps(&cells, &[0, 1]).unwrap();
        assert!(!gaps.is_separated());
        let policy = &gaps.methods[2];
        assert!((policy.difference.0 + 0.005).abs() < 1e-12);
        assert!(policy.is_non_inferior(0.01) && !policy.is_non_inferior(0.001));
    }

    #[test]
    fn equal_solvers_of_a_problem_make_the_single_best_the_virtual_best() {
        let cells = vec![cell("a", &[0.0, 0.0], &[0.0, 1.0]), cell("b", &[0.0, 1.0], &[0.0, 1.0])];
        let gaps = closed_gaps(&cells, &[1, 0]).unwrap();
        assert_eq!((gaps.sbs, gaps.m_vbs), (0, 0.0));
        assert!(closed_gaps(&[], &[0]).is_none() && closed_gaps(&cells, &[]).is_none());
    }
}
