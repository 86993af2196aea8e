//! Answers a request (see benchmarks/README.md) with the crate `symbolic_regression`, PySR's engine in Rust, in single precision.

use std::io::Read as _;

use cpu_time::ProcessTime;
use dynamic_expressions::node::PNode;
use dynamic_expressions::traits::{OpId, OperatorSet};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use symbolic_regression::prelude::{BuiltinOpsF32, Dataset, Options, PostfixExpr, SearchEngine};
use symfolio_expr::{Complexity, infix, parse};

/// Most arguments of an operator.
const D: usize = 3;
/// Our names of operators and the crate's.
const NAMES: [(&str, &str); 24] = [
    ("add", "add"),
    ("sub", "sub"),
    ("mul", "mul"),
    ("div", "div"),
    ("pow", "pow"),
    ("min", "min"),
    ("max", "max"),
    ("neg", "neg"),
    ("inv", "inv"),
    ("abs", "abs"),
    ("square", "abs2"),
    ("sqrt", "sqrt"),
    ("cbrt", "cbrt"),
    ("exp", "exp"),
    ("log", "log"),
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("asin", "asin"),
    ("acos", "acos"),
    ("atan", "atan"),
    ("sinh", "sinh"),
    ("cosh", "cosh"),
    ("tanh", "tanh"),
];

#[derive(Deserialize)]
struct Request {
    train: std::path::PathBuf,
    features: Option<Vec<String>>,
    target: String,
    operators: Vec<String>,
    #[serde(default = "five")]
    cpu_seconds: f64,
    #[serde(default)]
    seed: u64,
    #[serde(default = "one")]
    threads: usize,
}

fn five() -> f64 {
    5.0
}

fn one() -> usize {
    1
}

#[derive(Serialize)]
struct Answer {
    expression: String,
    size: u32,
    seconds: f64,
    front: Vec<Member>,
    note: String,
}

#[derive(Clone, Serialize)]
struct Member {
    expression: String,
    size: u32,
    loss: f64,
}

type Failure = Box<dyn std::error::Error>;

/// Reads the request in `path` and prints the answer.
pub fn answer(path: &str) -> Result<(), Failure> {
    let request: Request = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let beside = std::path::Path::new(path).parent().unwrap_or(std::path::Path::new("."));
    let (header, rows) = table(&beside.join(&request.train))?;
    let position =
        |name: &String| header.iter().position(|other| other == name).ok_or(format!("there is no column {name:?}"));
    let features = match &request.features {
        Some(features) => features.clone(),
        None => header.iter().filter(|name| **name != request.target).cloned().collect(),
    };
    let columns = features.iter().map(position).collect::<Result<Vec<_>, _>>()?;
    let target = position(&request.target)?;
    let x = Array2::from_shape_fn((columns.len(), rows.len()), |(column, row)| rows[row][columns[column]] as f32);
    let y = Array1::from_iter(rows.iter().map(|row| row[target] as f32));

    let allowed = |ours: &str| request.operators.iter().any(|name| name == ours);
    let operators =
        BuiltinOpsF32::from_names(NAMES.iter().filter(|(ours, _)| allowed(ours)).map(|(_, theirs)| *theirs))?;
    let options = Options::<f32, D> {
        operators,
        seed: request.seed,
        // Without end: the time decides.
        niterations: 1_000_000_000,
        maxsize: 50,
        progress: false,
        ..Default::default()
    };
    rayon::ThreadPoolBuilder::new().num_threads(request.threads).build_global()?;
    let begun = ProcessTime::now();
    let mut engine = SearchEngine::<f32, BuiltinOpsF32, D>::new(Dataset::new(x, y), options);
    while begun.elapsed().as_secs_f64() < request.cpu_seconds && engine.step(1) > 0 {}
    let seconds = begun.elapsed().as_secs_f64();

    let mut front = Vec::new();
    for member in engine.hall_of_fame().pareto_front() {
        let loss = f64::from(member.loss);
        let expr = parse(&text(&member.expr), &numbered(features.len()))?;
        front.push(Member { expression: infix(&expr, &features), size: Complexity::default().of(&expr), loss });
    }
    let best = best(&front).ok_or("it found nothing")?.clone();
    let lacking: Vec<&str> = request
        .operators
        .iter()
        .map(String::as_str)
        .filter(|name| NAMES.iter().all(|(ours, _)| ours != name))
        .collect();
    let lacks = if lacking.is_empty() { String::new() } else { format!("the peer lacks {}; ", lacking.join(", ")) };
    let note = format!("{lacks}computes in single precision");
    let answer = Answer { expression: best.expression, size: best.size, seconds, front, note };
    println!("{}", serde_json::to_string(&answer)?);
    Ok(())
}

