//! The messages, as JSON objects of one line each; docs/external-programs.md describes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use symfolio_core::{Constraints, Dataset, RowSet, Table};
use symfolio_fit::Loss;

/// The version of the protocol.
pub(crate) const PROTOCOL: u32 = 1;

/// What a program is told.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ToProgram<'a> {
    /// The problem; the first line.
    Start(Start<'a>),
    /// Go on for so long, then say `end`.
    Slice(SliceMessage<'a>),
    /// The answer to `evaluate`, in the order of the expressions.
    Evaluated { results: Vec<Measured> },
}

/// The problem.
#[derive(Serialize)]
pub(crate) struct Start<'a> {
    pub protocol: u32,
    pub features: &'a [String],
    pub target: &'a str,
    /// Units of columns, where they are known.
    pub units: BTreeMap<&'a str, &'a str>,
    /// Have free constants no unit?
    pub dimensionless_constants: bool,
    pub operators: Vec<&'a str>,
    pub definitions: Vec<Defined<'a>>,
    pub constraints: &'a Constraints,
    pub loss: Loss,
    pub seed: u64,
    /// Cores that it may use.
    pub threads: u32,
    pub memory_mb: u64,
    pub rows: Rows<'a>,
}

/// A custom operator.
#[derive(Serialize)]
pub(crate) struct Defined<'a> {
    pub name: &'a str,
    pub arguments: Vec<String>,
    pub body: String,
}

/// The rows to search on.
#[derive(Serialize)]
pub(crate) struct Rows<'a> {
    pub version: u64,
    pub columns: BTreeMap<&'a str, &'a [f64]>,
    pub target: &'a [f64],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<&'a [f64]>,
}

impl<'a> Rows<'a> {
    /// The rows of `set`, whose values are `table`.
    pub fn new(dataset: &'a Dataset, set: &RowSet, table: &'a Table) -> Rows<'a> {
        let columns = dataset.features().iter().enumerate().map(|(i, column)| (&*column.name, table.feature(i)));
        Rows {
            version: set.version,
            columns: columns.collect(),
            target: &table.target,
            weights: table.weights.as_deref(),
        }
    }
}

/// One slice.
#[derive(Serialize)]
pub(crate) struct SliceMessage<'a> {
    pub index: u64,
    /// Seconds that it is to take.
    pub seconds: f64,
    pub work: u64,
    pub migrants: Vec<Migrant>,
    /// What a person or the scheduler asks for, where that has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directives: Option<DirectivesMessage<'a>>,
    /// The rows, where they have changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows<'a>>,
    /// What could not be used of the slice before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// A formula that another method found.
#[derive(Serialize)]
pub(crate) struct Migrant {
    pub expression: String,
    pub loss: f64,
    pub complexity: u32,
}

/// What a person or the scheduler asks for.
#[derive(Serialize)]
pub(crate) struct DirectivesMessage<'a> {
    pub version: u64,
    pub banned_operators: Vec<&'a str>,
    pub pinned: Vec<String>,
    pub hints: &'a [String],
}

/// Lines that could not be used.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Refused {
    pub count: u64,
    /// What was wrong with the first of them.
    pub first: String,
}

/// What the host measured of an expression.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Measured {
    /// `loss` is null where the expression is undefined on some row.
    Formula {
        expression: String,
        loss: f64,
        complexity: u32,
    },
    Refused {
        error: String,
    },
}

/// What a program says. Fields that are not known are passed over: what it claims of its formulas among them.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FromProgram {
    /// A formula to put forward.
    Offer {
        expression: String,
        /// Are its numbers to be fitted first?
        #[serde(default)]
        fit: bool,
    },
    /// Formulas to measure.
    Evaluate {
        expressions: Vec<String>,
        #[serde(default)]
        fit: bool,
    },
    /// A sign of life.
    Progress {},
    /// The slice is over.
    End {
        state: EndState,
        /// What it did, in work; counts for repeatable programs only.
        #[serde(default)]
        work: u64,
    },
}

/// How a program ends a slice.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndState {
    /// There is more to try.
    Paused,
    /// Nothing is left to try unless others find something.
    Exhausted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_is_read() {
        let offer = |fit| FromProgram::Offer { expression: "x**2".into(), fit };
        for (line, expect) in [
            (r#"{"type":"offer","expression":"x**2"}"#, offer(false)),
            (r#"{"type":"offer","expression":"x**2","fit":true,"loss":0.0}"#, offer(true)),
            (r#"{"type":"progress","done":0.5}"#, FromProgram::Progress {}),
            (r#"{"type":"end","state":"exhausted"}"#, FromProgram::End { state: EndState::Exhausted, work: 0 }),
            (r#" {"type":"end","state":"paused","work":7} "#, FromProgram::End { state: EndState::Paused, work: 7 }),
            (r#"{"type":"evaluate","expressions":[]}"#, FromProgram::Evaluate { expressions: Vec::new(), fit: false }),
        ] {
            assert_eq!(serde_json::from_str::<FromProgram>(line).unwrap(), expect, "{line}");
        }
        for line in ["", "{}", "x**2", r#"{"type":"offer"}"#, r#"{"type":"end","state":"bored"}"#, r#"{"type":"?"}"#] {
            assert!(serde_json::from_str::<FromProgram>(line).is_err(), "{line}");
        }
    }
}
