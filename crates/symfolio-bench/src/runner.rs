//! [`run`]: each job in a process of its own, several at once.
//!
//! A process of its own keeps crashes and memory of one run from the others, and makes CPU seconds those of the run. It is
//! this program with other arguments; the job is the first line of its standard input, the report the one line that it prints. Its
//! standard input stays open as long as this process lives: when it ends, so does the run, whatever this process was ended by.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use symfolio::{Budget, Cancel, StudyConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::database::{Database, DatabaseError};
use crate::job::{Job, Report};

/// How runs are made.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many at once, at least 1.
    pub jobs: usize,
    /// The program that performs one job, and its arguments.
    pub program: PathBuf,
    /// See `program`.
    pub arguments: Vec<String>,
    /// Are runs that failed before to be made again?
    pub again: bool,
    /// Are runs that another build made kept, as opposed to made again?
    pub any_build: bool,
}

/// Is told how it goes.
pub trait Watcher {
    /// Before the first run: how many are to be made, how many were made before, and how many of those to be made another build has made.
    fn began(&mut self, _to_do: usize, _kept: usize, _of_other_builds: usize) {}
    /// A run was made and kept.
    fn ended(&mut self, _job: &Job, _report: &Report) {}
}

impl Watcher for () {}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Runs that came to their end.
    pub done: usize,
    /// Runs that failed.
    pub failed: usize,
    /// Runs that had been made before.
    pub kept: usize,
    /// Was the work interrupted?
    pub cancelled: bool,
}

/// Why runs cannot be made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each wraps an error that documents itself")]
pub enum RunnerError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("cannot start the process of a run, {program}: {error}")]
    Start { program: PathBuf, error: io::Error },
    #[error("{program} was replaced while it made runs; the same command goes on with what is there now")]
    Replaced { program: PathBuf },
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// How often a person who wants to interrupt is listened to.
const TICK: Duration = Duration::from_millis(50);
/// Seconds that a run may take beyond three times its budget, for set-up and scores.
const GRACE: f64 = 10.0;
/// On a machine that is busy with other things CPU-seconds take longer by the wall: so many times as long is allowed.
const BUSY: f64 = 10.0;
/// Work that even a slow machine does in a second.
const SLOW: f64 = 1e8;
/// Last words of a process that are kept, in bytes.
const LAST_WORDS: usize = 2000;

/// Makes those of `jobs` that `database` does not have, and keeps each as it ends. Ends early, with what is done, when `cancel` says so.
///
/// # Errors
/// [`RunnerError`] where the database cannot be written or no process can be started. A run that fails is no error: it is kept with
/// the reason.
pub fn run(
    jobs: Vec<Job>,
    database: &mut Database,
    limits: &Limits,
    watcher: &mut dyn Watcher,
    cancel: &Cancel,
) -> Result<Done, RunnerError> {
    let mut done = Done::default();
    let (mut queue, mut of_other_builds) = (VecDeque::new(), 0);
    for job in jobs {
        let is_kept = |outcome: Option<bool>| outcome.is_some_and(|ended| ended || !limits.again);
        if is_kept(database.outcome(&job.key(), limits.any_build)?) {
            done.kept += 1;
        } else {
            of_other_builds += usize::from(is_kept(database.outcome(&job.key(), true)?));
            queue.push_back(job);
        }
    }
    watcher.began(queue.len(), done.kept, of_other_builds);
    let stamp = Stamp::of(&limits.program);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunnerError::Thread)?;
    runtime.block_on(async {
        let mut under_way: JoinSet<io::Result<(Job, Report)>> = JoinSet::new();
        let mut tick = tokio::time::interval(TICK);
        loop {
            while under_way.len() < limits.jobs.max(1)
                && let Some(job) = queue.pop_front()
            {
                if Stamp::of(&limits.program) != stamp {
                    return Err(RunnerError::Replaced { program: limits.program.clone() });
                }
                under_way.spawn(perform_in_child(job, limits.program.clone(), limits.arguments.clone()));
            }
            tokio::select! {
                ended = under_way.join_next() => match ended {
                    None => return Ok(done),
                    Some(Ok(Ok((job, report)))) => {
                        database.insert(&job, &report)?;
                        match report {
                            Report::Done(_) => done.done += 1,
                            Report::Failed(_) => done.failed += 1,
                        }
                        watcher.ended(&job, &report);
                    }
                    Some(Ok(Err(error))) => return Err(RunnerError::Start { program: limits.program.clone(), error }),
                    Some(Err(error)) => return Err(RunnerError::Thread(error.into())),
                },
                _ = tick.tick() => if cancel.is_cancelled() {
                    // Processes end with their futures.
                    under_way.shutdown().await;
                    done.cancelled = true;
                    return Ok(done);
                },
            }
        }
    })
}

/// What tells that a file was replaced: runs are kept as those of the program that was there at first.
#[derive(PartialEq)]
struct Stamp(Option<(u64, SystemTime)>);

impl Stamp {
    fn of(path: &Path) -> Stamp {
        let data = std::fs::metadata(path).ok();
        Stamp(data.and_then(|data| Some((data.len(), data.modified().ok()?))))
    }
}

/// Seconds by the wall after which a run is ended.
fn longest(config: &StudyConfig) -> f64 {
    match config.budget {
        Budget::Wall(seconds) => 3.0 * seconds + GRACE,
        Budget::Cpu(_) | Budget::Work(_) => BUSY * most_cpu(config),
    }
}

