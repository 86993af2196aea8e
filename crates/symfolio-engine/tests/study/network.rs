//! Waiting for a model never idles a core, and never outlives the study.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use symfolio_core::{AskError, Backend, Cost, Prompt};
use symfolio_engine::{Answered, Cancel, Model};

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
            (Ok("c0*x0*x1 + c1*sin(100*x0)".into()), cost)
        })
    }
}

#[test]
fn a_slow_model_does_not_idle_the_cores() {
    let work = |backends: &[Arc<dyn Backend>], model: Option<Arc<dyn Model>>| {
        let mut study = study(config("4s", 1), backends);
        if let Some(model) = model {
            study = study.with_model(model);
        }
        study.run(&mut ()).unwrap()
    };
    let alone = work(&[Arc::new(Random)], None);
    let model = Arc::new(Slow { delay: Duration::from_millis(500), calls: AtomicUsize::new(0) });
    let both = work(&[Arc::new(Random), Arc::new(Asking { open: 3 })], Some(model.clone()));
    let random = |outcome: &symfolio_engine::Outcome| -> u64 {
        outcome.state.history.slices.iter().filter(|slice| slice.arm == 0).map(|slice| slice.cost.work).sum()
    };
    // The bound is wide because the machine may be busy with other things; idling would halve it.
    assert!(random(&both) as f64 > 0.7 * random(&alone) as f64, "{} against {}", random(&both), random(&alone));
    assert!(model.calls.load(Ordering::SeqCst) >= 9, "questions were kept open side by side");
    assert!(both.state.accepted.iter().any(|held| held.origin == ["asking"]), "an answer entered the archive");
    assert!(both.cost.tokens >= 50 * 6, "{} tokens", both.cost.tokens);
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
fn without_a_model_every_question_says_so() {
    let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Asking { open: 1 }), Arc::new(Random)];
    let outcome = study(config("1s", 1), &backends).run(&mut ()).unwrap();
    assert!(outcome.state.accepted.iter().all(|held| held.origin == ["random"]));
    assert_eq!(AskError::NoModel.to_string(), "the study has no language model");
}
