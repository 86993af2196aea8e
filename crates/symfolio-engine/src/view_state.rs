//! [`ViewState`]: what a study knows of a view that was proposed.

use std::sync::Arc;

use symfolio_core::{Archive, Candidate, Finding, History, SliceRecord};

use crate::state::shortest;
use crate::{OnView, OpenedView};

/// Slices after which a view is closed that still finds something.
const MOST_SLICES: usize = 60;
/// Slices that a view gets in any case.
const FEWEST_SLICES: usize = 8;

/// Nats by which a description has to be shorter to be news.
const NEWS: f64 = 3.0;

/// What a study knows of a view that was proposed.
#[derive(Clone, Debug)]
pub struct ViewState {
    /// The run that proposed it.
    pub run: u32,
    /// Its number among the views of that run.
    pub number: u64,
    /// The view; `None` where it was refused.
    pub opened: Option<Arc<OpenedView>>,
    /// What was found, as forms of the view.
    pub archive: Archive,
    /// Every candidate that ever entered the archive, by number.
    pub accepted: Vec<Candidate>,
    /// What policies see of the view.
    pub history: History,
    /// Was a form found that is exact on the view?
    pub exact: bool,
    /// The shortest description, in nats, and how many slices had ended when it was last made noticeably shorter.
    pub shortest: Option<(f64, usize)>,
    /// Is no more to be done on it?
    pub closed: bool,
    /// Was what came of it handed to the search that proposed it?
    pub told: bool,
    /// Does nobody wait for what comes of it?
    pub abandoned: bool,
}

impl ViewState {
    pub(crate) fn new(run: u32, number: u64, opened: Option<Arc<OpenedView>>, history: History) -> ViewState {
        ViewState {
            run,
            number,
            archive: Archive::new(opened.as_ref().map_or(f64::MIN_POSITIVE, |opened| opened.scale.floor)),
            accepted: Vec::new(),
            history,
            exact: false,
            shortest: None,
            closed: opened.is_none(),
            told: false,
            abandoned: false,
            opened,
        }
    }

    /// Work that its slices cost.
    pub fn work(&self) -> u64 {
        self.history.slices.iter().map(|slice| slice.cost.work).sum()
    }

    /// Is a slice of it under way?
    pub fn is_busy(&self) -> bool {
        self.history.arms.iter().any(|arm| arm.running > 0)
    }

    /// Takes an ended slice into account.
    pub(crate) fn record(&mut self, record: SliceRecord, on_view: &OnView) {
        for candidate in &on_view.accepted {
            self.archive.insert(candidate.clone());
            self.accepted.push(candidate.clone());
        }
        self.exact |= on_view.exact;
        Arc::make_mut(&mut self.history.slices).push(record);
        self.history.front = self.archive.front().len();
        let Some(opened) = &self.opened else { return };
        if let Some((length, _)) = shortest(&self.archive, opened.n_rows, opened.scale.floor)
            && self.shortest.is_none_or(|(before, _)| length < before - NEWS)
        {
            self.shortest = Some((length, self.history.slices.len()));
        }
    }

    /// Closes the view when an exact form is known, when nothing noticeably better came for as long as it took to find the best, or when no arm
    /// has anything left to try; the last two not while it waits for views of its own.
    pub(crate) fn close_if_done(&mut self, waits: bool) {
        let slices = self.history.slices.len();
        let settled = self.shortest.is_none_or(|(_, since)| slices >= 2 * since) && slices >= FEWEST_SLICES;
        let idle = !self.is_busy() && !self.history.arms.iter().any(|arm| arm.ready());
        self.closed |= self.exact || (!waits && (settled || idle)) || slices >= MOST_SLICES;
    }

    /// Nobody waits for what comes of it.
    pub(crate) fn abandon(&mut self) {
        (self.closed, self.told, self.abandoned) = (true, true, true);
    }

    /// What came of it.
    pub(crate) fn finding(&self) -> Finding {
        let scale = self.opened.as_ref().map(|opened| opened.scale);
        Finding {
            view: self.number,
            front: self.archive.front().to_vec(),
            baseline: scale.map_or(f64::INFINITY, |scale| scale.baseline),
            exact: scale.map_or(0.0, |scale| scale.exact),
        }
    }
}
