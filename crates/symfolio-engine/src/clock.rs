//! [`Clock`]: the one place that knows the time.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use symfolio_core::Budget;

/// Measures wall and processor time of the process against a budget.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    begun: Instant,
    /// CPU seconds of the process when the clock was started.
    begun_cpu: f64,
    /// Wall and CPU seconds that count and passed before.
    earlier: (f64, f64),
    budget: Budget,
}

impl Clock {
    /// Starts now. `earlier` are wall and CPU seconds that count although they passed before: earlier sessions of the study, and
    /// what was done for it before it began, such as loading.
    pub fn start(budget: Budget, earlier: (f64, f64)) -> Clock {
        #[expect(clippy::disallowed_methods, reason = "the engine owns the clock")]
        let begun = Instant::now();
        Clock { begun, begun_cpu: Clock::process_cpu(), earlier, budget }
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

    /// CPU seconds of the process over all threads since the study began, earlier sessions included.
    pub fn cpu(&self) -> f64 {
        self.earlier.1 + Clock::process_cpu() - self.begun_cpu
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
