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
    /// Mean loss of each arm, in their order, over the seeds to choose by.
    pub choose: Vec<f64>,
    /// Mean loss of each method over the seeds to score by; absent where it has no run, which must not be so of an arm.
    pub score: Vec<Option<f64>>,
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
    /// Number of cells that it has a run of; everything is over these.
    pub n: usize,
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

/// The closed gaps of all methods of `cells`; `arms` are those that the best solvers are among. `None` without cells or arms. A method that
/// lacks cells is compared on those that it has.
pub fn closed_gaps(cells: &[Cell], arms: &[usize]) -> Option<Gaps> {
    let n_methods = cells.first()?.score.len();
    let chosen_on = |arm: usize| mean(&cells.iter().map(|cell| cell.choose[arm]).collect::<Vec<_>>());
    // Positions among the arms, the best first.
    let mut by_mean: Vec<usize> = (0..arms.len()).collect();
    by_mean.sort_by(|a, b| chosen_on(*a).total_cmp(&chosen_on(*b)).then(a.cmp(b)));
    let sbs = arms[*by_mean.first()?];
    // Of equally good solvers of a problem the one that is better over all problems, so the single best one if it is among them.
    let best_of = |cell: &Cell| by_mean.iter().copied().min_by(|a, b| cell.choose[*a].total_cmp(&cell.choose[*b]));
    let virtual_best: Vec<Option<f64>> =
        cells.iter().map(|cell| best_of(cell).and_then(|arm| cell.score[arms[arm]])).collect();
    let losses = |method: usize| -> Vec<Option<f64>> { cells.iter().map(|cell| cell.score[method]).collect() };
    let single_best = losses(sbs);
    let families: Vec<&str> = cells.iter().map(|cell| cell.family.as_str()).collect();
    let resamples = Resamples::draw(SEED, &families, RESAMPLES);
    let all = Compared::new(&resamples, &single_best, &single_best, &virtual_best);
    let mut gaps = Gaps {
        sbs,
        m_sbs: all.m_sbs,
        m_vbs: all.m_vbs,
        error: deviation(&all.width),
        n: (cells.len(), families.iter().collect::<std::collections::BTreeSet<_>>().len()),
        methods: Vec::new(),
    };
    let separated = gaps.is_separated();
    let of = |method: usize| Compared::new(&resamples, &losses(method), &single_best, &virtual_best).closed(separated);
    gaps.methods = (0..n_methods).map(of).collect();
    Some(gaps)
}

/// A method beside the best solvers, on the cells that it has.
struct Compared {
    n: usize,
    m: f64,
    m_sbs: f64,
    m_vbs: f64,
    /// `m_sbs - m` in each resample.
    differences: Vec<f64>,
    /// `m_sbs - m_vbs` in each resample.
    width: Vec<f64>,
}

impl Compared {
    fn new(resamples: &Resamples, method: &[Option<f64>], sbs: &[Option<f64>], vbs: &[Option<f64>]) -> Compared {
        let there = |values: &[Option<f64>]| -> Vec<Option<f64>> {
            values.iter().zip(method).map(|(value, method)| value.filter(|_| method.is_some())).collect()
        };
        let (single, virtual_best) = (there(sbs), there(vbs));
        let middle = |values: &[Option<f64>]| mean(&values.iter().flatten().copied().collect::<Vec<_>>());
        let means = [method, &single, &virtual_best].map(|values| resamples.means_of_known(values));
        let less = |other: &[f64]| means[1].iter().zip(other).map(|(single, other)| single - other).collect();
        Compared {
            n: method.iter().flatten().count(),
            m: middle(method),
            m_sbs: middle(&single),
            m_vbs: middle(&virtual_best),
            differences: less(&means[0]),
            width: less(&means[2]),
        }
    }

    fn closed(&self, separated: bool) -> ClosedGap {
        let of_width = self.differences.iter().zip(&self.width).filter(|(_, width)| **width > 0.0);
        let shares: Vec<f64> = of_width.map(|(difference, width)| difference / width).collect();
        let differences: Vec<f64> = self.differences.iter().copied().filter(|value| !value.is_nan()).collect();
        let interval = |value: f64, of: &[f64]| (value, quantile(of, 0.025), quantile(of, 0.975));
        let (gained, width) = (self.m_sbs - self.m, self.m_sbs - self.m_vbs);
        ClosedGap {
            n: self.n,
            m: self.m,
            gap: (separated && width > 0.0).then(|| interval(gained / width, &shares)),
            difference: interval(gained, &differences),
        }
    }
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
        Cell { family: family.into(), choose: choose.to_vec(), score: score.iter().copied().map(Some).collect() }
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
    fn a_method_is_compared_on_the_cells_that_it_has() {
        let whole = closed_gaps(&complementary(), &[0, 1]).unwrap();
        let mut cells = complementary();
        // The policy loses the two cells on which it was wrong.
        cells[..2].iter_mut().for_each(|cell| cell.score[2] = None);
        let gaps = closed_gaps(&cells, &[0, 1]).unwrap();
        assert_eq!((gaps.m_sbs, gaps.m_vbs, gaps.n), (whole.m_sbs, whole.m_vbs, whole.n));
        let policy = &gaps.methods[2];
        assert_eq!((policy.n, policy.m), (8, 0.0));
        assert_eq!(policy.gap.map(|(gap, ..)| gap), Some(1.0));
        assert_eq!((policy.difference.0, gaps.methods[0].n), (0.5, 10));
        // Of a method without any there is nothing to say.
        cells.iter_mut().for_each(|cell| cell.score[2] = None);
        let gaps = closed_gaps(&cells, &[0, 1]).unwrap();
        assert!(gaps.methods[2].n == 0 && gaps.methods[2].m.is_nan() && gaps.methods[2].gap.is_none());
    }

    #[test]
    fn equal_solvers_of_a_problem_make_the_single_best_the_virtual_best() {
        let cells = vec![cell("a", &[0.0, 0.0], &[0.0, 1.0]), cell("b", &[1.0, 0.0], &[0.0, 1.0])];
        let gaps = closed_gaps(&cells, &[1, 0]).unwrap();
        assert_eq!((gaps.sbs, gaps.m_vbs), (0, 0.0));
        assert!(closed_gaps(&[], &[0]).is_none() && closed_gaps(&cells, &[]).is_none());
    }
}
