//! One slice in a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use symfolio_core::{Backend, Config, Problem, Progress, Search, Slice, conformance::panic_text};
use tokio::sync::mpsc::UnboundedSender;

use crate::host::{Harvest, SliceHost};

/// Stack of a slice's thread; searches recurse over expressions of bounded depth.
const STACK_BYTES: usize = 8 << 20;

/// Where a slice's search comes from.
pub(crate) enum Origin {
    /// It is at rest in memory.
    Memory(Box<dyn Search>),
    /// It is to be taken up from bytes.
    Checkpoint(Vec<u8>),
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
    pub harvest: Harvest,
}

/// Runs `job` in a thread and reports its end. A panic, or an error, is the end of this run only.
pub(crate) fn launch(slot: usize, slice: u64, job: Job, report: UnboundedSender<Ended>) -> std::io::Result<()> {
    let thread = std::thread::Builder::new().name(format!("slot-{slot}")).stack_size(STACK_BYTES);
    thread.spawn(move || {
        let Job { backend, problem, origin, slice: loan, mut host, save } = job;
        let worked = catch_unwind(AssertUnwindSafe(|| advance(&*backend, problem, origin, &loan, &mut host, save)));
        let (outcome, checkpoint) = match worked {
            Ok(Ok((search, progress, checkpoint))) => (Ok((search, progress)), checkpoint),
            Ok(Err(error)) => (Err(error), None),
            Err(panic) => (Err(format!("it panicked: {}", panic_text(&*panic))), None),
        };
        // Nobody listens any more when the study has ended meanwhile.
        let _ = report.send(Ended { slot, slice, outcome, checkpoint, harvest: host.finish() });
    })?;
    Ok(())
}

type Advanced = (Box<dyn Search>, Progress, Option<Vec<u8>>);

fn advance(
    backend: &dyn Backend,
    problem: Arc<Problem>,
    origin: Origin,
    slice: &Slice,
    host: &mut SliceHost,
    save: bool,
) -> Result<Advanced, String> {
    let mut search = match origin {
        Origin::Memory(search) => search,
        Origin::Checkpoint(bytes) => backend.resume(problem, &bytes).map_err(|error| error.to_string())?,
        Origin::Start { config, seed } => backend.start(problem, &config, seed).map_err(|error| error.to_string())?,
    };
    let progress = search.advance(slice, host).map_err(|error| error.to_string())?;
    let checkpoint = if save { search.checkpoint().map_err(|error| error.to_string())? } else { None };
    Ok((search, progress, checkpoint))
}
