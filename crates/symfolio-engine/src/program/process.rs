//! [`Process`]: one program with its pipes and limits.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use symfolio_core::{Conversation, Heard, ProgramError, ProgramSpec, ProgramTime};

use super::pipes::{LONGEST_LINE, LastWords, Letters, Written, lines};
use super::usage::usage;
use crate::clock::ProgramsTime;

/// Longest wait for a line.
const WAIT: Duration = Duration::from_millis(20);
/// Most that one wait counts: when the whole process was at rest, the program is not to blame for it.
const LONGEST_WAIT: f64 = 0.1;
/// Time between two looks at what the program takes.
const LOOK: Duration = Duration::from_millis(50);
/// Bytes that a program may leave unread.
const MOST_UNREAD: usize = 64_000_000;
/// Times and length of waiting for a process that is ending.
const ENDING: (u32, Duration) = (40, Duration::from_millis(5));

/// A program under way.
pub(crate) struct Process {
    child: Child,
    letters: Letters,
    written: Receiver<Written>,
    errors: LastWords,
    memory_mb: u64,
    time: ProgramTime,
    looked: Instant,
    resting: bool,
    /// Has it been ended?
    over: bool,
    /// The study's clock.
    clock: ProgramsTime,
}

impl Process {
    /// Starts a program; `clock` is told of the processor time that it takes.
    pub fn start(spec: &ProgramSpec, clock: ProgramsTime) -> Result<Process, ProgramError> {
        let (program, arguments) = spec.command.split_first().ok_or_else(|| refused("", "no program is named"))?;
        #[expect(clippy::disallowed_methods, reason = "the engine starts the programs of searches")]
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| refused(program, &error.to_string()))?;
        limit(&child, spec.memory_mb);
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let pipes = || {
            let missing = || std::io::Error::other("a pipe is missing");
            let letters = Letters::new(input.ok_or_else(missing)?)?;
            let written = lines(output.ok_or_else(missing)?)?;
            std::io::Result::Ok((letters, written, LastWords::new(errors.ok_or_else(missing)?)?))
        };
        match pipes() {
            Ok((letters, written, errors)) => Ok(Process {
                child,
                letters,
                written,
                errors,
                memory_mb: spec.memory_mb,
                time: ProgramTime::default(),
                looked: now(),
                resting: false,
                over: false,
                clock,
            }),
            Err(error) => {
                signal::end(&child);
                await_end(&mut child);
                Err(refused(program, &error.to_string()))
            }
        }
    }

    /// Notes what the program takes; returns its memory in MB.
    fn look(&mut self) -> u64 {
        self.looked = now();
        let (cpu, memory) = match usage(self.child.id()) {
            Some(usage) => (usage.cpu, usage.memory / 1_000_000),
            None if cfg!(target_os = "linux") => return 0,
            None => (self.time.heard, 0),
        };
        // Children of which nobody has waited for the end take their time with them.
        let more = cpu - self.time.cpu;
        if more > 0.0 {
            self.time.cpu = cpu;
            self.clock.add(more);
        }
        memory
    }

    /// Ends the program with all its children, once.
    fn end(&mut self) {
        if !std::mem::replace(&mut self.over, true) {
            self.look();
            signal::end(&self.child);
            let _ = self.child.kill();
            await_end(&mut self.child);
        }
    }

    fn wake(&mut self) {
        if std::mem::take(&mut self.resting) {
            signal::wake(&self.child);
        }
    }

    /// How the program ended, in words.
    fn epitaph(&mut self) -> String {
        if self.over {
            return "it was ended before".into();
        }
        self.look();
        let how = match await_end(&mut self.child) {
            Some(status) => how(status),
            None => "it closed its standard output".to_string(),
        };
        // Its children do not outlive it.
        signal::end(&self.child);
        let _ = self.child.kill();
        self.over = true;
        match self.errors.text() {
            words if words.is_empty() => format!("{how}, with nothing on standard error"),
            words => format!("{how}; its last words on standard error: {words}"),
        }
    }
}

impl Conversation for Process {
    fn say(&mut self, line: String) -> Result<(), ProgramError> {
        let bytes = self.letters.send(line);
        self.wake();
        if bytes > MOST_UNREAD { Err(ProgramError::Deaf { bytes }) } else { Ok(()) }
    }

    fn hear(&mut self) -> Result<Heard, ProgramError> {
        self.wake();
        let begun = now();
        let written = self.written.recv_timeout(WAIT);
        self.time.heard += seconds(begun).min(LONGEST_WAIT);
        if !self.over && seconds(self.looked) > LOOK.as_secs_f64() {
            let used_mb = self.look();
            if used_mb > self.memory_mb {
                self.end();
                return Err(ProgramError::Memory { used_mb, limit_mb: self.memory_mb });
            }
        }
        match written {
            Ok(Written::Line(line)) => Ok(Heard::Line(line)),
            Ok(Written::TooLong) => {
                self.end();
                Err(ProgramError::LongLine { limit: LONGEST_LINE })
            }
            Err(RecvTimeoutError::Timeout) => Ok(Heard::Nothing),
            Err(RecvTimeoutError::Disconnected) => Ok(Heard::Ended(self.epitaph())),
        }
    }

    fn used(&self) -> ProgramTime {
        self.time
    }

    fn rest(&mut self) {
        if !self.resting && !self.over {
            self.look();
            self.resting = true;
            signal::rest(&self.child);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn refused(command: &str, reason: &str) -> ProgramError {
    ProgramError::Start { command: command.into(), reason: reason.into() }
}

#[expect(clippy::disallowed_methods, reason = "the engine owns the clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the engine owns the clock")]
fn seconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64()
}

/// Waits a moment for the end of a program that is about to end, so that the system can forget it.
fn await_end(child: &mut Child) -> Option<ExitStatus> {
    let (times, length) = ENDING;
    for _ in 0..times {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        #[expect(clippy::disallowed_methods, reason = "a moment, while the system takes a process down")]
        std::thread::sleep(length);
    }
    None
}

fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("it was ended by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("it ended with exit code {code}"),
        None => "it ended".to_string(),
    }
}

/// Limits the memory of a program's processes, each for itself.
fn limit(child: &Child, memory_mb: u64) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let bytes = Some(memory_mb.saturating_mul(1_000_000));
        // Where it cannot be set, the memory of all of them together is still looked at.
        let _ = prlimit(Some(Pid::from_child(child)), Resource::Data, Rlimit { current: bytes, maximum: bytes });
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (child, memory_mb);
}

/// Signals to a program's process group.
#[cfg(unix)]
mod signal {
    use std::process::Child;

    use rustix::process::{Pid, Signal, kill_process, kill_process_group};

    use super::usage;

    /// Lets all processes of the group rest.
    pub fn rest(child: &Child) {
        let _ = kill_process_group(Pid::from_child(child), Signal::STOP);
    }

    /// Lets them go on.
    pub fn wake(child: &Child) {
        let _ = kill_process_group(Pid::from_child(child), Signal::CONT);
    }

    /// Ends them, and what they started elsewhere.
    pub fn end(child: &Child) {
        let elsewhere = usage(child.id()).map(|usage| usage.processes).unwrap_or_default();
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
        for pid in elsewhere.into_iter().skip(1).filter_map(|pid| Pid::from_raw(pid.cast_signed())) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Elsewhere a program cannot be made to rest, and only the program itself is ended.
#[cfg(not(unix))]
mod signal {
    use std::process::Child;

    pub fn rest(_child: &Child) {}
    pub fn wake(_child: &Child) {}
    pub fn end(_child: &Child) {}
}
