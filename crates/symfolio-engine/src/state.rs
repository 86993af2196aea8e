//! [`State`]: what a study knows, as a fold over its log.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use symfolio_core::{
    Archive, Arm, Budget, Candidate, Cost, Exchange, History, Lineage, Progress, Reward, SliceRecord, StopReason,
};
use symfolio_select::{Sighting, quick_description_length};

use crate::host::Yield;
use crate::scale::Scale;
use crate::view_state::ViewState;
use crate::{Event, Grant, OnView, OpenedView, Settings};

/// Tables of at most so many rows may settle before the budget is spent.
const SMALL: usize = 100;

/// Complexity up to which an exact formula is likely to be the law.
const CONCISE: u32 = 24;

/// Slices on a view that a cheap, exact arm gets before the others have their turns.
const TRIES: usize = 6;
/// Views within views, at most.
const MAX_DEPTH: usize = 3;

/// A run as the log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// Position of its arm, among those of the study or of the view.
    pub arm: usize,
    /// The view that it is about; the whole problem where `None`.
    pub view: Option<u32>,
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
    /// The views that were proposed, by number.
    pub views: Vec<ViewState>,
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
            views: Vec::new(),
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
    /// one at a time, so that a faulty backend costs two slices and not two for every slot. An arm with views has room for a slice of each.
    pub fn history_for(&self, network: bool) -> History {
        let mut history = self.history.clone();
        history.spent = self.spent();
        for (index, arm) in history.arms.iter_mut().enumerate() {
            let proven = self.runs.iter().any(|run| run.view.is_none() && run.arm == index && run.slices > 0);
            let spends_up = arm.max_share < 1.0 && {
                let granted = self.granted.values().filter(|grant| self.arm_of(grant.run) == index);
                let granted = Cost::work(granted.map(|grant| grant.work).sum());
                let own = self.history.seconds(|arm| arm == index) + self.history.exchange.seconds(granted);
                self.history.share(own) * history.spent >= arm.max_share
            };
            if arm.network != network || (!proven && arm.running > 0) || spends_up {
                arm.max_running = arm.running;
            } else if self.views_of(index).next().is_some() && self.runs_of(None, index).next().is_some() {
                let own =
                    self.runs_of(None, index).filter(|run| self.is_running(*run) || self.has_something_to_do(*run));
                let (own, open) = (own.count(), self.open_views(index).count());
                arm.max_running = own.min(arm.max_running) + open;
                // Before the others only as long as it looks at the data, and for a try of each view.
                let untried = |view: u32| self.views[view as usize].history.slices.len() < TRIES;
                arm.first &= own > 0 || self.open_views(index).any(untried);
            }
        }
        history
    }

    /// What a policy may know of the arms of a view.
    pub fn history_on(&self, view: u32) -> History {
        let mut history = self.views[view as usize].history.clone();
        history.spent = self.spent();
        history
    }

    /// The open view of arm `arm` that has cost least and has no slice under way, if any.
    pub fn next_view(&self, arm: usize) -> Option<u32> {
        let free = self.open_views(arm).filter(|view| !self.views[*view as usize].is_busy());
        free.min_by_key(|view| (self.views[*view as usize].work(), *view))
    }

    /// The views that runs of arm `arm` have proposed, directly or through views of theirs.
    fn views_of(&self, arm: usize) -> impl Iterator<Item = u32> + '_ {
        (0..self.views.len() as u32).filter(move |view| self.arm_of(self.views[*view as usize].run) == arm)
    }

    fn open_views(&self, arm: usize) -> impl Iterator<Item = u32> + '_ {
        self.views_of(arm).filter(|view| !self.views[*view as usize].closed)
    }

    /// The arm of the study that a run belongs to: for one that is about a view, that of the run which proposed the view.
    pub fn arm_of(&self, run: u32) -> usize {
        let run = &self.runs[run as usize];
        run.view.map_or(run.arm, |view| self.arm_of(self.views[view as usize].run))
    }

    /// How many views stand around a run.
    pub fn depth(&self, run: u32) -> usize {
        self.runs[run as usize].view.map_or(0, |view| 1 + self.depth(self.views[view as usize].run))
    }

    /// What was found and done where run `run` is at work.
    fn scope(&self, run: u32) -> Scope<'_> {
        match self.runs[run as usize].view.map(|view| &self.views[view as usize]) {
            Some(view) => Scope { archive: &view.archive, accepted: &view.accepted, history: &view.history },
            None => Scope { archive: &self.archive, accepted: &self.accepted, history: &self.history },
        }
    }

    /// What losses and complexities are to be compared with where run `run` is at work.
    fn scale_at(&self, run: u32) -> Scale {
        let view = self.runs[run as usize].view.and_then(|view| self.views[view as usize].opened.as_ref());
        view.map_or(self.rules.scale, |opened| opened.scale)
    }

    /// The closed views of run `run` whose findings it has not been handed.
    pub fn findings(&self, run: u32) -> impl Iterator<Item = u32> + '_ {
        (0..self.views.len() as u32).filter(move |view| {
            let view = &self.views[*view as usize];
            view.run == run && view.closed && !view.told
        })
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
                        grant.findings.iter().for_each(|view| self.views[*view as usize].told = false);
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
            Event::RunStarted { arm, seed, view, .. } => {
                let run = RunState {
                    arm: *arm,
                    view: *view,
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
                run.seen_before = std::mem::replace(&mut run.seen, grant.seen_on_view.unwrap_or(grant.seen));
                grant.findings.iter().for_each(|view| self.views[*view as usize].told = true);
                self.count_running(grant.run, |running| running + 1);
                self.slices = self.slices.max(grant.slice + 1);
                self.granted.insert(grant.slice, grant.clone());
                self.refresh();
            }
            Event::SliceEnded {
                slice,
                at,
                cost,
                progress,
                accepted,
                again,
                reward,
                exact,
                on_view,
                views,
                saved,
                clock,
                ..
            } => {
                let Some(grant) = self.granted.remove(slice) else { return };
                self.settle(grant.run);
                let run = &mut self.runs[grant.run as usize];
                run.slices += 1;
                run.exhausted = *progress == Progress::Exhausted;
                run.saved = saved.then_some(*slice);
                self.clock = *clock;
                self.take(accepted);
                let progress = Some(*progress);
                self.record_on_view(grant.run, on_view.as_deref(), *cost, progress);
                views.iter().for_each(|view| self.open(grant.run, view.clone()));
                self.record(grant.run, Ran { cost: *cost, progress, accepted: accepted.len(), reward }, *at, *exact);
                self.sight(grant.run, accepted, again);
            }
            Event::RunFailed { run, slice, arm, at, cost, accepted, reward, exact, on_view, retired, .. } => {
                if let Some(grant) = slice.and_then(|slice| self.granted.remove(&slice)) {
                    self.settle(grant.run);
                }
                if let Some(run) = self.runs.get_mut(*run as usize) {
                    run.failed = true;
                    let view = run.view;
                    let arms = view.map_or(&mut self.history.arms, |view| &mut self.views[view as usize].history.arms);
                    arms[*arm].retired |= *retired;
                }
                self.take(accepted);
                self.record_on_view(*run, on_view.as_deref(), *cost, None);
                self.record(*run, Ran { cost: *cost, progress: None, accepted: accepted.len(), reward }, *at, *exact);
                if !accepted.is_empty() {
                    self.sight(*run, accepted, &[]);
                }
                self.abandon_views(*run);
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
        self.count_running(run, |running| running - 1);
    }

    /// Counts a slice of run `run` as begun or ended, with the arm of the study and with that of the view.
    fn count_running(&mut self, run: u32, count: impl Fn(usize) -> usize) {
        let arm = self.arm_of(run);
        let running = &mut self.history.arms[arm].running;
        *running = count(*running);
        let run = &self.runs[run as usize];
        if let Some(view) = run.view {
            let running = &mut self.views[view as usize].history.arms[run.arm].running;
            *running = count(*running);
        }
    }

    /// A search that is started anew has not been handed anything, and has proposed nothing.
    fn forget_migrants(&mut self, run: u32) {
        self.abandon_views(run);
        let run = &mut self.runs[run as usize];
        (run.seen, run.seen_before) = (0, 0);
    }

    /// Nobody waits for the findings of the views of run `run` any more.
    fn abandon_views(&mut self, run: u32) {
        for view in 0..self.views.len() as u32 {
            if self.views[view as usize].run == run {
                self.views[view as usize].abandon();
                self.abandon_within(view);
            }
        }
        self.refresh();
    }

    /// The same of the views that runs about `view` proposed, and so on.
    fn abandon_within(&mut self, view: u32) {
        // A view within a view was proposed later.
        for inner in view + 1..self.views.len() as u32 {
            if self.runs[self.views[inner as usize].run as usize].view == Some(view) {
                self.views[inner as usize].abandon();
                self.abandon_within(inner);
            }
        }
    }

    /// Is something still to come of views that runs about `view` proposed?
    fn waits(&self, view: u32) -> bool {
        let within = |inner: &&ViewState| self.runs[inner.run as usize].view == Some(view);
        self.views[view as usize..].iter().filter(within).any(|inner| !inner.closed || !inner.told)
    }

    /// A view that run `run` proposed, or `None` for one that was refused.
    fn open(&mut self, run: u32, opened: Option<Arc<OpenedView>>) {
        let number = self.views.iter().filter(|view| view.run == run && !view.abandoned).count() as u64;
        let own = &self.history.arms[self.arm_of(run)].backend;
        let recursive = self.depth(run) + 1 < MAX_DEPTH;
        let arm = |arm: &Arm| Arm {
            running: 0,
            max_running: 1,
            max_share: 1.0,
            exhausted: false,
            fresh_migrants: false,
            retired: arm.retired || arm.network || arm.needs_oracle || (arm.backend == *own && !recursive),
            ..arm.clone()
        };
        let arms = self.history.arms.iter().map(arm).collect();
        let history = History { arms, slices: Arc::default(), front: 0, spent: 0.0, ..self.history.clone() };
        self.views.push(ViewState::new(run, number, opened, history));
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

    fn record(&mut self, run: u32, ran: Ran<'_>, at: f64, exact: Option<(u64, f64)>) {
        let cost = ran.cost;
        let record = ran.record(self.arm_of(run), run);
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

    /// What a slice did on the view that run `run` is about.
    fn record_on_view(&mut self, run: u32, on_view: Option<&OnView>, cost: Cost, progress: Option<Progress>) {
        let RunState { arm, view: Some(view), .. } = self.runs[run as usize] else { return };
        let nothing = OnView { accepted: Vec::new(), reward: Reward::default(), exact: false };
        let on_view = on_view.unwrap_or(&nothing);
        let ran = Ran { cost, progress, accepted: on_view.accepted.len(), reward: &on_view.reward };
        self.views[view as usize].record(ran.record(arm, run), on_view);
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
        let Some((_, candidate)) = shortest(&self.archive, self.rules.n_rows, self.rules.scale.floor) else { return };
        if self.choice.is_none_or(|choice| choice.candidate != candidate) {
            self.choice = Some(Choice { candidate, since: self.spent() });
        }
    }

    /// What there is to gain by what a slice of run `run` brought for the study: the candidates that enter the archive, numbered, and what
    /// they are worth.
    pub(crate) fn accept(&self, run: u32, yielded: Yield) -> (Vec<Candidate>, Reward) {
        let scope = Scope { archive: &self.archive, accepted: &self.accepted, history: &self.history };
        let around = self.views_around(run);
        let backend = &self.scope(run).history.arms[self.runs[run as usize].arm].backend;
        let origin = |lineage: &Lineage| {
            let mut origin = self.origin(backend, lineage);
            // Who proposed a view had a part in what others found there.
            let proposers =
                around.iter().map(|view| &self.history.arms[self.arm_of(self.views[*view as usize].run)].backend);
            for name in proposers {
                if !origin.contains(name) {
                    origin.insert(0, name.clone());
                }
            }
            origin
        };
        let credit = Credit { arm: self.arm_of(run), of: &|run| self.arm_of(run) };
        self.accept_into(scope, self.rules.scale, yielded, &origin, &credit)
    }

    /// The same for the view that run `run` is about; the exactness of what was accepted is told, too.
    pub(crate) fn accept_on_view(&self, run: u32, yielded: Yield) -> OnView {
        let state = &self.runs[run as usize];
        let scope = self.scope(run);
        let backend = scope.history.arms[state.arm].backend.clone();
        let origin = |lineage: &Lineage| origin_of(scope.accepted, &backend, lineage);
        let credit = Credit { arm: state.arm, of: &|run| self.runs[run as usize].arm };
        let exact = yielded.exact.is_some();
        let (accepted, reward) = self.accept_into(scope, self.scale_at(run), yielded, &origin, &credit);
        OnView { accepted, reward, exact }
    }

    /// The views around run `run`, the innermost first.
    fn views_around(&self, run: u32) -> Vec<u32> {
        let mut around = Vec::new();
        let mut view = self.runs[run as usize].view;
        while let Some(inner) = view {
            around.push(inner);
            view = self.runs[self.views[inner as usize].run as usize].view;
        }
        around
    }

    fn accept_into(
        &self,
        scope: Scope<'_>,
        scale: Scale,
        yielded: Yield,
        origin: &dyn Fn(&Lineage) -> Vec<String>,
        credit: &Credit<'_>,
    ) -> (Vec<Candidate>, Reward) {
        let mut archive = scope.archive.clone();
        let volume = |archive: &Archive| archive.hypervolume(scale.baseline, self.rules.max_complexity);
        let mut accepted = Vec::new();
        let mut reward = Reward { level: yielded.own_loss.map(|loss| scale.level(loss)), ..Reward::default() };
        let mut before = volume(&archive);
        for mut candidate in yielded.candidates {
            candidate.id = (scope.accepted.len() + accepted.len()) as u64;
            candidate.origin = origin(&candidate.lineage);
            if !archive.insert(candidate.clone()) {
                continue;
            }
            let after = volume(&archive);
            // Rounding may make a gain of nothing a little less.
            let gain = (after - std::mem::replace(&mut before, after)).max(0.0);
            self.credit(&mut reward, scope, credit, &candidate, gain);
            accepted.push(candidate);
        }
        (accepted, reward)
    }

    /// Shares the gain by an accepted candidate between the arm that offered it and those of its parents.
    fn credit(
        &self,
        reward: &mut Reward,
        scope: Scope<'_>,
        Credit { arm, of }: &Credit<'_>,
        candidate: &Candidate,
        gain: f64,
    ) {
        let parents: Vec<&Candidate> =
            candidate.lineage.parents.iter().filter_map(|parent| scope.accepted.get(*parent as usize)).collect();
        let known = parents.iter().filter(|parent| (parent.run as usize) < self.runs.len());
        let others: Vec<usize> = known.map(|parent| of(parent.run)).filter(|parent| parent != arm).collect();
        let inherited = if others.is_empty() { 0.0 } else { 0.5 * gain };
        let each = inherited / others.len().max(1) as f64;
        let mut add = |arm: usize, gain: f64| match reward.credit.iter_mut().find(|(known, _)| *known == arm) {
            Some((_, credit)) => *credit += gain,
            None => reward.credit.push((arm, gain)),
        };
        add(*arm, gain - inherited);
        others.into_iter().for_each(|other| add(other, each));
        reward.gain += gain;
        let floor = scope.archive.floor();
        let simpler = parents.iter().filter(|parent| candidate.loss <= parent.loss.max(floor));
        let removed = simpler.map(|parent| parent.complexity.saturating_sub(candidate.complexity)).max();
        reward.simplified += removed.unwrap_or(0);
    }

    /// Is it time to stop before the budget is spent, and why?
    ///
    /// With an exact formula the search goes on for a while, the longer the more complex the formula is, since a simpler one may
    /// be equal to it: a long one may be no law at all, but a product of so many powers that it meets anything smooth. On small tables the search also stops when the choice has not changed for long: with
    /// few rows, more search only finds coincidences.
    pub fn early_stop(&self) -> Option<StopReason> {
        let spent = self.spent();
        if let Some(exact) = self.exact {
            let simplest = self.archive.front().iter().find(|held| held.loss <= self.rules.scale.exact);
            let complexity = simplest.map_or(1, |held| held.complexity);
            let long = f64::from(complexity.saturating_sub(CONCISE));
            let grace = 0.25 * exact.spent + 0.002 * f64::from(complexity.min(50)) + 0.03 * long;
            return (spent >= exact.spent + grace).then_some(StopReason::ExactFound);
        }
        let choice = self.choice?;
        // What an oracle says is no coincidence of the table's rows.
        if self.history.arms.iter().any(|arm| arm.needs_oracle && !arm.retired && !arm.exhausted) {
            return None;
        }
        let settled = (1..=SMALL).contains(&self.rules.n_rows) && spent >= 2.0 * choice.since + 0.04;
        settled.then_some(StopReason::Settled)
    }

    /// Brings what policies see of the arms up to date with the runs.
    fn refresh(&mut self) {
        for index in 0..self.history.arms.len() {
            let (exhausted, fresh) = self.standing(None, index);
            let waits = self.open_views(index).next().is_some()
                || self.runs_of(None, index).any(|run| self.findings(run).next().is_some());
            let arm = &mut self.history.arms[index];
            arm.exhausted = exhausted && !waits;
            arm.fresh_migrants = fresh && arm.takes_migrants;
        }
        // Views within views first: what they wait for is known then.
        for view in (0..self.views.len() as u32).rev() {
            if self.views[view as usize].closed {
                continue;
            }
            for index in 0..self.history.arms.len() {
                let (exhausted, fresh) = self.standing(Some(view), index);
                let findings = self.runs_of(Some(view), index).any(|run| self.findings(run).next().is_some());
                let arm = &mut self.views[view as usize].history.arms[index];
                arm.exhausted = exhausted && !findings;
                arm.fresh_migrants = fresh && arm.takes_migrants;
            }
            let waits = self.waits(view);
            self.views[view as usize].close_if_done(waits);
            if self.views[view as usize].closed {
                self.abandon_within(view);
            }
        }
    }

    /// Has every search of an arm of the study, or of a view, nothing left to try, and are there migrants for one?
    fn standing(&self, view: Option<u32>, arm: usize) -> (bool, bool) {
        let archive = view.map_or(&self.archive, |view| &self.views[view as usize].archive);
        let mut runs = self.runs_of(view, arm).peekable();
        if runs.peek().is_none() {
            return (false, !archive.front().is_empty());
        }
        let runs: Vec<u32> = runs.collect();
        let exhausted = runs.iter().all(|run| self.runs[*run as usize].exhausted);
        // A search that lives on migrants and still has some to work on counts as supplied.
        (exhausted, runs.iter().any(|run| self.has_fresh_migrants(*run) || self.is_at_work(*run)))
    }

    /// The runs of an arm of the study, or of a view, that have not failed.
    fn runs_of(&self, view: Option<u32>, arm: usize) -> impl Iterator<Item = u32> + '_ {
        let of = move |run: &RunState| run.view == view && run.arm == arm && !run.failed;
        (0u32..).zip(&self.runs).filter(move |(_, run)| of(run)).map(|(number, _)| number)
    }

    /// Does run `run` take migrants, and are there some that it has not been handed and did not find itself?
    fn has_fresh_migrants(&self, run: u32) -> bool {
        let (state, scope) = (&self.runs[run as usize], self.scope(run));
        let fresh = |held: &Candidate| held.id >= state.seen && held.run != run;
        scope.history.arms[state.arm].takes_migrants && scope.archive.front().iter().any(fresh)
    }

    /// Does run `run` live on migrants, and has it some left to work on?
    fn is_at_work(&self, run: u32) -> bool {
        let state = &self.runs[run as usize];
        self.scope(run).history.arms[state.arm].needs_migrants && state.slices > 0 && !state.exhausted
    }

    /// Would a slice be of use to run `run`?
    pub fn has_something_to_do(&self, run: u32) -> bool {
        let state = &self.runs[run as usize];
        let needs_migrants = self.scope(run).history.arms[state.arm].needs_migrants;
        let by_itself = !state.exhausted && (!needs_migrants || state.slices > 0);
        by_itself || self.has_fresh_migrants(run) || self.findings(run).next().is_some()
    }

    /// The archive as it was when `seen` candidates had been accepted.
    pub fn archive_as_of(&self, seen: u64) -> Archive {
        archive_of(&self.archive, &self.accepted, seen)
    }

    /// The same of a view.
    pub(crate) fn archive_on_view(&self, view: u32, seen: u64) -> Archive {
        let view = &self.views[view as usize];
        archive_of(&view.archive, &view.accepted, seen)
    }

    /// Candidate `id` of those that run `run` may be handed.
    pub(crate) fn migrant(&self, run: u32, id: u64) -> Option<&Candidate> {
        self.scope(run).accepted.get(id as usize)
    }

    /// Names of the backends that had a part in an offer of `backend`.
    pub fn origin(&self, backend: &str, lineage: &Lineage) -> Vec<String> {
        origin_of(&self.accepted, backend, lineage)
    }

    /// Work that is granted and not yet accounted for.
    pub fn outstanding(&self) -> u64 {
        self.granted.values().map(|grant| grant.work).sum()
    }

    /// The candidates of the front that run `run` has not been handed and did not find itself; none where it takes none.
    pub fn migrants(&self, run: u32) -> Vec<Candidate> {
        let (state, scope) = (&self.runs[run as usize], self.scope(run));
        if !scope.history.arms[state.arm].takes_migrants {
            return Vec::new();
        }
        scope.archive.front().iter().filter(|held| held.id >= state.seen && held.run != run).cloned().collect()
    }

    fn is_running(&self, run: u32) -> bool {
        self.granted.values().any(|grant| grant.run == run)
    }

    /// Runs of `arm`, of the study or of a view, that are at rest and can go on.
    pub fn idle_runs(&self, view: Option<u32>, arm: usize) -> impl Iterator<Item = u32> + '_ {
        self.runs_of(view, arm).filter(move |run| !self.is_running(*run))
    }
}

