//! [`serve`]: the process of one run.

use std::io::{self, BufRead as _, Read as _, Write as _};

use crate::job::{Job, Report};
use crate::one::perform;
use crate::runner::most_cpu;

/// Reads a job, one line of JSON, from standard input, performs it and prints its report, one line of JSON. The process ends, with all
/// that it has started, when standard input is closed before that: whoever asked is gone.
///
/// # Errors
/// Where standard input or output cannot be used. A job that cannot be read or performed is a report.
pub fn serve() -> io::Result<()> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    #[expect(clippy::disallowed_methods, reason = "the thread does nothing but wait for the end of standard input")]
    std::thread::spawn(|| {
        let mut rest = Vec::new();
        let _ = io::stdin().lock().read_to_end(&mut rest);
        end_group();
    });
    let report = match serde_json::from_str::<Job>(&line) {
        Ok(job) => {
            limit_cpu(most_cpu(&job.config));
            perform(&job)
        }
        Err(error) => Report::Failed(format!("the job cannot be read: {error}")),
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &report)?;
    writeln!(out)?;
    out.flush()
}

/// Has the system end this process, and those that it starts, when one has used so many CPU-seconds. Where it cannot, whoever asked looks at
/// the clock.
fn limit_cpu(seconds: f64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let seconds = Some(seconds.ceil() as u64);
        let _ = setrlimit(Resource::Cpu, Rlimit { current: seconds, maximum: seconds.map(|seconds| seconds + 5) });
    }
    #[cfg(not(unix))]
    let _ = seconds;
}

/// Ends this process and, where it leads a group, all of that.
fn end_group() {
    #[cfg(unix)]
    if rustix::process::getpgrp() == rustix::process::getpid() {
        let _ = rustix::process::kill_process_group(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
    #[expect(clippy::disallowed_methods, reason = "nobody waits for the result")]
    std::process::exit(1);
}
