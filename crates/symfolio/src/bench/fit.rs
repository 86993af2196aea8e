//! [`FitBench`]: how often the fitter finds the constants of known laws from no start, and at what price.

use std::fmt;

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_engine::Clock;
use symfolio_expr::{Columns, ParseError};
use symfolio_fit::{Effort, FitData, FitOptions, Stages, Workspace, fit};

use super::families::{FAMILIES, Family};
use super::landscapes::Landscape;

/// Numbers of rows, by draw.
const ROWS: [usize; 4] = [120, 300, 1000, 60];
/// A fit whose loss is at most this many times that of a fit started at the true constants has found them.
const FOUND: f64 = 1.01;
/// Shares of the target's variance below which a fit is exact.
const EXACT: f64 = 1e-10;

/// What is measured.
///
/// A problem counts as solved where the loss is at most 1.01 times that of a fit started at the true constants, or an
/// exact fit (1e-10 of the target's variance): a better optimum than the truth is no failure of the fitter.
#[derive(Clone, Debug, PartialEq)]
pub struct FitBench {
    /// Only families whose name contains this text.
    pub filter: String,
    /// Draws of constants for each family, numbered from 0.
    pub draws: u64,
    /// Seeds for each problem, numbered from 1.
    pub seeds: u64,
    /// Standard deviations of the noise, as shares of the target's.
    pub noise: Vec<f64>,
    /// Parts of the fitter that are used.
    pub stages: Stages,
    /// Most work for one fit.
    pub max_work: u64,
}

impl Default for FitBench {
    fn default() -> FitBench {
        FitBench {
            filter: String::new(),
            draws: 2,
            seeds: 1,
            noise: vec![0.0, 0.02],
            stages: Stages::default(),
            max_work: 1_200_000_000,
        }
    }
}

/// How the fits of a family, or of all of them, went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FamilyScore {
    /// Name of the family.
    pub name: String,
    /// Number of fits.
    pub fits: usize,
    /// How many found the constants.
    pub solved: usize,
    /// CPU seconds of all fits, and of the longest.
    pub seconds: f64,
    /// CPU seconds of the longest fit.
    pub longest: f64,
    /// Work of all fits.
    pub work: u64,
}

impl FamilyScore {
    fn add(&mut self, other: &FamilyScore) {
        self.fits += other.fits;
        self.solved += other.solved;
        self.seconds += other.seconds;
        self.longest = self.longest.max(other.longest);
        self.work += other.work;
    }
}

impl fmt::Display for FamilyScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = self.seconds / self.fits.max(1) as f64;
        let FamilyScore { name, fits, solved, longest, .. } = self;
        write!(f, "{name:34} {solved:4} of {fits:4}   mean {:6.1} ms   longest {longest:.2} s", 1e3 * mean)
    }
}

/// The whole bench with each stage left out in turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ablation {
    /// What was left out, and how all fits went; the first row leaves out nothing.
    pub rows: Vec<FamilyScore>,
}

impl fmt::Display for Ablation {
    /// A table in Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| left out | solved | failures | mean CPU time |")?;
        writeln!(f, "|---|---|---|---|")?;
        for row in &self.rows {
            let share = 100.0 * row.solved as f64 / row.fits.max(1) as f64;
            let mean = 1e3 * row.seconds / row.fits.max(1) as f64;
            writeln!(f, "| {} | {share:.1} % | {} of {} | {mean:.0} ms |", row.name, row.fits - row.solved, row.fits)?;
        }
        Ok(())
    }
}

impl FitBench {
    /// Runs the bench; `report` is called after each family. The last score is the total.
    ///
    /// # Errors
    /// [`ParseError`] where a family's form is no expression (a slip of the programmer).
    pub fn run(&self, mut report: impl FnMut(&FamilyScore)) -> Result<FamilyScore, ParseError> {
        let mut total = FamilyScore { name: "all".to_string(), ..FamilyScore::default() };
        for family in FAMILIES.iter().filter(|family| family.name.contains(&self.filter)) {
            let score = self.family(family)?;
            total.add(&score);
            report(&score);
        }
        Ok(total)
    }

