//! [`screen`]: what policies would make of recorded runs of single backends.
//!
//! Every arm has a recorded run by itself; a policy hands out slices, and each arm goes along its own record. So hundreds of policies and
//! settings can be tried in the time of one real run. What arms give each other is not in the records: the policies that look best here
//! are to be run for real.

use std::sync::Arc;

use symfolio::core::{Action, Arm, Cost, Exchange, History, Need, Policy, Progress, Reward, SliceRecord};
use symfolio::{Budget, expr::math};

use crate::database::{Database, DatabaseError, Run};
use crate::job::CurvePoint;
use crate::method::Method;
use crate::report::Comparison;
use crate::statistics::mean;

/// What a policy, or an arm alone, gets out of the records.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// Its name; `arm:NAME` for an arm alone.
    pub name: String,
    /// Mean loss m over cells, each the mean over its seeds.
    pub loss: f64,
    /// Mean share of the slices by arm, in the order of [`Screening::arms`].
    pub shares: Vec<f64>,
}

/// Policies beside each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Screening {
    /// The backends that have records.
    pub arms: Vec<String>,
    /// Cells, and records of all arms together.
    pub n: (usize, usize),
    /// Arms alone, then policies.
    pub rows: Vec<Screened>,
    /// Mean loss of the best arm of each cell, chosen on the same seeds: nothing can be better.
    pub virtual_best: f64,
}

/// A loss, and the share of the slices by arm.
type Played = (f64, Vec<f64>);

/// Slices that a budget is cut into.
const SLICES: f64 = 200.0;
/// Share of a budget that is for the final choice.
const CHOICE: f64 = 0.1;
/// Residual share of the variance below which a search would have ended.
const EXACT: f64 = 1e-12;
/// An arm has its final formula where its loss is so close to that at the end of its record.
const CLOSE: f64 = 1.05;

/// Lets `policies` spend the budget of the records on the arms of `comparison`, those that come first excepted: these are part of every record.
///
/// # Errors
/// [`DatabaseError`] where curves cannot be read.
pub fn screen(
    comparison: &Comparison,
    database: &Database,
    policies: &[Arc<dyn Policy>],
) -> Result<Screening, DatabaseError> {
    let backends = symfolio::backends();
    let traits = |name: &str| backends.iter().find(|backend| backend.name() == name).map(|backend| backend.traits());
    let first: Vec<&str> = backends.iter().filter(|b| b.traits().first).map(|backend| backend.name()).collect();
    let mut arms: Vec<(usize, Arm)> = Vec::new();
    for method in comparison.arms() {
        let Ok(Method::Arm(name)) = comparison.methods[method].parse() else { continue };
        if let Some(traits) = traits(&name).filter(|traits| !traits.first) {
            arms.push((method, arm(&name, traits.needs.contains(&Need::Migrants))));
        }
    }
    let mut of_cells: Vec<Vec<Vec<Track>>> = Vec::new();
    for cell in 0..comparison.cells.len() {
        let runs = |method: usize| comparison.of(cell, method);
        let seeds = arms.first().map_or(&[][..], |(method, _)| runs(*method)).iter().map(|run| run.key.seed);
        let mut of_seeds = Vec::new();
        for seed in seeds {
            let recorded = arms.iter().filter_map(|(method, _)| runs(*method).iter().find(|run| run.key.seed == seed));
            let tracks: Vec<Track> = recorded
                .map(|run| Ok(Track::of(run, &database.curve(run.id)?, &first)))
                .collect::<Result<_, DatabaseError>>()?;
            if tracks.len() == arms.len() {
                of_seeds.push(tracks);
            }
        }
        if !of_seeds.is_empty() {
            of_cells.push(of_seeds);
        }
    }
    let prototypes: Vec<Arm> = arms.into_iter().map(|(_, arm)| arm).collect();
    let over = |name: &str, play: &dyn Fn(&[Track]) -> Played| {
        let played: Vec<Played> = of_cells
            .iter()
            .map(|seeds| average(&seeds.iter().map(|tracks| play(tracks)).collect::<Vec<_>>(), prototypes.len()))
            .collect();
        let (loss, shares) = average(&played, prototypes.len());
        Screened { name: name.into(), loss, shares }
    };
    let alone = |index: usize| {
        let shares: Vec<f64> = (0..prototypes.len()).map(|arm| f64::from(u8::from(arm == index))).collect();
        over(&format!("arm:{}", prototypes[index].backend), &|tracks| (tracks[index].loss, shares.clone()))
    };
    let of_policy = |policy: &Arc<dyn Policy>| over(policy.name(), &|tracks| simulate(&**policy, &prototypes, tracks));
    let best = |seeds: &Vec<Vec<Track>>| {
        let of = |arm: usize| mean(&seeds.iter().map(|tracks| tracks[arm].loss).collect::<Vec<_>>());
        (0..prototypes.len()).map(of).fold(1.0, f64::min)
    };
    Ok(Screening {
        n: (of_cells.len(), of_cells.iter().flatten().map(Vec::len).sum()),
        rows: (0..prototypes.len()).map(alone).chain(policies.iter().map(of_policy)).collect(),
        virtual_best: mean(&of_cells.iter().map(best).collect::<Vec<_>>()),
        arms: prototypes.into_iter().map(|arm| arm.backend).collect(),
    })
}

