//! Views: sub-problems that one search proposes and others work on.

use std::sync::Arc;

use symfolio_core::{
    Backend, Config, Form, Host, Lineage, Problem, Progress, Proposal, Resource, Search, SearchError, Slice, Traits,
    View, ViewData,
};
use symfolio_engine::{Event, Outcome, Study, StudyConfig, ViewState};
use symfolio_expr::{Expr, parse};

use crate::scripted::{Random, config, front, study};
use crate::virtual_time::{StopAfter, on_disk_with};

/// Proposes a view of the quotient `y/x0`, one on rows that are held out, and another one once it knows what came of these.
struct Splitting;

#[derive(Default, serde::Serialize, serde::Deserialize)]
struct SplittingSearch {
    proposed: u64,
    /// What came of views: their numbers, and the numbers of formulas that were found.
    told: Vec<(u64, usize)>,
}

impl Backend for Splitting {
    fn name(&self) -> &str {
        "splitting"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: Vec::new(),
            resumable: true,
            takes_migrants: false,
            first: false,
            many: false,
        }
    }

    fn start(&self, _: Arc<Problem>, _: &Config, _: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(SplittingSearch::default()))
    }

    fn resume(&self, _: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        let search: SplittingSearch =
            serde_json::from_slice(checkpoint).map_err(|error| SearchError::Checkpoint(error.to_string()))?;
        Ok(Box::new(search))
    }
}

fn over(text: &str, names: [&str; 3]) -> Expr {
    parse(text, &names.map(String::from)).unwrap()
}

/// The quotient over x1, on some rows.
fn quotient(rows: Option<Vec<u32>>) -> Proposal {
    let of = |text| over(text, ["x0", "x1", "y"]);
    let data = ViewData::Rows { rows, target: of("y/x0"), weight: Some(of("x0**2")) };
    let (features, lift) = (vec![of("x1")], of("x0*y"));
    Proposal::View(Box::new(View { about: "y/x0".into(), features, data, lift }))
}

impl Search for SplittingSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        self.told.extend(slice.findings.iter().map(|finding| (finding.view, finding.front.len())));
        if self.proposed == 0 {
            host.propose(quotient(None));
            // Some of these rows are held out.
            host.propose(quotient(Some((0..240).collect())));
            self.proposed = 2;
        } else if self.told.len() == 2 && self.proposed == 2 {
            host.propose(quotient(Some(slice.rows.indices[..100].to_vec())));
            self.proposed = 3;
        }
        for finding in &slice.findings {
            // What is told of in the order of views can be seen from outside.
            let text = format!("{}*x0", 1000 + finding.view);
            host.offer(Form::Expr(over(&text, ["x0", "x1", "y"])), Lineage::root("told"));
        }
        let _ = host.charge(symfolio_core::Cost::work(1000));
        Ok(Progress::Exhausted)
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        serde_json::to_vec(self).map(Some).map_err(|error| SearchError::Checkpoint(error.to_string()))
    }
}

fn backends() -> Vec<Arc<dyn Backend>> {
    vec![Arc::new(Splitting), Arc::new(Random)]
}

/// Equal turns: the view is to be worked on, whatever it is worth.
fn settings(threads: usize) -> StudyConfig {
    StudyConfig { policy: "round-robin".into(), ..config("8e7", threads) }
}

fn outcome(threads: usize) -> Outcome {
    study(settings(threads), &backends()).run(&mut ()).unwrap()
}

