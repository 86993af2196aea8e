//! Checkpoints: damaged ones are refused or gone on from, never a panic; every one that is written can be read back.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use symfolio_backend_sparse::SparseBackend;
use symfolio_core::conformance::{RecordingHost, panic_text};
use symfolio_core::{
    Backend, Column, Config, Cost, Dataset, Directives, Problem, Progress, RowSet, Search, SearchError, Slice, Split,
};
use symfolio_expr::{Op, OperatorSet};
use symfolio_fit::Loss;

const ROWS: u32 = 40;

/// A law in three variables on [1, 3], features and target in units of `unit`, with noise so that no task ends the search.
fn problem(feature_unit: f64, target_unit: f64) -> Arc<Problem> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut column = || (0..ROWS).map(|_| 1.0 + 2.0 * rng.random::<f64>()).collect::<Vec<f64>>();
    let x: Vec<Vec<f64>> = (0..3).map(|_| column()).collect();
    let noise = column();
    let law = |row: usize| x[0][row] * (x[1][row] - 0.4 * x[2][row] * x[2][row]).cosh() + 0.01 * noise[row];
    let target: Vec<f64> = (0..ROWS as usize).map(|row| law(row) * target_unit).collect();
    let features = x.iter().enumerate().map(|(index, values)| {
        Column::new(&format!("x{index}"), values.iter().map(|x| x * feature_unit).collect::<Vec<f64>>())
    });
    let dataset = Arc::new(Dataset::new("law", features.collect(), Column::new("y", target), None).unwrap());
    let train: Arc<[u32]> = (0..ROWS).collect();
    let operators = OperatorSet::new([Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Square, Op::Sqrt, Op::Exp]);
    let split = Split { train, validation: Arc::new([]) };
    Arc::new(Problem { operators, ..Problem::new(dataset, split, Loss::SquaredError) })
}

/// One slice of `work` units; on all rows unless told otherwise.
fn advance(search: &mut dyn Search, problem: &Arc<Problem>, work: u64, rows: Option<RowSet>) -> Progress {
    let slice = Slice {
        index: 0,
        grant: Cost::work(work),
        migrants: Vec::new(),
        rows: rows.map_or_else(|| problem.judge.clone(), Arc::new),
        directives: Arc::new(Directives::default()),
        findings: Vec::new(),
    };
    search.advance(&slice, &mut RecordingHost::new(problem.clone(), &slice)).unwrap()
}

fn resume(problem: &Arc<Problem>, checkpoint: &Value) -> Result<Box<dyn Search>, SearchError> {
    SparseBackend.resume(problem.clone(), &serde_json::to_vec(checkpoint).unwrap())
}

fn saved(search: &dyn Search) -> Value {
    serde_json::from_slice(&search.checkpoint().unwrap().unwrap()).unwrap()
}

/// A search with small libraries and few terms.
fn small(problem: &Arc<Problem>) -> Box<dyn Search> {
    let search = SparseBackend.start(problem.clone(), &Config::default(), 3).unwrap();
    let mut checkpoint = saved(search.as_ref());
    checkpoint["config"] = json!({"max_terms": 3, "beam": 2, "max_columns": 50, "max_variables": 10});
    resume(problem, &checkpoint).unwrap()
}

/// What kind of moment a checkpoint is of: the names of its stage and of what else it holds.
fn kind(checkpoint: &Value) -> String {
    let state = &checkpoint["state"];
    let stage = match &state["stage"] {
        Value::Object(stage) => stage.keys().next().unwrap().clone(),
        other => other.to_string(),
    };
    let holds = |place: &str| state.pointer(place).and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    let lists =
        ["/pending", "/stage/pursuit/queue", "/stage/pursuit/children", "/stage/refine", "/stage/finish"].map(holds);
    format!("{stage} {lists:?}")
}

/// Checkpoints of one search on `problem(1.0, 1.0)`, the latest of each kind.
static CHECKPOINTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let problem = &problem(1.0, 1.0);
    let mut search = small(problem);
    let mut kinds = BTreeMap::new();
    while advance(search.as_mut(), problem, 50_000, None) == Progress::Paused {
        let checkpoint = saved(search.as_ref());
        kinds.insert(kind(&checkpoint), checkpoint);
    }
    let last = saved(search.as_ref());
    kinds.insert("the end".into(), last);
    kinds
});

/// The places of all values in a document, as pointers.
fn places(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| places(inner, format!("{at}/{key}"), all)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, inner)| places(inner, format!("{at}/{i}"), all)),
        _ => {}
    }
    all.push(at);
}

/// The document with every number and text replaced in turn by wrong ones, every list emptied, and every key and element
/// taken out.
fn damaged(checkpoint: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    places(checkpoint, String::new(), &mut all);
    let mut found = Vec::new();
    for place in all.iter().filter(|place| !place.is_empty()) {
        let original = checkpoint.pointer(place).unwrap();
        let mut wrong = vec![Value::Null];
        match original {
            Value::Number(number) => {
                wrong.extend([json!(1_000_000), json!(60_000), json!(-1), json!(-32_768), json!(0), json!(0.5)]);
                wrong.push(number.as_u64().map_or(json!(1e308), |whole| json!(whole.saturating_add(1))));
            }
            Value::String(_) => wrong.extend([json!(""), json!("x60000"), json!("?NaN"), json!("tanh")]),
            Value::Array(_) => wrong.push(json!([])),
            _ => {}
        }
        for value in wrong.into_iter().filter(|value| value != original) {
            let mut changed = checkpoint.clone();
            let what = format!("{place} = {value}");
            *changed.pointer_mut(place).unwrap() = value;
            found.push((what, changed));
        }
        let (parent, key) = place.rsplit_once('/').unwrap();
        let mut changed = checkpoint.clone();
        match changed.pointer_mut(parent).unwrap() {
            Value::Object(map) => drop(map.remove(key)),
            Value::Array(list) => drop(list.remove(key.parse().unwrap())),
            _ => unreachable!("a value inside another one"),
        }
        found.push((format!("no {place}"), changed));
    }
    found
}