fn arm(name: &str, needs_migrants: bool) -> Arm {
    Arm {
        backend: name.into(),
        first: false,
        takes_migrants: true,
        needs_migrants,
        max_running: 1,
        running: 0,
        exhausted: false,
        fresh_migrants: true,
        retired: false,
        needs_oracle: false,
        network: false,
        max_share: 1.0,
        prior: 0.0,
    }
}

/// Means of losses and shares.
fn average(all: &[Played], n: usize) -> Played {
    let share = |arm: usize| mean(&all.iter().map(|(_, shares)| shares[arm]).collect::<Vec<_>>());
    (mean(&all.iter().map(|(loss, _)| *loss).collect::<Vec<_>>()), (0..n).map(share).collect())
}

/// A recorded run in its own time: seconds of a core after the first backends had ended.
struct Track {
    /// When, the NMSE on the training rows from then on, and R2 on the rows to test on.
    points: Vec<(f64, f64, f64)>,
    /// When it ended.
    end: f64,
    /// Did it end before its budget?
    exhausted: bool,
    /// Its loss at the end.
    loss: f64,
    has_law: bool,
    /// Seconds of the first backends, and of the whole budget.
    first: f64,
    budget: f64,
    /// NMSE of the noise.
    noise: f64,
}

impl Track {
    fn of(run: &Run, curve: &[CurvePoint], first: &[&str]) -> Track {
        let budget = match run.key.budget.parse() {
            Ok(Budget::Cpu(seconds)) => seconds,
            Ok(Budget::Wall(seconds)) => seconds * run.key.threads.max(1) as f64,
            Ok(Budget::Work(work)) => work as f64 / Cost::WORK_PER_CPU_SECOND as f64,
            Err(_) => 1.0,
        };
        let at = |share: f64| share * budget;
        // The last point is the chosen formula, after the search.
        let search = &curve[..curve.len().saturating_sub(1)];
        let end = at(search.last().map_or(0.0, |point| point.share).max(used(run, budget)));
        let part: f64 =
            run.finished.shares.iter().filter(|(name, _)| first.contains(&name.as_str())).map(|(_, s)| s).sum();
        let begin = (part * end).min(end);
        let r2 = |point: &CurvePoint| point.test_r2.map_or(0.0, |r2| r2.clamp(0.0, 1.0));
        Track {
            points: search.iter().map(|p| ((at(p.share) - begin).max(0.0), p.train_nmse, r2(p))).collect(),
            end: end - begin,
            exhausted: end < (1.0 - 1.5 * CHOICE) * budget,
            loss: run.loss(),
            has_law: run.law.is_some(),
            first: begin,
            budget,
            noise: run.key.noise.powi(2).max(EXACT),
        }
    }

    /// NMSE and R2 after `seconds` of its own.
    fn after(&self, seconds: f64) -> (f64, f64) {
        let reached = self.points.iter().take_while(|(at, ..)| *at <= seconds).last();
        reached.map_or((1.0, 0.0), |(_, nmse, r2)| (nmse.min(1.0), *r2))
    }

    /// The loss of the study that ends with what it had after `seconds`.
    fn loss_after(&self, seconds: f64) -> f64 {
        let (nmse, r2) = self.after(seconds);
        let last = self.points.last().map_or(1.0, |(_, nmse, _)| *nmse);
        match (nmse <= CLOSE * last.max(EXACT), self.has_law) {
            (true, _) => self.loss,
            (false, true) => 1.0,
            (false, false) => 1.0 - r2,
        }
    }

    /// How far an NMSE has come from that of the best constant to the noise.
    fn level(&self, nmse: f64) -> f64 {
        (math::log(nmse.max(self.noise)) / math::log(self.noise.min(0.5))).clamp(0.0, 1.0)
    }
}

/// Share of the budget that the search of a run used.
fn used(run: &Run, budget: f64) -> f64 {
    let seconds = match run.key.budget.parse() {
        Ok(Budget::Work(_)) => run.finished.work as f64 / Cost::WORK_PER_CPU_SECOND as f64,
        _ => run.finished.cpu_seconds,
    };
    (seconds / budget).min(1.0 - CHOICE)
}