/// CPU-seconds after which a run is ended; a process of a run limits itself and what it starts to them, where the system can.
pub(crate) fn most_cpu(config: &StudyConfig) -> f64 {
    let seconds = match config.budget {
        Budget::Wall(seconds) => seconds * config.threads() as f64,
        Budget::Cpu(seconds) => seconds,
        Budget::Work(work) => work as f64 / SLOW,
    };
    3.0 * seconds + GRACE
}

/// Runs a job in a process of its own.
async fn perform_in_child(job: Job, program: PathBuf, arguments: Vec<String>) -> io::Result<(Job, Report)> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A group of its own: Ctrl-C is for this process to act on, and what the run starts can be ended with it.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = Group::of(command.spawn()?);
    let limit = longest(&job.config);
    let report = match tokio::time::timeout(Duration::from_secs_f64(limit), child.answer(&job)).await {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => Report::Failed(format!("the process of the run cannot be talked to: {error}")),
        Err(_) => Report::Failed(format!("took longer than {limit:.0} seconds, and was ended")),
    };
    Ok((job, report))
}

/// A process with those that it starts; all of them end when it is dropped before its answer.
struct Group {
    child: Child,
    answered: bool,
}

impl Group {
    fn of(child: Child) -> Group {
        Group { child, answered: false }
    }

    /// Hands the job over, and waits for the report.
    async fn answer(&mut self, job: &Job) -> io::Result<Report> {
        let missing = || io::Error::from(io::ErrorKind::BrokenPipe);
        let mut input = self.child.stdin.take().ok_or_else(missing)?;
        let mut output = self.child.stdout.take().ok_or_else(missing)?;
        let mut errors = self.child.stderr.take().ok_or_else(missing)?;
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        let (mut said, mut last_words) = (Vec::new(), Vec::new());
        // A process that ends before it has read its job has its reason in what it said.
        let handed_over = async {
            let _ = input.write_all(&line).await;
            let _ = input.flush().await;
        };
        let (_, read, _) =
            tokio::join!(handed_over, output.read_to_end(&mut said), errors.read_to_end(&mut last_words));
        read?;
        let status = self.child.wait().await?;
        drop(input);
        if ended_by_limit(status) {
            let most = most_cpu(&job.config);
            return Ok(Report::Failed(format!("took longer than {most:.0} CPU-seconds, and was ended")));
        }
        if !status.success() {
            let from = last_words.len().saturating_sub(LAST_WORDS);
            let words = String::from_utf8_lossy(&last_words[from..]);
            return Ok(Report::Failed(format!("ended with {status}: {}", words.trim())));
        }
        self.answered = true;
        Ok(serde_json::from_slice(&said)
            .unwrap_or_else(|error| Report::Failed(format!("the process of the run gave no report ({error})"))))
    }
}

/// Did the system end a process that had used up its CPU-seconds?
fn ended_by_limit(status: std::process::ExitStatus) -> bool {
    #[cfg(unix)]
    let by_limit = {
        use std::os::unix::process::ExitStatusExt as _;
        status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
    };
    #[cfg(not(unix))]
    let by_limit = {
        let _ = status;
        false
    };
    by_limit
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if !self.answered
            && let Some(id) = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id as i32))
        {
            // It may have ended by itself in this moment.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_three_times_their_budget() {
        for (budget, cpu, wall) in [("5cpu", 25.0, 250.0), ("20s", 130.0, 70.0), ("1e9", 40.0, 400.0)] {
            let config = StudyConfig { budget: budget.parse().unwrap(), threads: 2, ..StudyConfig::default() };
            assert_eq!((most_cpu(&config), longest(&config)), (cpu, wall), "{budget}");
        }
    }

    /// Keeps what it is told before the first run.
    #[derive(Default)]
    struct Told(Vec<(usize, usize, usize)>);

    impl Watcher for Told {
        fn began(&mut self, to_do: usize, kept: usize, of_other_builds: usize) {
            self.0.push((to_do, kept, of_other_builds));
        }
    }

    #[cfg(unix)]
    #[test]
    fn runs_of_several_builds_are_told_apart() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str, last: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\nread job\necho '{{\"done\":{{}}}}'\n{last}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let mut database = Database::open(&folder.path().join("runs.sqlite")).unwrap();
        let mut told = Told::default();
        let mut make = |program: &Path, build: &str, any_build: bool| {
            let job = |seed: u64| {
                let mut job = crate::testing::job("p", 0.0, seed, "arm:gp");
                job.provenance.build = build.into();
                job
            };
            let limits = Limits { jobs: 1, program: program.into(), arguments: Vec::new(), again: false, any_build };
            let jobs = vec![job(1), job(2)];
            run(jobs, &mut database, &limits, &mut told, &Cancel::default()).map_err(|error| error.to_string())
        };
        // A program that is replaced makes no further run under the name of the old one.
        let error = make(&program("replaced", "echo '#' >> \"$0\""), "one", false).unwrap_err();
        assert!(error.contains("was replaced while it made runs"), "{error}");
        let whole = program("whole", "");
        let done = |done: usize, kept: usize| Ok(Done { done, kept, ..Done::default() });
        assert_eq!(make(&whole, "two", true), done(1, 1));
        assert_eq!(make(&whole, "three", false), done(2, 0));
        assert_eq!(make(&whole, "three", false), done(0, 2));
        assert_eq!(told.0, [(2, 0, 0), (1, 1, 0), (2, 0, 2), (0, 2, 0)]);
    }
}
