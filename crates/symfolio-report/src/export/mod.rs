//! Formulas as programs and documents in other languages.
//!
//! Every export is complete (the program runs as it stands), exact (numbers lead back to the same bits) and
//! safe: names of columns may hold anything and still do nothing in the program but name.

mod c;
mod greek;
mod identifiers;
mod json;
mod latex;
mod numpy;
mod program;
mod rust;
mod sympy;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use symfolio_expr::{Expr, infix};

/// A language that formulas are exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Infix text, as [`symfolio_expr::parse`] reads it.
    Text,
    /// A LaTeX formula, for KaTeX, MathJax and amsmath.
    Latex,
    /// A Python program that builds the formula with SymPy, as `formula`.
    Sympy,
    /// A Python function `predict` over NumPy arrays.
    Numpy,
    /// A C99 function `predict`.
    C,
    /// A Rust function `predict`.
    Rust,
    /// A JSON object with the formula in several forms, its names and constants.
    Json,
}

/// A name that is no [`Format`]'s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format {name:?}; the formats are {}", Format::ALL.map(|format| format.to_string()).join(", "))]
pub struct UnknownFormat {
    /// The name that was given.
    pub name: String,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 7] =
        [Format::Text, Format::Latex, Format::Sympy, Format::Numpy, Format::C, Format::Rust, Format::Json];

    /// The usual ending of names of files in this format, without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Text => "txt",
            Format::Latex => "tex",
            Format::Sympy | Format::Numpy => "py",
            Format::C => "c",
            Format::Rust => "rs",
            Format::Json => "json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Text => "text",
            Format::Latex => "latex",
            Format::Sympy => "sympy",
            Format::Numpy => "numpy",
            Format::C => "c",
            Format::Rust => "rust",
            Format::Json => "json",
        })
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Reads a format's name, in any case, or the usual ending of its files (`py` is NumPy).
    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        let lower = name.trim().to_lowercase();
        match lower.as_str() {
            "infix" | "txt" => Ok(Format::Text),
            "tex" => Ok(Format::Latex),
            "python" | "py" => Ok(Format::Numpy),
            "rs" => Ok(Format::Rust),
            _ => Format::ALL
                .into_iter()
                .find(|format| format.to_string() == lower)
                .ok_or_else(|| UnknownFormat { name: name.to_string() }),
        }
    }
}

/// `expr` in another language, the values of its free constants inserted.
///
/// `names[i]` is the name of variable `i` (`xi` where there is none) and `target` that of what the formula
/// predicts; it may be empty. Functions (NumPy, C, Rust) take all columns, used or not, in the order of the columns, so that
/// every formula of a front is called alike; the SymPy program names those that the formula uses. Identifiers are safe in the
/// language; a comment tells which column each one is. Constants that are not finite are clamped as [`Expr::constant`] says.
///
/// ```
/// # use symfolio_report::export::{Format, export};
/// # use symfolio_expr::parse;
/// let names = ["x".to_string(), "omega_0".to_string()];
/// let latex = export(&parse("2*sin(omega_0*x)", &names)?, &names, "y", Format::Latex);
/// assert_eq!(latex, r"y = 2 \, \sin\left(\omega_{0} \, x\right)");
/// # Ok::<(), symfolio_expr::ParseError>(())
/// ```
pub fn export(expr: &Expr, names: &[String], target: &str, format: Format) -> String {
    match format {
        Format::Text => infix(expr, names),
        Format::Latex => latex::latex(expr, names, target),
        Format::Sympy => sympy::sympy(expr, names, target),
        Format::Numpy => numpy::numpy(expr, names, target),
        Format::C => c::c(expr, names, target),
        Format::Rust => rust::rust(expr, names, target),
        Format::Json => json::json(expr, names, target),
    }
}

/// The name of variable `index`.
fn column_name(names: &[String], index: u16) -> String {
    names.get(usize::from(index)).cloned().unwrap_or_else(|| format!("x{index}"))
}
