//! [`Clock`]: the one place that knows the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use symfolio_core::Budget;

/// Measures wall and processor time of the process, and of the programs that work for it, against a budget.
#[derive(Clone, Debug)]
pub struct Clock {
    begun: Instant,
    /// CPU seconds of the process when the clock was started.
    begun_cpu: f64,
    /// Wall and CPU seconds that count and passed before.
    earlier: (f64, f64),
    budget: Budget,
    programs: ProgramsTime,
}

/// Processor time of the programs that work for a study; shared by all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProgramsTime(Arc<AtomicU64>);

impl ProgramsTime {
    /// Adds what a program has taken.
    pub fn add(&self, seconds: f64) {
        self.0.fetch_add((1e9 * seconds) as u64, Ordering::AcqRel);
    }

    fn seconds(&self) -> f64 {
        self.0.load(Ordering::Acquire) as f64 / 1e9
    }
}

impl Clock {
    /// Starts now. `earlier` are wall and CPU seconds that count although they passed before: earlier sessions of the study, and
    /// what was done for it before it began, such as loading.
    pub fn start(budget: Budget, earlier: (f64, f64)) -> Clock {
        #[expect(clippy::disallowed_methods, reason = "the engine owns the clock")]
        let begun = Instant::now();
        Clock { begun, begun_cpu: Clock::process_cpu(), earlier, budget, programs: ProgramsTime::default() }
    }

    /// CPU seconds of this process so far, over all threads.
    pub fn process_cpu() -> f64 {
        ProcessTime::try_now().map_or(0.0, |time| time.as_duration().as_secs_f64())
    }

    /// Wall seconds of the study, earlier sessions included.
    pub fn wall(&self) -> f64 {
        #[expect(clippy::disallowed_methods, reason = "the engine owns the clock")]
        let session = self.begun.elapsed();
        self.earlier.0 + session.as_secs_f64()
    }

    /// CPU seconds of the process over all threads, and of the programs that work for it, since the study began; earlier sessions
    /// included.
    pub fn cpu(&self) -> f64 {
        self.earlier.1 + Clock::process_cpu() - self.begun_cpu + self.programs.seconds()
    }

    /// Where programs note what they take.
    pub(crate) fn programs(&self) -> &ProgramsTime {
        &self.programs
    }

    /// Seconds left of a time budget after `reserve` seconds are kept back; `None` for a work budget.
    pub fn left(&self, reserve: f64) -> Option<f64> {
        match self.budget {
            Budget::Wall(seconds) => Some(seconds - reserve - self.wall()),
            Budget::Cpu(seconds) => Some(seconds - reserve - self.cpu()),
            Budget::Work(_) => None,
        }
    }

    /// Returns when a time budget is spent but for `reserve` seconds; never for a work budget.
    pub async fn spent(&self, reserve: f64) {
        match self.left(reserve) {
            None => std::future::pending().await,
            Some(mut left) => {
                // CPU time passes more slowly than wall time while nobody computes, so look again.
                while left > 0.0 {
                    tokio::time::sleep(Duration::from_secs_f64(left.clamp(0.01, 3600.0))).await;
                    left = self.left(reserve).unwrap_or(0.0);
                }
            }
        }
    }

    /// How often a display or a watchdog should look.
    pub const TICK: Duration = Duration::from_millis(100);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_compute_counts_against_a_budget_of_processor_time() {
        for (budget, counts) in [(Budget::Cpu(100.0), true), (Budget::Wall(100.0), false)] {
            let clock = Clock::start(budget, (0.0, 0.0));
            let (cpu, left) = (clock.cpu(), clock.left(0.0).unwrap());
            clock.clone().programs().add(40.0);
            assert!(clock.cpu() - cpu > 39.9, "{budget}");
            assert_eq!(left - clock.left(0.0).unwrap() > 39.9, counts, "{budget}");
        }
    }
}
