//! One slice in a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use symfolio_core::{Backend, Config, Problem, Progress, Search, SearchError, Slice, conformance::panic_text};
use tokio::sync::mpsc::UnboundedSender;

use crate::host::{Harvest, SliceHost};

/// Stack of a slice's thread; searches recurse over expressions of bounded depth.
const STACK_BYTES: usize = 8 << 20;

/// Where a slice's search comes from.
pub(crate) enum Origin {
    /// It is at rest in memory.
    Memory(Box<dyn Search>),
    /// It is to be taken up from bytes, or, where they cannot be read, to be started anew.
    Checkpoint { saved: Result<Vec<u8>, String>, config: Config, seed: u64 },
    /// It is to be started.
    Start { config: Config, seed: u64 },
}

/// Everything that a slice needs.
pub(crate) struct Job {
    pub backend: Arc<dyn Backend>,
    pub problem: Arc<Problem>,
    pub origin: Origin,
    pub slice: Slice,
    pub host: SliceHost,
    /// Is the end state to be saved?
    pub save: bool,
}

/// How a slice ended.
pub(crate) struct Ended {
    pub slot: usize,
    pub slice: u64,
    pub outcome: Result<(Box<dyn Search>, Progress), String>,
    /// The search's state, where it was to be saved and can be.
    pub checkpoint: Option<Vec<u8>>,
    /// Why the search could not go on from the state that was saved, and was started anew.
    pub lost: Option<String>,
    pub harvest: Harvest,
}

/// Runs `job` in a thread and reports its end. A panic, or an error, is the end of this run only.
pub(crate) fn launch(slot: usize, slice: u64, job: Job, report: UnboundedSender<Ended>) -> std::io::Result<()> {
    let thread = std::thread::Builder::new().name(format!("slot-{slot}")).stack_size(STACK_BYTES);
    thread.spawn(move || {
        let Job { backend, problem, origin, slice: loan, mut host, save } = job;
        let mut lost = None;
        host.begin();
        let worked = catch_unwind(AssertUnwindSafe(|| {
            let search = begin(&*backend, problem, origin, &mut lost)?;
            advance(search, &loan, &mut host, save)
        }));
        let (outcome, checkpoint) = match worked {
            Ok(Ok((search, progress, checkpoint))) => (Ok((search, progress)), checkpoint),
            Ok(Err(error)) => (Err(error.to_string()), None),
            Err(panic) => (Err(format!("it panicked: {}", panic_text(&*panic))), None),
        };
        // Nobody listens any more when the study has ended meanwhile.
        let _ = report.send(Ended { slot, slice, outcome, checkpoint, lost, harvest: host.finish() });
    })?;
    Ok(())
}

type Advanced = (Box<dyn Search>, Progress, Option<Vec<u8>>);

fn begin(
    backend: &dyn Backend,
    problem: Arc<Problem>,
    origin: Origin,
    lost: &mut Option<String>,
) -> Result<Box<dyn Search>, SearchError> {
    let (saved, config, seed) = match origin {
        Origin::Memory(search) => return Ok(search),
        Origin::Start { config, seed } => return backend.start(problem, &config, seed),
        Origin::Checkpoint { saved, config, seed } => (saved, config, seed),
    };
    let resumed = saved.and_then(|bytes| backend.resume(problem.clone(), &bytes).map_err(|error| error.to_string()));
    match resumed {
        Ok(search) => Ok(search),
        Err(error) => {
            *lost = Some(error);
            backend.start(problem, &config, seed)
        }
    }
}

fn advance(
    mut search: Box<dyn Search>,
    slice: &Slice,
    host: &mut SliceHost,
    save: bool,
) -> Result<Advanced, SearchError> {
    let progress = search.advance(slice, host)?;
    let checkpoint = if save { search.checkpoint()? } else { None };
    Ok((search, progress, checkpoint))
}
