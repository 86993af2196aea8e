//! Waiting for a model never idles a core, and never outlives the study.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use symfolio_core::{AskError, Backend, Cost, Prompt};
use symfolio_engine::{Answered, Cancel, Event, Model, Observer, State};

use crate::scripted::{Asking, Random, config, study};

/// Answers after a while, with the same formula each time.
struct Slow {
    delay: Duration,
    calls: AtomicUsize,
}

impl Model for Slow {
    fn answer(&self, _: Prompt) -> Pin<Box<dyn Future<Output = Answered> + Send + '_>> {
        Box::pin(async {
            self.calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(self.delay).await;
            let cost = Cost { tokens: 50, ..Cost::default() };
            (Ok("c0*x0*x1 + c1*sin(100.01*x0)".into()), cost)
        })
    }
}

/// Sums up when slices of the computing arm ran.
#[derive(Default)]
struct Busy {
    begun: BTreeMap<u64, f64>,
    seconds: f64,
    until: f64,
    /// When the first answer entered the archive; 0 for never.
    first_answer: f64,
}

impl Observer for Busy {
    fn event(&mut self, event: &Event, state: &State) {
        match event {
            Event::SliceGranted(grant) if state.runs[grant.run as usize].arm == 0 => {
                self.begun.insert(grant.slice, grant.at);
            }
            Event::SliceEnded { slice, at, accepted, .. } => {
                if self.first_answer == 0.0 && accepted.iter().any(|held| held.origin == ["asking"]) {
                    self.first_answer = *at;
                }
                if let Some(begun) = self.begun.remove(slice) {
                    self.seconds += at - begun;
                    self.until = *at;
                }
            }
            _ => {}
        }
    }
}

#[test]
fn a_slow_model_does_not_idle_the_cores() {
    let model = Arc::new(Slow { delay: Duration::from_millis(500), calls: AtomicUsize::new(0) });
    let backends: [Arc<dyn Backend>; 2] = [Arc::new(Random), Arc::new(Asking { open: 3 })];
    let mut busy = Busy::default();
    let outcome = study(config("4s", 1), &backends).with_model(model.clone()).run(&mut busy).unwrap();
    // The one core had a slice to work on all the time, however busy the machine is with other things.
    assert!(busy.until > 3.0 && busy.seconds > 0.95 * busy.until, "{} of {} s", busy.seconds, busy.until);
    assert!(model.calls.load(Ordering::SeqCst) >= 9, "questions were kept open side by side");
    assert!(outcome.state.accepted.iter().any(|held| held.origin == ["asking"]), "an answer entered the archive");
    assert!(busy.first_answer < 3.0, "it did so while the study ran, not at its end: at {} s", busy.first_answer);
    assert!(outcome.cost.tokens >= 50 * 6, "{} tokens", outcome.cost.tokens);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "somebody cancels while the study waits")]
fn cancelling_reaches_a_call_that_waits() {
    let cancel = Cancel::default();
    let heard = cancel.clone();
    let presser = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        heard.cancel();
    });
    let model = Arc::new(Slow { delay: Duration::from_secs(3600), calls: AtomicUsize::new(0) });
    let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Asking { open: 2 })];
    let outcome = study(config("600s", 1), &backends).with_model(model).with_cancel(cancel).run(&mut ()).unwrap();
    presser.join().unwrap();
    assert!(outcome.wall_seconds < 2.5, "{} s", outcome.wall_seconds);
}

#[test]
fn waiting_is_no_work() {
    let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Random), Arc::new(Asking { open: 1 })];
    let error = symfolio_engine::Study::new(crate::scripted::dataset(60), config("1e7", 1), &backends).unwrap_err();
    assert!(error.to_string().contains("backend \"asking\" waits for the network"), "{error}");
    let without = symfolio_engine::StudyConfig { without: vec!["asking".into()], ..config("1e7", 1) };
    assert!(symfolio_engine::Study::new(crate::scripted::dataset(60), without, &backends).is_ok());
}

#[test]
fn without_a_model_every_question_says_so() {
    let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Asking { open: 1 }), Arc::new(Random)];
    let outcome = study(config("1s", 1), &backends).run(&mut ()).unwrap();
    assert!(outcome.state.accepted.iter().all(|held| held.origin == ["random"]));
    assert_eq!(AskError::NoModel.to_string(), "the study has no language model");
}