#[test]
fn others_work_on_views_and_what_they_find_is_lifted() {
    let outcome = outcome(2);
    // The search on the first view proposes the same, which means nothing there.
    let (own, within): (Vec<&ViewState>, Vec<&ViewState>) =
        outcome.state.views.iter().partition(|view| outcome.state.depth(view.run) == 0);
    assert!(within.len() >= 2 && within.iter().all(|view| view.opened.is_none() && view.closed), "{}", within.len());
    let [first, refused, later] = &own[..] else { panic!("{} views", own.len()) };
    let numbers = |view: &ViewState| (view.number, view.opened.is_some(), view.closed, view.told);
    assert_eq!(numbers(first), (0, true, true, true));
    assert_eq!(numbers(refused), (1, false, true, true));
    assert_eq!((later.number, later.opened.is_some()), (2, true));
    let opened = first.opened.as_ref().unwrap();
    let held_out = &outcome.problem.split.validation;
    assert!(opened.n_rows + held_out.len() == 240 && !held_out.is_empty(), "{} rows", opened.n_rows);
    // The quotient is 3 x1 but for 1 %.
    let best = first.archive.front().last().unwrap();
    assert!(best.loss < 1e-3 * first.opened.as_ref().unwrap().scale.baseline, "{best:?}");
    let of_view = |held: &&symfolio_core::Candidate| outcome.state.runs[held.run as usize].view.is_some();
    let lifted: Vec<_> = outcome.state.accepted.iter().filter(of_view).collect();
    assert!(!lifted.is_empty(), "what was found on a view is a form of the whole");
    for held in lifted {
        assert_eq!(held.origin, ["splitting", "random"]);
        assert!(held.lineage.operation.starts_with("y/x0: ") && held.lineage.parents.is_empty(), "{:?}", held.lineage);
        let run = &outcome.state.runs[held.run as usize];
        assert_eq!((run.view.is_some(), run.arm), (true, 1), "{run:?}");
        assert_eq!(outcome.state.arm_of(held.run), 0);
    }
    // What views cost is the cost of who proposed them.
    let on_views: u64 = outcome.state.views.iter().map(ViewState::work).sum();
    let own = outcome.state.history.slices.iter().filter(|slice| slice.arm == 0).map(|slice| slice.cost.work);
    assert!(on_views > 1_000_000 && own.sum::<u64>() > on_views, "{on_views}");
}

#[test]
fn findings_are_handed_over_once_each_and_in_order() {
    let mut told: Vec<u32> = Vec::new();
    let mut log = Told(&mut told);
    let outcome = study(settings(1), &backends()).run(&mut log).unwrap();
    // The refused one is known at once.
    assert_eq!(told[0], 1, "{told:?}");
    told.sort_unstable();
    let views = 0u32..;
    let closed: Vec<u32> = views.zip(&outcome.state.views).filter(|(_, view)| view.told).map(|(at, _)| at).collect();
    assert!(closed.len() >= 3, "{closed:?}");
    assert_eq!(told, closed, "each once");
}

struct Told<'a>(&'a mut Vec<u32>);

impl symfolio_engine::Observer for Told<'_> {
    fn event(&mut self, event: &Event, _: &symfolio_engine::State) {
        if let Event::SliceGranted(grant) = event {
            self.0.extend(&grant.findings);
        }
    }
}

#[test]
fn with_views_too_the_number_of_threads_changes_nothing() {
    let one = outcome(1);
    assert!(!one.state.views[0].accepted.is_empty() && one.state.views[0].told);
    for threads in [2, 8] {
        let other = outcome(threads);
        assert_eq!((front(&one), one.cost), (front(&other), other.cost), "{threads} threads");
    }
}

#[test]
fn with_views_too_a_killed_study_goes_on_as_if_it_had_not_been() {
    let scratch = tempfile::tempdir().unwrap();
    let whole = on_disk_with(scratch.path(), "4e7", &backends());
    let whole = whole.keep_in(&scratch.path().join("whole")).unwrap().run(&mut ()).unwrap();
    let entries = std::fs::read_to_string(scratch.path().join("whole/events.jsonl")).unwrap().lines().count();
    for cut in [4, entries / 4, entries / 2, entries - 2] {
        let dir = scratch.path().join(format!("cut-{cut}"));
        let killed = on_disk_with(scratch.path(), "4e7", &backends()).keep_in(&dir).unwrap();
        let mut stop = StopAfter(cut);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| killed.run(&mut stop))).is_err());
        let resumed = Study::resume(&dir, None, &backends()).unwrap().run(&mut ()).unwrap();
        assert_eq!((front(&whole), whole.cost), (front(&resumed), resumed.cost), "cut after {cut} entries");
        assert_eq!(whole.state.views.len(), resumed.state.views.len());
    }
}
