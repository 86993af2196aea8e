//! [`State`]: what a study knows, as a fold over its log.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use symfolio_core::{
    Archive, Arm, Budget, Candidate, Cost, Exchange, History, Lineage, Progress, Reward, SliceRecord, StopReason,
};
use symfolio_select::{Sighting, quick_description_length};

use crate::host::Harvest;
use crate::scale::Scale;
use crate::{Event, Grant, Settings};

/// Tables of at most so many rows may settle before the budget is spent.
const SMALL: usize = 100;

/// A run as the log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// Position of its arm.
    pub arm: usize,
    /// Its seed.
    pub seed: u64,
    /// Slices that ended.
    pub slices: u64,
    /// The slice whose end state is saved.
    pub saved: Option<u64>,
    /// Candidates below this number have been handed to it, or were its own to begin with.
    pub seen: u64,
    /// What `seen` was before its last slice was granted.
    pub seen_before: u64,
    /// Does it say that nothing is left to try?
    pub exhausted: bool,
    /// Did it fail?
    pub failed: bool,
}

/// What a study knows. It changes by [`State::apply`] alone, so that a study that is resumed from its log knows the same.
#[derive(Clone, Debug)]
pub struct State {
    /// The committed archive.
    pub archive: Archive,
    /// Every candidate that ever entered the archive, by number.
    pub accepted: Vec<Candidate>,
    /// Who put candidates of the archive forward, and when: at their acceptance, and where another run found the same form again.
    pub sightings: Vec<Sighting>,
    /// What policies see.
    pub history: History,
    /// The runs, by number.
    pub runs: Vec<RunState>,
    /// Slices that are granted and not ended, by number.
    pub granted: BTreeMap<u64, Grant>,
    /// Number of slices granted so far.
    pub slices: u64,
    /// What ended slices cost.
    pub cost: Cost,
    /// When the last slice ended: virtual time or wall seconds.
    pub at: f64,
    /// The first exact candidate.
    pub exact: Option<Exact>,
    /// The formula that would be chosen now, and since when.
    pub choice: Option<Choice>,
    /// Wall and CPU seconds as last logged.
    pub clock: (f64, f64),
    /// Why the search ended, when it has.
    pub ended: Option<StopReason>,
    /// The budget of the session that the log is in.
    budget: Budget,
    rules: Rules,
}

/// The first exact candidate of a study.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    /// Its number.
    pub candidate: u64,
    /// Wall seconds from the study's start to its offer.
    pub seconds: f64,
    /// Share of the budget that was spent when it was put before the archive.
    pub spent: f64,
}

/// The formula that would be chosen at some moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Its number.
    pub candidate: u64,
    /// Share of the budget that was spent when it became the choice.
    pub since: f64,
}

/// What the fold needs to know of the study besides its log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// What may be spent.
    pub budget: Budget,
    /// Work that an ordinary slice takes.
    pub slice_work: u64,
    /// What losses on the judge rows are to be compared with.
    pub scale: Scale,
    /// Number of judge rows; 0 without data.
    pub n_rows: usize,
    /// Most complex form allowed.
    pub max_complexity: u32,
    /// What work, tokens and dollars are worth beside each other.
    pub exchange: Exchange,
}

impl Rules {
    /// Is virtual time in force, so that slices in flight are repeated on resume?
    pub fn virtual_time(&self) -> bool {
        matches!(self.budget, Budget::Work(_))
    }
}

impl State {
    /// The state before the first event.
    pub fn new(arms: Vec<Arm>, rules: Rules) -> State {
        State {
            archive: Archive::new(rules.scale.floor),
            accepted: Vec::new(),
            sightings: Vec::new(),
            history: History { arms, slice_work: rules.slice_work, exchange: rules.exchange, ..History::default() },
            runs: Vec::new(),
            granted: BTreeMap::new(),
            slices: 0,
            cost: Cost::default(),
            at: 0.0,
            exact: None,
            choice: None,
            clock: (0.0, 0.0),
            ended: None,
            budget: rules.budget,
            rules,
        }
    }

