//! The event loop: slots, grants, commits.
//!
//! Both clocks run through the same loop. Running free (wall or CPU budget) there is a slot for every core, and a slice is
//! committed as soon as it ends. In virtual time (work budget) the number of slots is fixed, and slices are committed strictly in
//! the order of their virtual ends, ties by slot: a slice that ended is held back until no slice under way can end
//! before it. What is decided then depends on committed slices only, so the number of threads changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use symfolio_core::{
    Action, Archive, Arm, Backend, Candidate, Config, Cost, Decision, Directives, Policy, Proposal, Resource, Search,
    Slice, StopReason, View, ViewData,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Interval, MissedTickBehavior};

use crate::host::{Ground, Harvest, Loan, Pulse, Shared, SliceHost};
use crate::setup::{Setup, setup_view};
use crate::state::Rules;
use crate::study::searchable;
use crate::worker::{Ended, Job, Origin, launch};
use crate::{Cancel, Clock, Event, Folder, Grant, Observer, OpenedView, RunState, Scale, Snapshot, State, StudyError};

/// Seconds without a sign of life after which a slice is given up.
const SILENCE: f64 = 5.0;
/// Seconds that a search may take to return after it was told to stop.
const OVERTIME: f64 = 1.0;
/// Seconds between two looks of the watchdog from which on the whole process must have been at rest.
const PAUSE: f64 = 1.0;
/// Seconds that slices have to hand in what they have when the search ends.
const CLOSING: f64 = 0.25;
/// Slots for searches that wait for the network.
const NETWORK_SLOTS: usize = 16;
/// Views that one slice may open, and those that a study may.
const MOST_VIEWS_AT_ONCE: usize = 8;
const MOST_VIEWS: usize = 200;
/// Failed runs after which an arm is out of the study.
const MAX_FAILURES: usize = 2;

/// A place for one slice at a time.
enum Slot {
    Idle,
    /// Granted, waiting for a core.
    Queued(Grant),
    Running {
        grant: Grant,
        pulse: Arc<Pulse>,
        /// Number of beats when the watchdog last saw a change, and when.
        heard: (u64, f64),
        /// When the watchdog first saw that the search was told to stop.
        told: Option<f64>,
    },
    /// Ended, waiting to be committed.
    Done(Grant, Box<Ended>),
}

/// What the event loop works with.
pub(crate) struct Driver<'a> {
    pub shared: Shared,
    pub rules: Rules,
    pub backends: &'a [(Arc<dyn Backend>, Config)],
    pub policy: Arc<dyn Policy>,
    pub seed: u64,
    pub threads: usize,
    pub setup: &'a Setup,
    /// The problems of views, made when they are first needed.
    pub views: BTreeMap<u32, Setup>,
    /// What searches on the whole problem are told.
    pub directives: Arc<Directives>,
    pub state: State,
    pub folder: Option<&'a mut Folder>,
    pub observer: &'a mut dyn Observer,
    /// What a person cancels; `shared.cancel` is what slices look at, and is also set when the search ends early.
    pub cancel: Cancel,
    pub logical_slots: usize,
}

/// What the loop keeps between turns.
struct Floor {
    slots: Vec<Slot>,
    /// The first so many slots compute; the others wait for the network.
    compute_slots: usize,
    searches: BTreeMap<u32, Box<dyn Search>>,
    report: UnboundedSender<Ended>,
    ends: UnboundedReceiver<Ended>,
    live: Archive,
    /// When to look around, and when that was done last.
    tick: Interval,
    looked: f64,
}

