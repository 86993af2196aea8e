//! Why a text is no unit ([`UnitTextError`]), and why a formula is dimensionally unsound ([`UnitError`]).

/// Why a text is no unit: what is wrong with it, and where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the unit {text:?}, character {character}: {problem}")]
pub struct UnitTextError {
    /// The whole text.
    pub text: String,
    /// 1-based position of what is wrong.
    pub character: usize,
    /// What is wrong with it.
    pub problem: UnitTextProblem,
}

/// What is wrong with the text of a unit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum UnitTextProblem {
    #[error("it is empty; write 1 for a pure number, or unknown")]
    Empty,
    #[error("there is no unit {name:?}{}; write units of your own in brackets, such as [{name}]", alike_text(alike))]
    Unknown { name: String, alike: Vec<&'static str> },
    #[error("{name} counts from a zero that is not nothing; convert the column to K")]
    Offset { name: String },
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: String },
    #[error("it is unclear what is divided by; write a/(b c) or a/b*c")]
    Ambiguous,
    #[error("the exponent {exponent} is no multiple of 1/12 up to 30")]
    Exponent { exponent: f64 },
    #[error("the number {number} is not above 0 and finite")]
    Number { number: f64 },
    #[error("there is no room for [{name}]: a table may have five units of its own")]
    TooMany { name: String },
    #[error("it is nested too deeply; take parentheses away")]
    Deep,
}

fn alike_text(alike: &[&'static str]) -> String {
    if alike.is_empty() { String::new() } else { format!(" (there is {})", alike.join(", ")) }
}

/// Why a formula is dimensionally unsound. Parts are named as infix text, units as [`crate::Bases::text`] writes them.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum UnitError {
    #[error(
        "in {part}, {first} has the unit {first_unit} and {second} has {second_unit}: both need the same one, or a free factor"
    )]
    Differ { part: String, first: String, first_unit: String, second: String, second_unit: String },
    #[error("in {part}, {argument} has the unit {unit}, but needs none: give it a free factor")]
    NotPure { part: String, argument: String, unit: String },
    #[error("{part} has the unit {unit}, but the target has {target}: give it a free factor")]
    Target { part: String, unit: String, target: String },
}
