//! Programs of their own that searches talk to: started, limited, measured and ended here.
//!
//! On Unix a program is the leader of a process group, which rests, wakes and ends as a whole; what a program started into another
//! group is found through `/proc` and ended too, unless it has no parent any more. On Linux the kernel limits the data of each
//! process (`RLIMIT_DATA`: memory that is only reserved does not count), and the resident memory of all of them is added up. On other
//! systems no memory is limited, and processor time is the time that the program was listened to.

mod pipes;
mod process;
mod usage;

use symfolio_core::{Conversation, ProgramError, ProgramSpec};

use crate::clock::ProgramsTime;
use process::Process;

/// Starts a program for a study, whose clock is told what it takes.
pub(crate) fn open(spec: &ProgramSpec, time: ProgramsTime) -> Result<Box<dyn Conversation>, ProgramError> {
    Ok(Box::new(Process::start(spec, time)?))
}

/// Starts a program outside a study, to test it with.
///
/// # Errors
/// [`ProgramError::Start`] where the system cannot.
pub fn start_program(spec: &ProgramSpec) -> Result<Box<dyn Conversation>, ProgramError> {
    open(spec, ProgramsTime::default())
}
