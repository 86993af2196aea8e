//! [`Clock`]: the one place that knows the time.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use symfolio_core::Budget;

/// Measures wall and processor time of the process against a budget.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    begun: Instant,
    /// Seconds of earlier sessions of the same study.
    earlier: (f64, f64),
    budget: Budget,
}

impl Clock {
    /// Starts now. `earlier` are the wall and CPU seconds that earlier sessions of the study took.
    pub fn start(budget: Budget, earlier: (f64, f64)) -> Clock {
        #[expect(clippy::disallowed_methods, reason = "the engine owns the clock")]
        let begun = Instant::now();
        Clock { begun, earlier, budget }
    }

    /// The same clock as if it had been started `seconds` earlier: for work done before the study began, such as loading.
    pub fn backdated(mut self, seconds: f64) -> Clock {
        self.earlier.0 += seconds;
        self
    }

    /// Wall seconds of the study, earlier sessions included.
    pub fn wall(&self) -> f64 {
        #[expect(clippy::disallowed_methods, reason = "the engine owns the clock")]
        let session = self.begun.elapsed();
        self.earlier.0 + session.as_secs_f64()
    }

    /// CPU seconds of the process over all threads, earlier sessions included.
    pub fn cpu(&self) -> f64 {
        self.earlier.1 + ProcessTime::try_now().map_or(0.0, |time| time.as_duration().as_secs_f64())
    }

    /// Share of a time budget that is spent; 0 for a work budget.
    pub fn spent(&self) -> f64 {
        match self.budget {
            Budget::Wall(seconds) => self.wall() / seconds,
            Budget::Cpu(seconds) => self.cpu() / seconds,
            Budget::Work(_) => 0.0,
        }
    }

    /// Seconds left of a time budget after `reserve` seconds are kept back; `None` for a work budget.
    pub fn left(&self, reserve: f64) -> Option<f64> {
        match self.budget {
            Budget::Wall(seconds) => Some(seconds - reserve - self.wall()),
            Budget::Cpu(seconds) => Some(seconds - reserve - self.cpu()),
            Budget::Work(_) => None,
        }
    }

    /// How often a display or a watchdog should look.
    pub const TICK: Duration = Duration::from_millis(100);
}