#[test]
fn damaged_checkpoints_are_refused_or_gone_on_from() {
    let problem = problem(1.0, 1.0);
    let kinds = &*CHECKPOINTS;
    for stage in ["pursuit", "scan", "refine", "finish"] {
        assert!(kinds.keys().any(|kind| kind.starts_with(stage)), "{:?}", kinds.keys());
    }
    let mut damages = BTreeSet::new();
    let (mut refused, mut gone_on, mut panics) = (0, 0, Vec::new());
    for (kind, checkpoint) in kinds {
        for (what, changed) in damaged(checkpoint) {
            // What is known of formulas and settings is the same at most moments.
            let is_shared = what.contains("/config") || what.contains("/elites");
            let shared = format!("{} {}", changed["config"], changed["state"]["elites"]);
            if is_shared && !damages.insert(shared) {
                continue;
            }
            let run = || match resume(&problem, &changed) {
                Err(error) => {
                    assert!(matches!(error, SearchError::Checkpoint(_) | SearchError::Config(_)), "{error}");
                    false
                }
                Ok(mut search) => {
                    advance(search.as_mut(), &problem, 1, None);
                    resume(&problem, &saved(search.as_ref())).map(drop).unwrap();
                    true
                }
            };
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(true) => gone_on += 1,
                Ok(false) => refused += 1,
                Err(panic) => panics.push(format!("{kind}: {what}: {}", panic_text(panic.as_ref()))),
            }
        }
    }
    assert!(panics.is_empty(), "{} panics:\n{}", panics.len(), panics.join("\n"));
    assert!(refused > 1000 && gone_on > 1000, "{refused} refused, {gone_on} gone on from");
}

#[test]
fn what_is_wrong_with_a_checkpoint_is_named() {
    let problem = problem(1.0, 1.0);
    let kinds = &*CHECKPOINTS;
    let refused = |stage: &str, place: &str, value: Value, expected: &str| {
        let suits = |(kind, held): &(&String, &Value)| kind.starts_with(stage) && held.pointer(place).is_some();
        let mut changed = kinds.iter().find(suits).unwrap().1.clone();
        *changed.pointer_mut(place).unwrap() = value;
        let error = resume(&problem, &changed).err().unwrap_or_else(|| panic!("{place} is accepted")).to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused("pursuit", "/state/prefactors/0/variables/2", json!(3), "prefactor variables of the state is [0, 1, 3]");
    refused("pursuit", "/state/prefactors", json!([]), "prefactors of the state is []");
    refused("pursuit", "/state/prefactors/1/monomial/0/0", json!(9), "prefactor divisors of the state is [9]");
    refused("pursuit", "/state/prefactors/1/monomial/0/1", json!(-32_768), "prefactor exponent of the state is -32768");
    refused("pursuit", "/state/position", json!(5000), "position of the state is 5000");
    refused("pursuit", "/state/stage/pursuit/found/0/0", json!(-1), "share of squares of the state is -1");
    refused("refine", "/state/stage/refine/0/1", json!([0, 4000]), "column of the state is 4000, allowed is below 600");
    refused("finish", "/state/stage/finish/0/left", Value::Null, "invalid type: null, expected f64");
    refused("the end", "/state/elites/0/loss", json!(-0.5), "loss of the state is -0.5");
    refused("the end", "/state/elites/0/complexity", json!(70), "complexities of the state is [70");
    refused("the end", "/state/elites/0/expr", json!("x7"), "formula of the state is x7");
    refused("the end", "/state/elites/0/expr", json!("?NaN"), "formula of the state is ?NaN");
    refused("the end", "/state/stage", json!({"scan": [0, []]}), "position of a task under way of the state is");
    refused("the end", "/config/beam", json!(0), "beam is 0, allowed is 1 to 64");
}

#[test]
fn no_rows_leave_nothing_to_do() {
    let problem = problem(1.0, 1.0);
    let mut search = small(&problem);
    let none = RowSet::new(5, Vec::new());
    assert_eq!(advance(search.as_mut(), &problem, 1_000_000_000, Some(none)), Progress::Exhausted);
}

#[test]
fn checkpoints_of_numbers_whose_squares_overflow_can_be_read_back() {
    let units = [(1.0, 1e152), (1.0, 1e153), (1.0, 1e200), (1.0, 1e-200), (1e160, 1.0), (1e-320, 1.0)];
    for (feature_unit, target_unit) in units {
        let problem = problem(feature_unit, target_unit);
        let mut search = small(&problem);
        while advance(search.as_mut(), &problem, 100_000, None) == Progress::Paused {
            let checkpoint = saved(search.as_ref());
            search = resume(&problem, &checkpoint)
                .unwrap_or_else(|error| panic!("{feature_unit:e}, {target_unit:e}: {error}: {checkpoint}"));
            assert_eq!(saved(search.as_ref()), checkpoint);
        }
    }
}