    /// Runs the bench as it is, and with each stage left out in turn; `report` is called after each.
    ///
    /// # Errors
    /// As [`FitBench::run`].
    pub fn ablation(&self, mut report: impl FnMut(&FamilyScore)) -> Result<Ablation, ParseError> {
        let mut ablation = Ablation::default();
        let variants = std::iter::once(("nothing", Some(Stages::default())))
            .chain(Stages::NAMES.into_iter().map(|name| (name, Stages::without(name))));
        for (name, stages) in variants {
            let Some(stages) = stages else { continue };
            let score = FitBench { stages, ..self.clone() }.run(|_| ())?;
            let score = FamilyScore { name: name.to_string(), ..score };
            report(&score);
            ablation.rows.push(score);
        }
        Ok(ablation)
    }

    fn family(&self, family: &Family) -> Result<FamilyScore, ParseError> {
        let mut score = FamilyScore { name: family.name.to_string(), ..FamilyScore::default() };
        for draw in 0..self.draws {
            for noise in &self.noise {
                let n = ROWS[draw as usize % ROWS.len()];
                if let Some(landscape) = Landscape::draw(family, draw, n, *noise)? {
                    self.landscape(&landscape, &mut score);
                }
            }
        }
        Ok(score)
    }

    fn landscape(&self, landscape: &Landscape, score: &mut FamilyScore) {
        let columns = Columns::new(landscape.columns.iter().map(Vec::as_slice));
        let data = FitData { columns: &columns, target: &landscape.target, weights: None };
        let mut workspace = Workspace::default();
        let from_truth = FitOptions { max_iterations: Some(200), ..FitOptions::default() };
        let truth = fit(&mut ChaCha8Rng::seed_from_u64(0), &landscape.law, &data, &from_truth, &mut workspace);
        let (_, variance) = data.target_moments();
        let start = landscape.law.with_params(&vec![1.0; landscape.law.params().len()]);
        let options =
            FitOptions { max_work: self.max_work, stages: self.stages, ..FitOptions::with_effort(Effort::Thorough) };
        for seed in 1..=self.seeds {
            let begun = Clock::process_cpu();
            let found = fit(&mut ChaCha8Rng::seed_from_u64(seed), &start, &data, &options, &mut workspace);
            let seconds = Clock::process_cpu() - begun;
            let solved = found.loss <= (FOUND * truth.loss).max(EXACT * variance);
            let solved = usize::from(solved);
            score.add(&FamilyScore {
                name: String::new(),
                fits: 1,
                solved,
                seconds,
                longest: seconds,
                work: found.work,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_draws_problems_that_its_truth_solves() {
        for family in FAMILIES {
            for draw in 0..2 {
                let landscape = Landscape::draw(family, draw, 60, 0.0).unwrap().expect(family.name);
                assert_eq!(landscape.law.params().len(), family.constants.len(), "{}", family.name);
                let columns = Columns::new(landscape.columns.iter().map(Vec::as_slice));
                let data = FitData { columns: &columns, target: &landscape.target, weights: None };
                let options = FitOptions::with_effort(Effort::Score);
                let mut rng = ChaCha8Rng::seed_from_u64(0);
                let score = fit(&mut rng, &landscape.law, &data, &options, &mut Workspace::default());
                assert_eq!(score.loss, 0.0, "{}", family.name);
                assert_eq!(Landscape::draw(family, draw, 60, 0.0).unwrap().unwrap().target, landscape.target);
            }
        }
    }

    #[test]
    fn noise_has_the_deviation_asked_for() {
        let family = &FAMILIES[0];
        let exact = Landscape::draw(family, 0, 200, 0.0).unwrap().unwrap();
        let noisy = Landscape::draw(family, 0, 200, 0.02).unwrap().unwrap();
        let moments = |target: &[f64]| {
            let none = Columns::new([]);
            FitData { columns: &none, target, weights: None }.target_moments()
        };
        let noise: Vec<f64> = noisy.target.iter().zip(&exact.target).map(|(a, b)| a - b).collect();
        let share = (moments(&noise).1 / moments(&exact.target).1).sqrt();
        assert!((share - 0.02).abs() < 1e-9, "{share}");
    }

    #[test]
    fn a_part_of_the_bench_runs() {
        let bench = FitBench { filter: "arrhenius".to_string(), draws: 1, ..FitBench::default() };
        let mut seen = 0;
        let total = bench.run(|_| seen += 1).unwrap();
        assert_eq!((seen, total.fits, total.solved), (1, 2, 2));
        assert!(total.to_string().contains("2 of    2"), "{total}");
    }
}
