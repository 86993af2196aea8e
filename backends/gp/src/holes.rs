//! [`Holes`]: trees for the holes of a template. An individual is the whole formula; its functions are read off it.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_core::Problem;
use symfolio_expr::{Expr, Op, Template};

use crate::breeding::{self, Parents};
use crate::mutation;
use crate::operation::Operation;
use crate::tidy::tidy;
use crate::units;
use crate::vocabulary::Vocabulary;

/// Probability that the other parent's function comes from another hole with as many arguments.
const ELSEWHERE: f64 = 0.2;
/// Probability that a random function gets a free factor, and that it gets a free term: scale and offset are not kept apart from it, as
/// they are of whole trees.
const FACTOR: f64 = 0.7;
const TERM: f64 = 0.5;

/// Makes and varies formulas of a template, one function a hole.
pub(crate) struct Holes<'a> {
    problem: &'a Problem,
    template: &'a Template,
    /// For each hole what its functions are made of: variable `i` is its argument number `i`.
    words: Vec<Vocabulary>,
}

impl<'a> Holes<'a> {
    /// The holes of the problem's template, to be filled with the operators of `words`; `None` where there is no template.
    pub fn new(problem: &'a Problem, words: &Vocabulary) -> Option<Holes<'a>> {
        let template = problem.template.as_deref()?;
        let words = template.holes().iter().map(|hole| words.over(hole.arity)).collect();
        Some(Holes { problem, template, words })
    }

    /// A formula of random functions of at most `largest` nodes each, free factors and terms not counted.
    pub fn random(&self, rng: &mut ChaCha8Rng, largest: usize) -> Option<Expr> {
        let functions: Vec<Expr> = self.words.iter().map(|words| random_function(rng, words, largest)).collect();
        self.template.assemble(&functions)
    }

    /// The formulas to begin with: all functions linear, and each function in turn a simple one.
    pub fn simple(&self) -> Vec<Expr> {
        let linear: Vec<Expr> = self.words.iter().map(linear).collect();
        let mut formulas: Vec<Expr> = self.template.assemble(&linear).into_iter().collect();
        for (at, words) in self.words.iter().enumerate() {
            for function in simple_functions(words) {
                let mut functions = linear.clone();
                functions[at] = with_term(with_factor(function, words), words);
                formulas.extend(self.template.assemble(&functions));
            }
        }
        formulas
    }

    /// A child of two formulas, by `operation` on the function of one hole.
    pub fn vary(&self, rng: &mut ChaCha8Rng, operation: Operation, parent: &Expr, mate: &Expr) -> Option<Expr> {
        let mut functions = self.template.read(parent)?;
        let mates = self.template.read(mate)?;
        let at = rng.random_range(0..functions.len());
        let arity = |hole: usize| self.template.holes()[hole].arity;
        let alike: Vec<usize> = (0..mates.len()).filter(|hole| arity(*hole) == arity(at)).collect();
        let from = if rng.random_bool(ELSEWHERE) { alike[rng.random_range(0..alike.len())] } else { at };
        let bare = &functions[at];
        let parents = Parents { bare, scaled: bare, mate: &mates[from], front: &[] };
        functions[at] = breeding::vary(rng, operation, &self.words[at], &parents)?;
        self.template.assemble(&functions)
    }

    /// What is left of a formula when one operator of one function gives way to one of its arguments.
    pub fn prunings(&self, formula: &Expr) -> Vec<Expr> {
        let Some(functions) = self.template.read(formula) else { return Vec::new() };
        let mut found = Vec::new();
        for (at, function) in functions.iter().enumerate() {
            for pruned in mutation::prunings(function) {
                let mut functions = functions.clone();
                functions[at] = pruned;
                found.extend(self.template.assemble(&functions));
            }
        }
        found
    }

    /// The formula with each function in its tidy form, and with free factors where units clash and a hole has room for them; `None` where
    /// it has not the form of the template or a function is undefined.
    pub fn tidy(&self, formula: &Expr) -> Option<Expr> {
        let functions = self.template.read(formula)?;
        let tidied = functions.iter().zip(&self.words).map(|(function, words)| tidy_function(function, words));
        let whole = self.template.assemble(&tidied.collect::<Option<Vec<Expr>>>()?)?;
        let has = |op| self.words.first().is_some_and(|words| words.has(op));
        let mended = units::with_factors(self.problem, whole.clone(), has);
        Some(if mended != whole && self.template.read(&mended).is_some() { mended } else { whole })
    }
}

/// A function that depends on no argument is one free constant.
fn tidy_function(function: &Expr, words: &Vocabulary) -> Option<Expr> {
    if function.variables().is_empty() {
        let value = function.value(&[]);
        return value.is_finite().then(|| Expr::param(value));
    }
    tidy(function, &|op| words.has(op))
}

fn random_function(rng: &mut ChaCha8Rng, words: &Vocabulary, largest: usize) -> Expr {
    let size = rng.random_range(1..=largest.max(1));
    let mut function = words.tree(rng, size);
    if rng.random_bool(FACTOR) {
        function = with_factor(function, words);
    }
    if rng.random_bool(TERM) { with_term(function, words) } else { function }
}

fn with_factor(function: Expr, words: &Vocabulary) -> Expr {
    if words.has(Op::Mul) { Expr::apply(Op::Mul, &[&Expr::param(1.0), &function]) } else { function }
}

fn with_term(function: Expr, words: &Vocabulary) -> Expr {
    if words.has(Op::Add) { Expr::apply(Op::Add, &[&function, &Expr::param(0.0)]) } else { function }
}

/// The linear function of all arguments.
fn linear(words: &Vocabulary) -> Expr {
    let terms = words.variables.items().iter().map(|index| with_factor(Expr::var(*index), words));
    let sum = terms.reduce(|sum, term| if words.has(Op::Add) { Expr::apply(Op::Add, &[&sum, &term]) } else { sum });
    with_term(sum.unwrap_or_else(|| Expr::param(1.0)), words)
}

/// Functions of one argument, products and ratios of two.
fn simple_functions(words: &Vocabulary) -> Vec<Expr> {
    let arguments: Vec<Expr> = words.variables.items().iter().map(|index| Expr::var(*index)).collect();
    let mut functions = arguments.clone();
    for op in [Op::Square, Op::Sqrt, Op::Inv, Op::Log, Op::Exp, Op::Sin, Op::Cos, Op::Cube, Op::Tanh] {
        if words.has(op) {
            functions.extend(arguments.iter().map(|argument| Expr::apply(op, &[argument])));
        }
    }
    for op in [Op::Mul, Op::Div, Op::Sub] {
        let pairs = arguments.iter().flat_map(|a| arguments.iter().map(move |b| (a, b)));
        let wanted = pairs.filter(|(a, b)| a != b && words.has(op));
        functions.extend(wanted.map(|(a, b)| Expr::apply(op, &[a, b])));
    }
    functions
}