    /// What the log of a study says by itself, without its data; `None` where it does not begin with the study's start.
    pub fn of(events: &[Event]) -> Option<State> {
        State::replay(events, |_, _| ())
    }

    /// Folds the log of a study into its last state; `visit` sees every event with the state before it. `None` where the log does
    /// not begin with the study's start.
    pub fn replay<'e>(events: &'e [Event], mut visit: impl FnMut(&State, &'e Event)) -> Option<State> {
        let Event::StudyStarted { arms, rules, .. } = events.first()? else { return None };
        let mut state = State::new(arms.clone(), *rules);
        for event in events {
            if let Event::StudyResumed { budget, .. } = event {
                state.rules.budget = *budget;
            }
            visit(&state, event);
            state.apply(event);
        }
        Some(state)
    }

    /// What a policy may know when a slot is free, one of the network or one that computes. Arms of the other kind are shown as busy, and
    /// so are those that have taken their share, and those on probation: before one of its slices has ended well an arm gets
    /// one at a time, so that a faulty backend costs two slices and not two for every slot.
    pub fn history_for(&self, network: bool) -> History {
        let mut history = self.history.clone();
        history.spent = self.spent();
        for (index, arm) in history.arms.iter_mut().enumerate() {
            let proven = self.runs.iter().any(|run| run.arm == index && run.slices > 0);
            let spends_up = arm.max_share < 1.0 && {
                let granted = self.granted.values().filter(|grant| self.runs[grant.run as usize].arm == index);
                let granted = Cost::work(granted.map(|grant| grant.work).sum());
                let own = self.history.seconds(|arm| arm == index) + self.history.exchange.seconds(granted);
                self.history.share(own) * history.spent >= arm.max_share
            };
            if arm.network != network || (!proven && arm.running > 0) || spends_up {
                arm.max_running = arm.running;
            }
        }
        history
    }

