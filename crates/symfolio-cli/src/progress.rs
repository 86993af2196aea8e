//! Progress on standard error while a study runs.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use symfolio::{Budget, Event, Observer, Snapshot, State};
use symfolio::{core::Form, expr::infix_rounded};

use crate::budget;

/// How often a line is printed where standard error is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(2);
/// Formulas shown on a terminal.
const SHOWN: usize = 8;
/// Digits of constants.
const DIGITS: usize = 4;

/// Shows how a study stands: a block that is redrawn on a terminal, a line now and then elsewhere.
pub struct Progress {
    bar: Option<ProgressBar>,
    budget: Budget,
    names: Vec<String>,
    /// Loss of the best constant, for NMSE.
    baseline: f64,
    last: Option<Instant>,
}

impl Progress {
    /// Progress of a study over the features `names`; `baseline` is the loss of the best constant.
    pub fn new(terminal: bool, budget: Budget, names: Vec<String>, baseline: f64) -> Progress {
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar
        });
        Progress { bar, budget, names, baseline, last: None }
    }

    fn headline(&self, snapshot: &Snapshot<'_>) -> String {
        let (wall, cpu) = snapshot.clock;
        let used = match self.budget {
            Budget::Wall(seconds) => format!("{wall:.1} of {seconds} s"),
            Budget::Cpu(seconds) => format!("{cpu:.1} of {seconds} CPU-seconds"),
            Budget::Work(work) => {
                let percent = 100.0 * snapshot.state.cost.work as f64 / work as f64;
                format!("{percent:.1} % of {} work", budget::shown(self.budget))
            }
        };
        let history = &snapshot.state.history;
        let share = |index: usize| 100.0 * history.share(history.seconds(|arm| arm == index));
        let arms = history.arms.iter().enumerate();
        let shares: Vec<String> = arms.map(|(index, arm)| format!("{} {:.0} %", arm.backend, share(index))).collect();
        format!("{used}; {}", shares.join(", "))
    }

    fn formula(&self, form: &Form) -> String {
        match form {
            Form::Expr(expr) => infix_rounded(expr, &self.names, DIGITS),
            other => format!("{other:?}"),
        }
    }
}

impl Observer for Progress {
    fn event(&mut self, event: &Event, _: &State) {
        if let (Event::RunFailed { error, arm, .. }, None) = (event, &self.bar) {
            note(&format!("a run of method {arm} failed: {error}"));
        }
        if let (Event::CheckpointLost { run, error, .. }, None) = (event, &self.bar) {
            note(&format!("run {run} was started anew, its saved state cannot be read: {error}"));
        }
    }

    fn tick(&mut self, snapshot: &Snapshot<'_>) {
        if let Some(bar) = &self.bar {
            let mut lines = vec![self.headline(snapshot)];
            let front = snapshot.live.front();
            for held in &front[front.len().saturating_sub(SHOWN)..] {
                let nmse = held.loss / self.baseline;
                lines.push(format!("{:4}  {nmse:>9.2e}  {}", held.complexity, self.formula(&held.form)));
            }
            bar.set_message(lines.join("\n"));
            bar.tick();
            return;
        }
        #[expect(clippy::disallowed_methods, reason = "the display's own pace; no result depends on it")]
        let now = Instant::now();
        if self.last.is_some_and(|last| now.duration_since(last) < PLAIN_EVERY) {
            return;
        }
        let Some(best) = snapshot.live.best() else { return };
        self.last = Some(now);
        let nmse = best.loss / self.baseline;
        note(&format!(
            "{}; best of {}: NMSE {nmse:.2e}, {}",
            self.headline(snapshot),
            snapshot.live.front().len(),
            self.formula(&best.form)
        ));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One line on standard error.
#[allow(clippy::print_stderr, reason = "talk goes to standard error")]
pub fn note(line: &str) {
    eprintln!("{line}");
}