fn numbered(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("x{i}")).collect()
}

/// A CSV of numbers with a header; names may stand in quotation marks.
fn table(path: &std::path::Path) -> Result<(Vec<String>, Vec<Vec<f64>>), Failure> {
    let mut text = String::new();
    std::fs::File::open(path).map_err(|error| format!("{}: {error}", path.display()))?.read_to_string(&mut text)?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header =
        lines.next().ok_or("the table is empty")?.split(',').map(|name| name.trim().trim_matches('"').to_string());
    let row =
        |line: &str| line.split(',').map(|cell| Ok(cell.trim().parse::<f64>()?)).collect::<Result<Vec<_>, Failure>>();
    Ok((header.collect(), lines.map(row).collect::<Result<_, _>>()?))
}

/// The expression over x0, x1, ..., with all digits of its numbers.
fn text(expr: &PostfixExpr<f32, BuiltinOpsF32, D>) -> String {
    let mut stack: Vec<String> = Vec::new();
    for node in &expr.nodes {
        let written = match *node {
            PNode::Var { feature } => format!("x{feature}"),
            PNode::Const { idx } => format!("({})", f64::from(expr.consts[usize::from(idx)])),
            PNode::Op { arity, op } => {
                let arguments = stack.split_off(stack.len() - usize::from(arity));
                let theirs = BuiltinOpsF32::name(OpId { arity, id: op });
                let ours = NAMES.iter().find(|(_, other)| *other == theirs).map_or(theirs, |(ours, _)| ours);
                match (ours, arguments.as_slice()) {
                    ("add", [a, b]) => format!("({a} + {b})"),
                    ("sub", [a, b]) => format!("({a} - {b})"),
                    ("mul", [a, b]) => format!("({a} * {b})"),
                    ("div", [a, b]) => format!("({a} / {b})"),
                    ("pow", [a, b]) => format!("({a} ** {b})"),
                    ("neg", [a]) => format!("(-{a})"),
                    _ => format!("{ours}({})", arguments.join(", ")),
                }
            }
        };
        stack.push(written);
    }
    stack.pop().unwrap_or_default()
}

/// PySR's choice `best`: where the loss falls most for each node, among those with at most 1.5 times the least loss.
fn best(front: &[Member]) -> Option<&Member> {
    let floor = |loss: f64| loss.max(1e-14);
    let least = front.iter().map(|member| floor(member.loss)).fold(f64::INFINITY, f64::min);
    let mut sorted: Vec<&Member> = front.iter().collect();
    sorted.sort_by_key(|member| member.size);
    let score = |position: usize| match position.checked_sub(1).map(|before| sorted[before]) {
        None => 0.0,
        Some(before) => {
            let size = f64::from(sorted[position].size.saturating_sub(before.size).max(1));
            (floor(before.loss) / floor(sorted[position].loss)).ln() / size
        }
    };
    (0..sorted.len())
        .filter(|position| floor(sorted[*position].loss) <= 1.5 * least)
        .max_by(|a, b| score(*a).total_cmp(&score(*b)))
        .map(|position| sorted[position])
}
