//! [`Oracle`]: data sets from a simulator that is called once for each setting of the quantities.

use std::collections::BTreeMap;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use symfolio::data::Source;
use symfolio::expr::number_text;
use symfolio::relate::Range;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::interrupt::{Signals, end_at_signal};
use crate::progress::note;

/// What the variables in the environment begin with.
const PREFIX: &str = "SYMFOLIO_";
/// Lines of standard error that a failure shows, and bytes of it that are kept.
const SHOWN: usize = 5;
const KEPT: usize = 1 << 16;
/// Most bytes of a table; what prints more prints without end.
const LARGEST: u64 = 1 << 28;

/// A simulator, and what it is called with.
pub struct Oracle<'a> {
    /// The command, split as a shell would.
    pub words: Vec<String>,
    pub vary: &'a [Range],
    /// A grid, and its number of points.
    pub grid: Option<&'a (Range, usize)>,
    /// Seconds for one call.
    pub timeout: f64,
    pub quiet: bool,
}

impl<'a> Oracle<'a> {
    /// # Errors
    /// Where the command cannot be split or is empty, or two ranges are of the same quantity.
    pub fn new(
        command: &str,
        vary: &'a [Range],
        grid: Option<&'a (Range, usize)>,
        timeout: f64,
        quiet: bool,
    ) -> Result<Oracle<'a>, Failure> {
        let words = shell_words::split(command)
            .map_err(|_| Failure::Usage(format!("--oracle {command:?}: a quote is not closed; close it")))?;
        if words.is_empty() {
            return Err(Failure::Usage("--oracle is empty; name a program and its arguments".into()));
        }
        for (index, range) in vary.iter().enumerate() {
            if vary[..index].iter().any(|other| other.name == range.name) {
                return Err(Failure::Usage(format!("--vary names {} twice; give each quantity one range", range.name)));
            }
        }
        Ok(Oracle { words, vary, grid, timeout, quiet })
    }

    /// Calls the simulator for each of the `settings`, one after the other; a table each.
    pub fn run(&self, settings: &[Vec<f64>]) -> Result<Vec<Source>, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
        let tables = runtime.block_on(async {
            let mut signals = Signals::new().map_err(Failure::internal)?;
            let mut tables = Vec::with_capacity(settings.len());
            for (index, setting) in settings.iter().enumerate() {
                let call = self.call(index + 1, settings.len(), setting);
                tokio::select! {
                    table = call => tables.push(table?),
                    // The child and its children are killed when the call is dropped.
                    code = signals.next() => return Err(Failure::Interrupted(code)),
                }
            }
            Ok::<_, Failure>(tables)
        })?;
        end_at_signal()?;
        Ok(tables)
    }

    async fn call(&self, number: usize, of: usize, setting: &[f64]) -> Result<Source, Failure> {
        let known = self.known(setting);
        let words: Vec<String> = self.words.iter().map(|word| filled(word, &known)).collect();
        let name = format!("call {number} of {of} ({})", shell_words::join(&words));
        let failure = |why: String| Failure::Usage(format!("--oracle, {name}: {why}"));
        if !self.quiet {
            note(&name);
        }
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(known.iter().map(|(name, value)| (format!("{PREFIX}{name}"), value)));
        #[cfg(unix)]
        command.process_group(0);
        command.stdin(if self.grid.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => failure(format!("there is no program {:?}; give its path", words[0])),
            _ => failure(format!("the program cannot be started ({error}); check its path and permissions")),
        })?;
        let mut family = Family::of(&child);
        let (input, text) = (child.stdin.take(), self.grid.map(column).unwrap_or_default());
        let (printed, said) = (child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut input) = input {
                // A simulator that does not read the grid closes the pipe, which is its right.
                let _ = input.write_all(text.as_bytes()).await;
            }
            Ok(())
        };
        let all = async {
            let ((), printed, said) = tokio::try_join!(feed, whole(printed), end_of(said))?;
            Ok::<_, std::io::Error>((child.wait().await?, printed, said))
        };
        let (ended, printed, said) = match tokio::time::timeout(Duration::from_secs_f64(self.timeout), all).await {
            Err(_) => {
                let seconds = number_text(self.timeout);
                return Err(failure(format!("it took longer than {seconds} s and was ended; allow more by --timeout")));
            }
            Ok(output) => output.map_err(|error| failure(format!("its output cannot be read: {error}")))?,
        };
        family.is_over();
        let said = last_lines(&said);
        if !ended.success() {
            return Err(failure(format!("it ended with {}{said}", status(ended))));
        }
        if printed.iter().all(u8::is_ascii_whitespace) {
            return Err(failure(format!(
                "it printed nothing on standard output; a table with a header is needed{said}"
            )));
        }
        Ok(Source::Bytes { name: format!("--oracle, {name}"), bytes: printed })
    }

    /// The placeholders with their values.
    fn known(&self, setting: &[f64]) -> BTreeMap<String, String> {
        let mut known: BTreeMap<String, String> =
            self.vary.iter().zip(setting).map(|(range, value)| (range.name.clone(), number_text(*value))).collect();
        if let Some((range, points)) = self.grid {
            known.insert(format!("{}_low", range.name), number_text(range.low));
            known.insert(format!("{}_high", range.name), number_text(range.high));
            known.insert(format!("{}_points", range.name), points.to_string());
        }
        known
    }
}