    /// Takes one entry of the log into account.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::StudyStarted { rules, .. } => self.budget = rules.budget,
            Event::CheckpointLost { run, .. } => self.forget_migrants(*run),
            Event::StudyResumed { wall_seconds, cpu_seconds, budget, settings } => {
                if let Some(settings) = settings {
                    self.follow(settings);
                }
                self.clock = (*wall_seconds, *cpu_seconds);
                self.ended = None;
                let before = std::mem::replace(&mut self.budget, *budget);
                if !matches!((before, *budget), (Budget::Work(_), Budget::Work(_))) {
                    // Running free, slices that were in flight are lost; their runs go on from where they were before.
                    for grant in std::mem::take(&mut self.granted).into_values() {
                        self.settle(grant.run);
                        let run = &mut self.runs[grant.run as usize];
                        run.seen = run.seen_before;
                    }
                }
                for run in 0..self.runs.len() {
                    // What cannot be saved begins anew.
                    if self.runs[run].slices > 0 && self.runs[run].saved.is_none() {
                        self.forget_migrants(run as u32);
                    }
                }
                self.refresh();
            }
            Event::RunStarted { arm, seed, .. } => {
                let run = RunState {
                    arm: *arm,
                    seed: *seed,
                    slices: 0,
                    saved: None,
                    seen: 0,
                    seen_before: 0,
                    exhausted: false,
                    failed: false,
                };
                self.runs.push(run);
            }
            Event::SliceGranted(grant) => {
                let run = &mut self.runs[grant.run as usize];
                run.seen_before = std::mem::replace(&mut run.seen, grant.seen);
                self.history.arms[run.arm].running += 1;
                self.slices = self.slices.max(grant.slice + 1);
                self.granted.insert(grant.slice, grant.clone());
                self.refresh();
            }
            Event::SliceEnded { slice, at, cost, progress, accepted, again, reward, exact, saved, clock, .. } => {
                let Some(grant) = self.granted.remove(slice) else { return };
                self.settle(grant.run);
                let run = &mut self.runs[grant.run as usize];
                run.slices += 1;
                run.exhausted = *progress == Progress::Exhausted;
                run.saved = saved.then_some(*slice);
                let record = SliceRecord {
                    arm: run.arm,
                    run: grant.run,
                    cost: *cost,
                    progress: Some(*progress),
                    accepted: accepted.len(),
                    reward: reward.clone(),
                };
                self.clock = *clock;
                self.take(accepted);
                self.record(record, *at, *cost, *exact);
                self.sight(grant.run, accepted, again);
            }
            Event::RunFailed { run, slice, arm, at, cost, accepted, reward, exact, retired, .. } => {
                if let Some(grant) = slice.and_then(|slice| self.granted.remove(&slice)) {
                    self.settle(grant.run);
                }
                if let Some(run) = self.runs.get_mut(*run as usize) {
                    run.failed = true;
                }
                self.history.arms[*arm].retired |= *retired;
                let record = SliceRecord {
                    arm: *arm,
                    run: *run,
                    cost: *cost,
                    progress: None,
                    accepted: accepted.len(),
                    reward: reward.clone(),
                };
                self.take(accepted);
                self.record(record, *at, *cost, *exact);
                if !accepted.is_empty() {
                    self.sight(*run, accepted, &[]);
                }
            }
            Event::SearchEnded { reason, clock, .. } => {
                self.ended = Some(*reason);
                self.clock = *clock;
            }
        }
    }

    /// From now on decisions are made by other settings.
    fn follow(&mut self, settings: &Settings) {
        self.history.exchange = settings.exchange;
        self.rules.exchange = settings.exchange;
        for (arm, now) in self.history.arms.iter_mut().zip(&settings.arms) {
            (arm.max_share, arm.max_running, arm.prior) = (now.max_share, now.max_running, now.prior);
        }
    }

    fn settle(&mut self, run: u32) {
        let arm = self.runs[run as usize].arm;
        self.history.arms[arm].running -= 1;
    }

    /// A search that is started anew has not been handed anything.
    fn forget_migrants(&mut self, run: u32) {
        let run = &mut self.runs[run as usize];
        (run.seen, run.seen_before) = (0, 0);
    }

    fn take(&mut self, accepted: &[Candidate]) {
        for candidate in accepted {
            self.archive.insert(candidate.clone());
            self.accepted.push(candidate.clone());
        }
    }

    /// Notes who found what, once the slice is paid for.
    fn sight(&mut self, run: u32, accepted: &[Candidate], again: &[u64]) {
        let Some(arm) = self.runs.get(run as usize).map(|run| run.arm) else { return };
        let (backend, spent) = (&self.history.arms[arm].backend, self.spent());
        let sighting = |candidate, own| Sighting { candidate, run, backend: backend.clone(), spent, own };
        let first = accepted.iter().map(|held| sighting(held.id, held.lineage.parents.is_empty()));
        self.sightings.extend(first.chain(again.iter().map(|candidate| sighting(*candidate, true))));
    }

    fn record(&mut self, record: SliceRecord, at: f64, cost: Cost, exact: Option<(u64, f64)>) {
        Arc::make_mut(&mut self.history.slices).push(record);
        self.history.front = self.archive.front().len();
        self.cost += cost;
        self.at = self.at.max(at);
        if let (Some((candidate, seconds)), None) = (exact, self.exact) {
            self.exact = Some(Exact { candidate, seconds, spent: self.spent() });
        }
        self.choose();
        self.refresh();
    }

    /// Share of the budget that is spent, as last logged.
    pub fn spent(&self) -> f64 {
        match self.rules.budget {
            Budget::Wall(seconds) => self.clock.0 / seconds,
            Budget::Cpu(seconds) => self.clock.1 / seconds,
            Budget::Work(work) => self.cost.work as f64 / work as f64,
        }
    }

    /// Notes when the formula of shortest description changes.
    fn choose(&mut self) {
        let length = |held: &Candidate| match held.form.expr() {
            Some(expr) => quick_description_length(held.loss, expr, self.rules.n_rows, self.rules.scale.floor),
            None => f64::INFINITY,
        };
        // With more than half as many nodes as rows a form can meet any data: it says nothing about when to stop.
        let trusted = self.archive.front().iter().filter(|held| 2 * held.complexity as usize <= self.rules.n_rows);
        let shortest = trusted.map(|held| (length(held), held.id)).min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, candidate)) = shortest else { return };
        if self.choice.is_none_or(|choice| choice.candidate != candidate) {
            self.choice = Some(Choice { candidate, since: self.spent() });
        }
    }

    /// What there is to gain by what a slice of `arm` harvested: the candidates that enter the archive, numbered, and what they are
    /// worth.
    pub(crate) fn accept(&self, arm: usize, harvest: Harvest) -> (Vec<Candidate>, Reward) {
        let mut archive = self.archive.clone();
        let backend = &self.history.arms[arm].backend;
        let volume = |archive: &Archive| archive.hypervolume(self.rules.scale.baseline, self.rules.max_complexity);
        let mut accepted = Vec::new();
        let mut reward =
            Reward { level: harvest.own_loss.map(|loss| self.rules.scale.level(loss)), ..Reward::default() };
        let mut before = volume(&archive);
        for mut candidate in harvest.candidates {
            candidate.id = (self.accepted.len() + accepted.len()) as u64;
            candidate.origin = self.origin(backend, &candidate.lineage);
            if !archive.insert(candidate.clone()) {
                continue;
            }
            let after = volume(&archive);
            // Rounding may make a gain of nothing a little less.
            let gain = (after - std::mem::replace(&mut before, after)).max(0.0);
            self.credit(&mut reward, arm, &candidate, gain);
            accepted.push(candidate);
        }
        (accepted, reward)
    }

    /// Shares the gain by an accepted candidate between the arm that offered it and those of its parents.
    fn credit(&self, reward: &mut Reward, arm: usize, candidate: &Candidate, gain: f64) {
        let parents: Vec<&Candidate> =
            candidate.lineage.parents.iter().filter_map(|parent| self.accepted.get(*parent as usize)).collect();
        let others: Vec<usize> = parents
            .iter()
            .filter_map(|parent| self.runs.get(parent.run as usize))
            .map(|run| run.arm)
            .filter(|parent| *parent != arm)
            .collect();
        let inherited = if others.is_empty() { 0.0 } else { 0.5 * gain };
        let each = inherited / others.len().max(1) as f64;
        let mut add = |arm: usize, gain: f64| match reward.credit.iter_mut().find(|(known, _)| *known == arm) {
            Some((_, credit)) => *credit += gain,
            None => reward.credit.push((arm, gain)),
        };
        add(arm, gain - inherited);
        others.into_iter().for_each(|other| add(other, each));
        reward.gain += gain;
        let floor = self.archive.floor();
        let simpler = parents.iter().filter(|parent| candidate.loss <= parent.loss.max(floor));
        let removed = simpler.map(|parent| parent.complexity.saturating_sub(candidate.complexity)).max();
        reward.simplified += removed.unwrap_or(0);
    }

    /// Is it time to stop before the budget is spent, and why?
    ///
    /// With an exact formula the search goes on for a while, the longer the more complex the formula is, since a simpler one may
    /// be equal to it. On small tables the search also stops when the choice has not changed for long: with
    /// few rows, more search only finds coincidences.
    pub fn early_stop(&self) -> Option<StopReason> {
        let spent = self.spent();
        if let Some(exact) = self.exact {
            let simplest = self.archive.front().iter().find(|held| held.loss <= self.rules.scale.exact);
            let complexity = simplest.map_or(1, |held| held.complexity.min(50));
            let grace = 0.25 * exact.spent + 0.002 * f64::from(complexity);
            return (spent >= exact.spent + grace).then_some(StopReason::ExactFound);
        }
        let choice = self.choice?;
        let settled = (1..=SMALL).contains(&self.rules.n_rows) && spent >= 2.0 * choice.since + 0.04;
        settled.then_some(StopReason::Settled)
    }

    /// Brings what policies see of the arms up to date with the runs.
    fn refresh(&mut self) {
        for index in 0..self.history.arms.len() {
            let runs: Vec<u32> = self.runs_of(index).collect();
            let exhausted = !runs.is_empty() && runs.iter().all(|run| self.runs[*run as usize].exhausted);
            let fresh = match runs.is_empty() {
                true => !self.archive.front().is_empty(),
                // A search that lives on migrants and still has some to work on counts as supplied.
                false => runs.iter().any(|run| self.has_fresh_migrants(*run) || self.is_at_work(*run)),
            };
            let arm = &mut self.history.arms[index];
            arm.exhausted = exhausted;
            arm.fresh_migrants = fresh && arm.takes_migrants;
        }
    }

    /// The runs of an arm that have not failed.
    fn runs_of(&self, arm: usize) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.runs).filter(move |(_, run)| run.arm == arm && !run.failed).map(|(number, _)| number)
    }

    /// Does run `run` take migrants, and are there some that it has not been handed and did not find itself?
    fn has_fresh_migrants(&self, run: u32) -> bool {
        let state = &self.runs[run as usize];
        let fresh = |held: &Candidate| held.id >= state.seen && held.run != run;
        self.history.arms[state.arm].takes_migrants && self.archive.front().iter().any(fresh)
    }

    /// Does run `run` live on migrants, and has it some left to work on?
    fn is_at_work(&self, run: u32) -> bool {
        let state = &self.runs[run as usize];
        self.history.arms[state.arm].needs_migrants && state.slices > 0 && !state.exhausted
    }

    /// Would a slice be of use to run `run`?
    pub fn has_something_to_do(&self, run: u32) -> bool {
        let state = &self.runs[run as usize];
        let by_itself = !state.exhausted && (!self.history.arms[state.arm].needs_migrants || state.slices > 0);
        by_itself || self.has_fresh_migrants(run)
    }

    /// The archive as it was when `seen` candidates had been accepted.
    pub fn archive_as_of(&self, seen: u64) -> Archive {
        if seen as usize == self.accepted.len() {
            return self.archive.clone();
        }
        let mut archive = Archive::new(self.rules.scale.floor);
        for candidate in &self.accepted[..seen as usize] {
            archive.insert(candidate.clone());
        }
        archive
    }

    /// Names of the backends that had a part in an offer of `backend`.
    pub fn origin(&self, backend: &str, lineage: &Lineage) -> Vec<String> {
        let parents = lineage.parents.iter().filter_map(|parent| self.accepted.get(*parent as usize));
        let mut origin: Vec<String> = Vec::new();
        for name in parents.flat_map(|parent| &parent.origin).map(String::as_str).chain([backend]) {
            if !origin.iter().any(|known| known == name) {
                origin.push(name.to_string());
            }
        }
        origin
    }

    /// Work that is granted and not yet accounted for.
    pub fn outstanding(&self) -> u64 {
        self.granted.values().map(|grant| grant.work).sum()
    }

    /// The candidates of the front that run `run` has not been handed and did not find itself; none where it takes none.
    pub fn migrants(&self, run: u32) -> Vec<Candidate> {
        let state = &self.runs[run as usize];
        if !self.history.arms[state.arm].takes_migrants {
            return Vec::new();
        }
        self.archive.front().iter().filter(|held| held.id >= state.seen && held.run != run).cloned().collect()
    }

    /// Runs of `arm` that are at rest and can go on.
    pub fn idle_runs(&self, arm: usize) -> impl Iterator<Item = u32> + '_ {
        let busy = |run: u32| self.granted.values().any(|grant| grant.run == run);
        self.runs_of(arm).filter(move |run| !busy(*run))
    }
}