/// What was found and done in one place: the whole problem or a view.
#[derive(Clone, Copy)]
struct Scope<'a> {
    archive: &'a Archive,
    accepted: &'a [Candidate],
    history: &'a History,
}

/// Whose a gain is.
struct Credit<'a> {
    arm: usize,
    /// The arm of a run.
    of: &'a dyn Fn(u32) -> usize,
}

/// How a slice ended.
struct Ran<'a> {
    cost: Cost,
    progress: Option<Progress>,
    accepted: usize,
    reward: &'a Reward,
}

impl Ran<'_> {
    fn record(&self, arm: usize, run: u32) -> SliceRecord {
        let Ran { cost, progress, accepted, reward } = *self;
        SliceRecord { arm, run, cost, progress, accepted, reward: reward.clone() }
    }
}

/// The length of the shortest description of a trusted front member, in nats, and its number: that of the formula which would be chosen.
pub(crate) fn shortest(archive: &Archive, n_rows: usize, floor: f64) -> Option<(f64, u64)> {
    let length = |held: &Candidate| match held.form.expr() {
        Some(expr) => quick_description_length(held.loss, expr, n_rows, floor),
        None => f64::INFINITY,
    };
    // With more than half as many nodes as rows a form can meet any data: it says nothing about when to stop.
    let trusted = archive.front().iter().filter(|held| 2 * held.complexity as usize <= n_rows);
    trusted.map(|held| (length(held), held.id)).min_by(|a, b| a.0.total_cmp(&b.0))
}

fn archive_of(now: &Archive, accepted: &[Candidate], seen: u64) -> Archive {
    if seen as usize == accepted.len() {
        return now.clone();
    }
    let mut archive = Archive::new(now.floor());
    for candidate in &accepted[..seen as usize] {
        archive.insert(candidate.clone());
    }
    archive
}

fn origin_of(accepted: &[Candidate], backend: &str, lineage: &Lineage) -> Vec<String> {
    let parents = lineage.parents.iter().filter_map(|parent| accepted.get(*parent as usize));
    let mut origin: Vec<String> = Vec::new();
    for name in parents.flat_map(|parent| &parent.origin).map(String::as_str).chain([backend]) {
        if !origin.iter().any(|known| known == name) {
            origin.push(name.to_string());
        }
    }
    origin
}