/// A simulator and whatever it starts in turn, which end with this value unless they are over before.
struct Family {
    /// The simulator leads a group of processes with its own number.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Family {
    fn of(child: &Child) -> Family {
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        Family { group: number.and_then(rustix::process::Pid::from_raw) }
    }

    fn is_over(&mut self) {
        self.group = None;
    }
}

#[cfg(unix)]
impl Drop for Family {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // One that has ended meanwhile needs no end.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// Elsewhere only the simulator itself is ended, by the handle on it.
#[cfg(not(unix))]
impl Family {
    fn of(_: &Child) -> Family {
        Family {}
    }

    fn is_over(&mut self) {}
}

/// All that is printed, up to [`LARGEST`].
async fn whole(output: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(output) = output {
        output.take(LARGEST + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > LARGEST {
        let most = LARGEST >> 20;
        return Err(std::io::Error::other(format!("it goes on after {most} MiB; print a table that ends")));
    }
    Ok(bytes)
}

/// The last [`KEPT`] bytes of what is printed, or a few more.
async fn end_of(output: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut output) = output {
        while output.read_buf(&mut bytes).await? > 0 {
            if bytes.len() > 2 * KEPT {
                bytes.drain(..bytes.len() - KEPT);
            }
        }
    }
    Ok(bytes)
}

/// `word` with its placeholders replaced; braces around other things stay.
fn filled(word: &str, known: &BTreeMap<String, String>) -> String {
    known.iter().fold(word.to_string(), |word, (name, value)| word.replace(&format!("{{{name}}}"), value))
}

/// The grid as a table of one column.
fn column((range, points): &(Range, usize)) -> String {
    let last = (*points - 1) as f64;
    let mut text = format!("{}\n", range.name);
    for index in 0..*points {
        let value = range.low + (range.high - range.low) * (index as f64 / last);
        text += &format!("{}\n", number_text(value));
    }
    text
}

fn status(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

/// The end of what the simulator said on standard error.
fn last_lines(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    if shown.is_empty() { String::new() } else { format!("; it said:\n{shown}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_other_braces_stay() {
        let vary = [Range { name: "L".into(), low: 1.0, high: 5.0 }];
        let grid = (Range { name: "x".into(), low: 0.0, high: 1.0 }, 3);
        let oracle = Oracle::new("sim '--a={L} {M}' {x_points}", &vary, Some(&grid), 1.0, true).unwrap();
        let known = oracle.known(&[2.5]);
        let words: Vec<String> = oracle.words.iter().map(|word| filled(word, &known)).collect();
        assert_eq!(words, ["sim", "--a=2.5 {M}", "3"]);
        assert_eq!(column(&grid), "x\n0\n0.5\n1\n");
        for (command, message) in [("", "is empty"), ("sim 'a", "a quote is not closed")] {
            let refused = Oracle::new(command, &vary, None, 1.0, true).err().unwrap();
            assert!(format!("{refused:?}").contains(message));
        }
    }
}
