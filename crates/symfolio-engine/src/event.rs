//! [`Event`]: the study's log. Everything else that a study folder holds is a fold over it, or an aid.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use symfolio_core::{Arm, Budget, Candidate, Cost, Decision, Exchange, Profile, Progress, Reward, StopReason, View};

use crate::{ProblemConfig, Rules, Scale};

/// One past-tense entry of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A study began.
    StudyStarted {
        /// Version of Symfolio.
        version: String,
        /// Fingerprint of the data set.
        data: u64,
        /// The names of its features.
        features: Vec<String>,
        /// The name of its target.
        target: String,
        /// Which kernels evaluate expressions.
        kernel: String,
        /// The arms in order, as they were before anything ran.
        arms: Vec<Arm>,
        /// What the fold of the log needs to know besides, the first budget among it.
        rules: Rules,
        /// What is looked for.
        problem: Box<ProblemConfig>,
        /// The study's seed.
        seed: u64,
        /// Its slots of virtual time.
        slots: usize,
        /// Who decided which arm got the next slice.
        policy: String,
        /// What the data is like.
        profile: Box<Profile>,
    },
    /// A study was taken up again after its process ended.
    StudyResumed {
        /// Wall seconds of the sessions before.
        wall_seconds: f64,
        /// CPU seconds of the sessions before.
        cpu_seconds: f64,
        /// The budget from now on.
        budget: Budget,
        /// How decisions are made from now on; absent in logs of older versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settings: Option<Settings>,
    },
    /// A run of a backend began.
    RunStarted {
        /// Its number within the study.
        run: u32,
        /// Position of its arm.
        arm: usize,
        /// Its seed.
        seed: u64,
        /// The view that it is about; the whole problem where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        view: Option<u32>,
    },
    /// A slice was granted to a run.
    SliceGranted(Grant),
    /// A slice ended, and its offers were put before the archive.
    SliceEnded {
        /// Which slice.
        slice: u64,
        /// When it ended: virtual time in work units, or wall seconds.
        at: f64,
        /// What it cost.
        cost: Cost,
        /// How it ended.
        progress: Progress,
        /// The offers that entered the archive.
        accepted: Vec<Candidate>,
        /// Candidates of other runs whose form the slice found once more without knowing it, by number.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        again: Vec<u64>,
        /// What the slice was worth.
        reward: Reward,
        /// The first of them that fits the training rows and the rows held out to rounding: its number, and the wall seconds from
        /// the study's start to its offer.
        exact: Option<(u64, f64)>,
        /// What it did on the view that the run is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_view: Option<Box<OnView>>,
        /// The views that it proposed, in order; `None` for those that were refused.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        views: Vec<Option<Arc<OpenedView>>>,
        /// Number of suggestions (rows, measurements, sub-problems) that were made.
        proposals: usize,
        /// Is there a checkpoint to go on from?
        saved: bool,
        /// Wall and CPU seconds of the study when the entry was written.
        clock: (f64, f64),
    },
    /// A run failed; the study goes on.
    RunFailed {
        /// Which run.
        run: u32,
        /// The slice in which it failed, or `None` where it could not be started.
        slice: Option<u64>,
        /// Position of its arm.
        arm: usize,
        /// When: virtual time or wall seconds.
        at: f64,
        /// What the slice had cost.
        cost: Cost,
        /// What it had offered before and entered the archive.
        accepted: Vec<Candidate>,
        /// What the slice was worth.
        reward: Reward,
        /// The first exact one of them, as for slices that end well.
        exact: Option<(u64, f64)>,
        /// What it did on the view that the run is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_view: Option<Box<OnView>>,
        /// Why.
        error: String,
        /// Is the arm out of the study for good?
        retired: bool,
    },
    /// A saved state could not be read; the run's search was started anew and went on with the slice after.
    CheckpointLost {
        /// Which run.
        run: u32,
        /// The slice that was to go on from it.
        slice: u64,
        /// Why.
        error: String,
    },
    /// The search ended.
    SearchEnded {
        /// Why.
        reason: StopReason,
        /// Sum of all slices.
        cost: Cost,
        /// Wall and CPU seconds of the study.
        clock: (f64, f64),
    },
}

/// What a slice did on the view that its run is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnView {
    /// The offers that entered the view's archive, numbered within it, with losses as measured on the view.
    pub accepted: Vec<Candidate>,
    /// What the slice was worth there.
    pub reward: Reward,
    /// Is one of them exact there?
    pub exact: bool,
}

/// A view that searches may be about from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenedView {
    /// The view, as one of the study's data set.
    pub view: Arc<View>,
    /// What losses on it are to be compared with.
    pub scale: Scale,
    /// Its number of rows.
    pub n_rows: usize,
}

/// What a session decides by, beside the history: another one of the same study may do so by others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Who decides which arm gets the next slice.
    pub policy: String,
    /// The arms in order, as if nothing had run, with their shares and what past runs say of them.
    pub arms: Vec<Arm>,
    /// What work, tokens and dollars are worth beside each other.
    pub exchange: Exchange,
}

/// One slice granted to a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Number of the slice within the study.
    pub slice: u64,
    /// Which run gets it.
    pub run: u32,
    /// The slot it runs in.
    pub slot: usize,
    /// When it begins: virtual time in work units, or wall seconds.
    pub at: f64,
    /// Work granted.
    pub work: u64,
    /// Candidates handed over, by number; of the view's, where the run is about one.
    pub migrants: Vec<u64>,
    /// Number of candidates accepted so far: the archive as the slice sees it is made of these.
    pub seen: u64,
    /// The same of the view that the run is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_on_view: Option<u64>,
    /// Closed views whose findings are handed over, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<u32>,
    /// Was an exact formula known?
    pub exact_known: bool,
    /// Why the arm got it.
    pub decision: Decision,
}