impl Driver<'_> {
    /// Runs the search to its end and returns the final state and the archive with everything that was found.
    pub async fn search(mut self) -> Result<(State, Archive), StudyError> {
        let mut floor = self.floor();
        let reason = loop {
            if let Some(reason) = self.reason_to_stop() {
                break reason;
            }
            // Idle slots are filled before the next commit: in virtual time a decision must not depend on how far the other slices
            // happen to be.
            let unfilled = self.fill(&mut floor)?;
            self.dispatch(&mut floor)?;
            if let Some(slot) = self.committable(&floor) {
                self.commit(&mut floor, slot)?;
            } else if floor.slots.iter().all(|slot| matches!(slot, Slot::Idle)) {
                break unfilled;
            } else {
                self.wait(&mut floor).await?;
            }
        };
        self.wind_up(&mut floor, reason).await?;
        let event = Event::SearchEnded { reason, cost: self.state.cost, clock: self.clock() };
        self.log(event)?;
        Ok((self.state, floor.live))
    }

    fn floor(&self) -> Floor {
        let compute_slots = if self.rules.virtual_time() { self.logical_slots } else { self.threads };
        let network = self.backends.iter().any(|(backend, _)| backend.traits().resource == Resource::Network);
        let n = compute_slots + if network { NETWORK_SLOTS } else { 0 };
        let mut slots: Vec<Slot> = (0..n).map(|_| Slot::Idle).collect();
        // Slices that were in flight when the process ended are repeated where they were.
        for grant in self.state.granted.values() {
            if let Some(slot) = slots.get_mut(grant.slot) {
                *slot = Slot::Queued(grant.clone());
            }
        }
        let (report, ends) = unbounded_channel();
        let mut tick = tokio::time::interval(Clock::TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let live = self.state.archive.clone();
        Floor { slots, compute_slots, searches: BTreeMap::new(), report, ends, live, tick, looked: self.time().wall() }
    }

    fn clock(&self) -> (f64, f64) {
        (self.shared.clock.wall(), self.shared.clock.cpu())
    }

    fn time(&self) -> &Clock {
        &self.shared.clock
    }

    fn reason_to_stop(&self) -> Option<StopReason> {
        if self.cancel.is_cancelled() {
            return Some(StopReason::Cancelled);
        }
        if self.time().left(self.shared.reserve).is_some_and(|left| left <= 0.0) {
            return Some(StopReason::BudgetSpent);
        }
        self.state.early_stop()
    }

    fn log(&mut self, event: Event) -> Result<(), StudyError> {
        self.state.apply(&event);
        if let Some(folder) = &mut self.folder {
            folder.append(&event)?;
        }
        self.observer.event(&event, &self.state);
        Ok(())
    }

    // Grants.

    /// Asks the policy about every idle slot, in order, until no slot gets a slice; the reason counts if nothing is under way.
    fn fill(&mut self, floor: &mut Floor) -> Result<StopReason, StudyError> {
        let mut reason = StopReason::Exhausted;
        let mut slot = 0;
        while slot < floor.slots.len() {
            if matches!(floor.slots[slot], Slot::Idle) {
                let Some(work) = self.affordable() else { return Ok(StopReason::BudgetSpent) };
                let decision = self.decide(slot >= floor.compute_slots);
                match decision.action {
                    Action::Grant { arm, work: wanted } => self.grant(floor, slot, arm, wanted.min(work), decision)?,
                    Action::Wait => {}
                    Action::Stop(why) => reason = why,
                }
            }
            slot += 1;
        }
        Ok(reason)
    }

    /// The largest slice that the budget still allows; `None` when what is left is not worth a slice.
    fn affordable(&self) -> Option<u64> {
        let symfolio_core::Budget::Work(total) = self.rules.budget else { return Some(u64::MAX) };
        let left = searchable(total).saturating_sub(self.state.cost.work).saturating_sub(self.state.outstanding());
        (left >= self.rules.slice_work / 10).then_some(left)
    }

    /// The policy's decision for a slot.
    fn decide(&self, network: bool) -> Decision {
        self.policy.decide(&self.state.history_for(network), decision_seed(self.seed, self.state.slices))
    }

    fn grant(
        &mut self,
        floor: &mut Floor,
        slot: usize,
        arm: usize,
        work: u64,
        decision: Decision,
    ) -> Result<(), StudyError> {
        let mut decision = decision;
        let Some(run) = self.run_for(arm, &mut decision)? else { return Ok(()) };
        let view = self.state.runs[run as usize].view;
        let at = if self.rules.virtual_time() { self.state.at } else { self.time().wall() };
        let grant = Grant {
            slice: self.state.slices,
            run,
            slot,
            at,
            work,
            migrants: self.state.migrants(run).iter().map(|migrant| migrant.id).collect(),
            seen: self.state.accepted.len() as u64,
            seen_on_view: view.map(|view| self.state.views[view as usize].accepted.len() as u64),
            findings: self.state.findings(run).collect(),
            exact_known: self.state.exact.is_some(),
            decision,
        };
        self.log(Event::SliceGranted(grant.clone()))?;
        floor.slots[slot] = Slot::Queued(grant);
        Ok(())
    }

    /// The run of arm `arm` that gets the slice: one of its own that has something to do, else one on the arm's view that has cost least,
    /// where the same policy decides among the backends, else a new one. `None` where there is nothing to do after all.
    fn run_for(&mut self, arm: usize, decision: &mut Decision) -> Result<Option<u32>, StudyError> {
        if let Some(run) = self.rested(None, arm) {
            return Ok(Some(run));
        }
        let Some(view) = self.state.next_view(arm) else { return self.start(None, arm).map(Some) };
        let seed = decision_seed(self.seed, self.state.slices);
        let history = self.state.history_on(view);
        let within = self.policy.decide(&history, seed);
        let chosen = match within.action {
            Action::Grant { arm, .. } => Some(arm),
            Action::Wait | Action::Stop(_) => history.arms.iter().position(Arm::ready),
        };
        let Some(chosen) = chosen else { return Ok(None) };
        decision.terms.push(("view".into(), f64::from(view)));
        decision.terms.extend(within.terms.into_iter().map(|(name, value)| (format!("on view: {name}"), value)));
        // An arm of a view may have views of its own.
        let run = match self.rested(Some(view), chosen) {
            Some(run) => run,
            None => self.start(Some(view), chosen)?,
        };
        Ok(Some(run))
    }

    /// The run of an arm, of the study or of a view, that is at rest, has something to do and has had fewest slices.
    fn rested(&self, view: Option<u32>, arm: usize) -> Option<u32> {
        let ready = self.state.idle_runs(view, arm).filter(|run| self.state.has_something_to_do(*run));
        ready.min_by_key(|run| (self.state.runs[*run as usize].slices, *run))
    }

    fn start(&mut self, view: Option<u32>, arm: usize) -> Result<u32, StudyError> {
        let run = self.state.runs.len() as u32;
        let seed = run_seed(self.seed, run);
        self.log(Event::RunStarted { run, arm, seed, view })?;
        Ok(run)
    }

    // Dispatch.

    /// Starts queued slices while cores are free, the earliest in time first.
    fn dispatch(&mut self, floor: &mut Floor) -> Result<(), StudyError> {
        for (kind, room) in [(false, self.threads), (true, NETWORK_SLOTS)] {
            loop {
                let of_kind = |slot: usize| (slot >= floor.compute_slots) == kind;
                let slots = || (0..floor.slots.len()).filter(|slot| of_kind(*slot));
                let running = slots().filter(|slot| matches!(floor.slots[*slot], Slot::Running { .. })).count();
                let queued = slots().filter_map(|slot| match &floor.slots[slot] {
                    Slot::Queued(grant) => Some((grant.at, slot)),
                    _ => None,
                });
                let next = queued.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                let Some((_, slot)) = next.filter(|_| running < room) else { break };
                self.launch(floor, slot, !kind)?;
            }
        }
        Ok(())
    }

    fn launch(&mut self, floor: &mut Floor, slot: usize, holds_core: bool) -> Result<(), StudyError> {
        let Slot::Queued(grant) = std::mem::replace(&mut floor.slots[slot], Slot::Idle) else { return Ok(()) };
        let view = self.ground_of_view(&grant);
        let run = &self.state.runs[grant.run as usize];
        let (backend, config) = &self.backends[run.arm];
        let origin = match (floor.searches.remove(&grant.run), run.saved, &self.folder) {
            (Some(search), _, _) => Origin::Memory(search),
            (None, Some(slice), Some(folder)) => {
                let saved = folder.saved(grant.run, slice).map_err(|error| error.to_string());
                Origin::Checkpoint { saved, config: config.clone(), seed: run.seed }
            }
            _ => Origin::Start { config: config.clone(), seed: run.seed },
        };
        let migrants = grant.migrants.iter().filter_map(|id| self.state.migrant(grant.run, *id).cloned()).collect();
        let findings = grant.findings.iter().map(|view| self.state.views[*view as usize].finding()).collect();
        let pulse = Arc::new(Pulse::default());
        let ground = Ground {
            problem: self.setup.problem.clone(),
            archive: self.state.archive_as_of(grant.seen),
            rows: self.setup.working.clone(),
            exact_loss: self.rules.scale.exact,
            validation: self.setup.validation.clone(),
        };
        // A guess at the whole is none at a part.
        let directives = if view.is_some() { Arc::default() } else { self.directives.clone() };
        let here = view.as_ref().map_or(&ground, |(_, ground)| ground);
        let (problem, rows) = (here.problem.clone(), here.rows.clone());
        let loan = Loan { ground, view, holds_core };
        let host = SliceHost::new(self.shared.clone(), &grant, loan, pulse.clone(), (run.seed, run.slices));
        let slice = Slice { index: run.slices, grant: Cost::work(grant.work), migrants, rows, directives, findings };
        let job = Job { backend: backend.clone(), problem, origin, slice, host, save: self.folder.is_some() };
        launch(slot, grant.slice, job, floor.report.clone())?;
        floor.slots[slot] = Slot::Running { grant, pulse, heard: (0, self.time().wall()), told: None };
        Ok(())
    }

    /// What a slice sees of the view that it is about, if it is about one.
    fn ground_of_view(&mut self, grant: &Grant) -> Option<(Arc<View>, Ground)> {
        let number = self.state.runs[grant.run as usize].view?;
        let opened = self.state.views[number as usize].opened.clone()?;
        if !self.views.contains_key(&number) {
            self.views.insert(number, setup_view(&self.setup.problem, &opened.view).ok()?);
        }
        let setup = self.views.get(&number)?;
        let ground = Ground {
            problem: setup.problem.clone(),
            archive: self.state.archive_on_view(number, grant.seen_on_view.unwrap_or(0)),
            rows: setup.working.clone(),
            exact_loss: opened.scale.exact,
            validation: None,
        };
        Some((opened.view.clone(), ground))
    }

    /// The views among the proposals of run `run`, checked and as views of the whole problem; those that cannot be made, and those too many,
    /// are refused.
    fn opened(&mut self, run: u32, proposals: Vec<Proposal>) -> Vec<Option<Arc<OpenedView>>> {
        let mut opened: Vec<Option<Arc<OpenedView>>> = Vec::new();
        for proposal in proposals {
            let Proposal::View(view) = proposal else { continue };
            let number = (self.state.views.len() + opened.len()) as u32;
            let made = if opened.len() < MOST_VIEWS_AT_ONCE && (number as usize) < MOST_VIEWS {
                self.made(run, *view)
            } else {
                None
            };
            opened.push(made.map(|(view, setup)| {
                let scale = Scale::of_problem(&setup.problem);
                let n_rows = setup.working.indices.len();
                self.views.insert(number, setup);
                Arc::new(OpenedView { view: Arc::new(view), scale, n_rows })
            }));
        }
        opened
    }

    /// A view that run `run` proposed as one of the whole problem, and its problem; `None` where it cannot be made.
    fn made(&self, run: u32, view: View) -> Option<(View, Setup)> {
        let n_features = self.setup.problem.features.len();
        let around = self.state.runs[run as usize].view;
        let view = match around {
            Some(around) => {
                let outer = self.state.views[around as usize].opened.as_ref()?;
                view.within(&outer.view, n_features).ok()?
            }
            None => view,
        };
        let view = self.confined(view)?;
        let setup = setup_view(&self.setup.problem, &view).ok()?;
        Some((view, setup))
    }

    /// The view on rows that may be searched on only: rows held out are to confirm what is found.
    fn confined(&self, mut view: View) -> Option<View> {
        let train = &self.setup.problem.split.train;
        if let ViewData::Rows { rows, .. } = &mut view.data {
            let rows = rows.get_or_insert_with(|| train.to_vec());
            if !rows.is_sorted_by(|a, b| a < b) || rows.iter().any(|row| train.binary_search(row).is_err()) {
                return None;
            }
        }
        Some(view)
    }

    // Commits.

    /// The slot whose slice is to be committed now, if any.
    fn committable(&self, floor: &Floor) -> Option<usize> {
        let end = |grant: &Grant, cost: Cost| grant.at + cost.work.max(1) as f64;
        let earliest = |times: &mut dyn Iterator<Item = (f64, usize)>| {
            times.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        };
        let mut done = floor.slots.iter().enumerate().filter_map(|(slot, held)| match held {
            Slot::Done(grant, ended) => Some((end(grant, ended.harvest.cost), slot)),
            _ => None,
        });
        let first = earliest(&mut done)?;
        if !self.rules.virtual_time() {
            return Some(first.1);
        }
        let mut under_way = floor.slots.iter().enumerate().filter_map(|(slot, held)| match held {
            Slot::Queued(grant) => Some((end(grant, Cost::default()), slot)),
            Slot::Running { grant, pulse, .. } => {
                Some((end(grant, Cost::work(pulse.charged.load(Ordering::Acquire))), slot))
            }
            _ => None,
        });
        match earliest(&mut under_way) {
            Some(bound) if (bound.0, bound.1) < first => None,
            _ => Some(first.1),
        }
    }

    /// Puts the offers of an ended slice before the archive.
    fn commit(&mut self, floor: &mut Floor, slot: usize) -> Result<(), StudyError> {
        let Slot::Done(grant, ended) = std::mem::replace(&mut floor.slots[slot], Slot::Idle) else { return Ok(()) };
        let Ended { slice, outcome, checkpoint, lost, harvest, .. } = *ended;
        let virtual_end = grant.at + harvest.cost.work.max(1) as f64;
        let at = if self.rules.virtual_time() { virtual_end } else { self.time().wall() };
        let run = grant.run;
        if let Some(error) = lost {
            self.log(Event::CheckpointLost { run, slice, error })?;
        }
        let cost = harvest.cost;
        let Harvest { yielded, on_view, proposals, .. } = harvest;
        let exact = yielded.exact.map(|(index, seconds)| (yielded.candidates[index].form.clone(), seconds));
        let on_view = on_view.map(|on_view| Box::new(self.state.accept_on_view(run, on_view)));
        let again = yielded.again.iter().copied().collect();
        let (accepted, reward) = self.state.accept(run, yielded);
        let exact = exact.and_then(|(form, seconds)| {
            accepted.iter().find(|candidate| candidate.form == form).map(|candidate| (candidate.id, seconds))
        });
        let (search, progress) = match outcome {
            Ok(returned) => returned,
            Err(error) => {
                let RunState { arm, view, .. } = self.state.runs[run as usize];
                let same = |other: &RunState| other.arm == arm && other.view == view && other.failed;
                let failures = self.state.runs.iter().filter(|other| same(other)).count();
                let retired = failures + 1 >= MAX_FAILURES;
                let slice = Some(slice);
                return self.log(Event::RunFailed {
                    run,
                    slice,
                    arm,
                    at,
                    cost,
                    accepted,
                    reward,
                    exact,
                    on_view,
                    error,
                    retired,
                });
            }
        };
        floor.searches.insert(run, search);
        self.forget_closed(floor);
        let n_proposals = proposals.len();
        let views = self.opened(run, proposals);
        let previous = self.state.runs[run as usize].saved;
        if let (Some(folder), Some(bytes)) = (&self.folder, &checkpoint) {
            folder.save(run, grant.slice, bytes)?;
        }
        self.log(Event::SliceEnded {
            slice: grant.slice,
            at,
            cost,
            progress,
            accepted,
            again,
            reward,
            exact,
            on_view,
            views,
            proposals: n_proposals,
            saved: checkpoint.is_some(),
            clock: self.clock(),
        })?;
        if let (Some(folder), Some(slice), true) = (&self.folder, previous, checkpoint.is_some()) {
            folder.forget(run, slice);
        }
        Ok(())
    }

    /// Frees what is kept of views that are closed.
    fn forget_closed(&mut self, floor: &mut Floor) {
        let state = &self.state;
        self.views.retain(|view, _| !state.views[*view as usize].closed);
        floor
            .searches
            .retain(|run, _| state.runs[*run as usize].view.is_none_or(|view| !state.views[view as usize].closed));
    }

    // Waiting.

    /// Waits for a slice to end, for somebody to cancel, or for the next look around.
    async fn wait(&mut self, floor: &mut Floor) -> Result<(), StudyError> {
        let cancel = self.cancel.clone();
        tokio::select! {
            ended = floor.ends.recv() => if let Some(ended) = ended { self.receive(floor, ended) },
            () = cancel.cancelled() => {}
            _ = floor.tick.tick() => self.look_around(floor),
        }
        while let Ok(ended) = floor.ends.try_recv() {
            self.receive(floor, ended);
        }
        Ok(())
    }

    fn receive(&mut self, floor: &mut Floor, ended: Ended) {
        let slot = ended.slot;
        // A slice that was given up may still come back; nobody waits for it any more.
        match std::mem::replace(&mut floor.slots[slot], Slot::Idle) {
            Slot::Running { grant, .. } if grant.slice == ended.slice => {
                let backend = self.backends[self.state.runs[grant.run as usize].arm].0.name();
                for candidate in &ended.harvest.yielded.candidates {
                    let origin = self.state.origin(backend, &candidate.lineage);
                    floor.live.insert(Candidate { origin, ..candidate.clone() });
                }
                floor.slots[slot] = Slot::Done(grant, Box::new(ended));
            }
            other => floor.slots[slot] = other,
        }
    }

    /// Shows where things stand, and gives up slices that are silent or do not return.
    fn look_around(&mut self, floor: &mut Floor) {
        let now = self.time().wall();
        // After a pause of the whole process (a laptop that slept, a job that was stopped) the searches are not to blame for it.
        let gap = now - std::mem::replace(&mut floor.looked, now);
        let pause = if gap > PAUSE { gap } else { 0.0 };
        for slot in 0..floor.slots.len() {
            let Slot::Running { grant, pulse, heard, told } = &mut floor.slots[slot] else { continue };
            heard.1 += pause;
            *told = told.map(|told| told + pause);
            let beats = pulse.beats.load(Ordering::Acquire);
            let waiting = pulse.waiting.load(Ordering::Acquire);
            if beats != heard.0 || waiting {
                *heard = (beats, now);
            }
            if waiting {
                // Overtime counts while it has a core.
                *told = told.map(|_| now);
            }
            if told.is_none() && pulse.told.load(Ordering::Acquire) {
                *told = Some(now);
            }
            let message = if told.is_some_and(|told| now - told > OVERTIME) {
                format!("it went on for more than {OVERTIME} s after it was told to stop; its thread was given up")
            } else if now - heard.1 > SILENCE {
                format!("no sign of life for {SILENCE} s; its thread was given up")
            } else {
                continue;
            };
            let mut harvest = Harvest::default();
            harvest.cost.work = grant.work;
            // Its core goes to the next one.
            pulse.give_up();
            let ended =
                Ended { slot, slice: grant.slice, outcome: Err(message), checkpoint: None, lost: None, harvest };
            floor.slots[slot] = Slot::Done(grant.clone(), Box::new(ended));
        }
        self.observer.tick(&Snapshot { live: &floor.live, state: &self.state, clock: self.clock() });
    }

    /// Ends what is under way. Running free, slices hand in what they have; in virtual time slices that are not committed
    /// are left for a later resume, and only shown.
    async fn wind_up(&mut self, floor: &mut Floor, reason: StopReason) -> Result<(), StudyError> {
        self.shared.cancel.cancel();
        let begun = self.time().wall();
        while floor.slots.iter().any(|slot| matches!(slot, Slot::Running { .. }))
            && self.time().wall() - begun < CLOSING
        {
            let rest = std::time::Duration::from_millis(20);
            if let Ok(Some(ended)) = tokio::time::timeout(rest, floor.ends.recv()).await {
                self.receive(floor, ended);
            }
        }
        if self.rules.virtual_time() {
            // A formula found in a slice that was not committed is not part of a result that has to be the same everywhere.
            if reason != StopReason::Cancelled {
                floor.live = self.state.archive.clone();
            }
            return Ok(());
        }
        while let Some(slot) = self.committable(floor) {
            self.commit(floor, slot)?;
        }
        floor.live = self.state.archive.clone();
        Ok(())
    }
}

/// The seed of the decision before slice number `slice` is granted.
pub(crate) fn decision_seed(seed: u64, slice: u64) -> u64 {
    seed ^ slice
}

/// The seed of run number `run`: the study's seed and the number, mixed (SplitMix64).
fn run_seed(seed: u64, run: u32) -> u64 {
    let mut z = seed.wrapping_add(u64::from(run).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