/// Spends a budget by a policy: the loss, and the share of the slices by arm.
fn simulate(policy: &dyn Policy, arms: &[Arm], tracks: &[Track]) -> Played {
    let budget = tracks[0].budget;
    let slice = budget / SLICES;
    let exchange = Exchange::default();
    let slice_work = (slice * exchange.work_per_second) as u64;
    let mut history = History { arms: arms.to_vec(), slice_work, exchange, ..History::default() };
    let mut own = vec![0.0; tracks.len()];
    let mut best = 1.0f64;
    // All records begin with the same first backends; what these took differs by noise of the clock alone.
    let mut spent = mean(&tracks.iter().map(|track| track.first).collect::<Vec<_>>());
    let mut turn = 0;
    while spent + slice <= (1.0 - CHOICE) * budget && best > EXACT {
        history.spent = spent / budget;
        let Action::Grant { arm, .. } = policy.decide(&history, turn).action else { break };
        let track = &tracks[arm];
        own[arm] += slice;
        let (nmse, _) = track.after(own[arm]);
        let gain = math::log(best / nmse.min(best)).max(0.0);
        best = best.min(nmse);
        history.arms[arm].exhausted = track.exhausted && own[arm] >= track.end;
        let progress = if history.arms[arm].exhausted { Progress::Exhausted } else { Progress::Paused };
        // What it might take from others is not in the record: it has its own migrants only.
        history.arms[arm].fresh_migrants = !history.arms[arm].exhausted;
        let level = Some(track.level(nmse));
        let reward = Reward { gain, credit: vec![(arm, gain)], level, simplified: 0 };
        let accepted = usize::from(gain > 0.0);
        let record = SliceRecord {
            arm,
            run: arm as u32,
            cost: Cost::work(slice_work),
            progress: Some(progress),
            accepted,
            reward,
        };
        Arc::make_mut(&mut history.slices).push(record);
        spent += slice;
        turn += 1;
    }
    let total: f64 = own.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let shares = own.iter().map(|seconds| seconds / total).collect();
    let winner = (0..tracks.len())
        .min_by(|a, b| tracks[*a].after(own[*a]).0.total_cmp(&tracks[*b].after(own[*b]).0).then(a.cmp(b)));
    (winner.map_or(1.0, |arm| tracks[arm].loss_after(own[arm])), shares)
}

#[cfg(test)]
mod tests {
    use symfolio::scheduler::policy;

    use super::*;
    use crate::database::Database;
    use crate::job::{Finished, Report};
    use crate::report::Choice;
    use crate::testing;

    /// A record that comes to the law after `late` of the budget, in ten steps, or that of an arm that gets nowhere.
    fn curve(late: Option<f64>) -> Vec<CurvePoint> {
        let step = |step: i32| match late {
            Some(late) => (late * f64::from(step) / 10.0, if step < 10 { 0.5f64.powi(step) } else { 1e-20 }),
            None => (0.01 * f64::from(step), 0.95),
        };
        let last = step(10).1;
        let point = |(share, train_nmse): (f64, f64)| CurvePoint {
            share,
            train_nmse,
            test_r2: Some(1.0 - train_nmse),
            ..CurvePoint::default()
        };
        (1..=10).map(step).chain([(0.95, last)]).map(point).collect()
    }

    fn finished(late: Option<f64>) -> Finished {
        let exact = Some(late.is_some());
        Finished { exact, test_r2: Some(1.0), cpu_seconds: 4.6, curve: curve(late), ..Finished::default() }
    }

    #[test]
    fn a_policy_gets_what_the_arms_have_reached_in_the_time_that_it_gives_them() {
        for (late, uniform) in [(0.3, 0.0), (0.7, 1.0)] {
            let folder = tempfile::tempdir().unwrap();
            let mut database = Database::open(&folder.path().join("runs.sqlite")).unwrap();
            for (problem, winner) in [("p", "arm:gp"), ("q", "arm:egraph")] {
                for (seed, method) in [(0, "arm:gp"), (0, "arm:egraph"), (1, "arm:gp"), (1, "arm:egraph")] {
                    let mut job = testing::job(problem, 0.0, seed, method);
                    job.config.budget = Budget::Cpu(5.0);
                    let report = Report::Done(finished((method == winner).then_some(late)));
                    database.insert(&job, &report).unwrap();
                }
            }
            let comparison = Comparison::read(&database, &Choice::default()).unwrap();
            let screening = screen(&comparison, &database, &[policy("uniform").unwrap()]).unwrap();
            assert_eq!((screening.n, screening.virtual_best), ((2, 8), 0.0), "{late}");
            let losses: Vec<(&str, f64)> = screening.rows.iter().map(|row| (&*row.name, row.loss)).collect();
            // Half of the 90 % that are for the search is less than 70 %.
            assert_eq!(losses, [("arm:egraph", 0.5), ("arm:gp", 0.5), ("uniform", uniform)], "{late}");
        }
    }

    #[test]
    fn a_policy_sees_who_rises() {
        let track = |late: Option<f64>| {
            let mut run = testing::run("p", 0.0, 0, "arm:gp");
            run.key.budget = "5cpu".into();
            run.law = Some("2*x".into());
            run.finished = finished(late);
            Track::of(&run, &curve(late), &[])
        };
        let arms = [arm("idle", false), arm("rising", false)];
        let (loss, shares) = simulate(&*policy("rising-ucb").unwrap(), &arms, &[track(None), track(Some(0.4))]);
        assert!(loss == 0.0 && shares[1] > 0.5, "{loss} {shares:?}");
    }
}
