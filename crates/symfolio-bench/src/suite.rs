//! [`Suite`]: problems to compare methods on, read from a TOML file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use symfolio::{Op, ParseError, parse};
use toml::Spanned;

/// Why a suite cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// The file cannot be read.
    #[error("{path}: cannot be read ({error}); check the path of the suite")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no TOML, has an unknown key or a value of the wrong kind.
    #[error("{path}, line {line}: {message}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What was found, and what is expected.
        message: String,
    },
    /// A problem means nothing.
    #[error("{path}, line {line}: problem {name:?}: {what}")]
    Problem {
        /// The file.
        path: PathBuf,
        /// Line where the problem begins, counted from 1.
        line: usize,
        /// The problem.
        name: String,
        /// What is wrong.
        what: Wrong,
    },
}

/// What is wrong with a problem of a suite.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum Wrong {
    #[error("another problem has this name; rename one of them")]
    Duplicate,
    #[error("give one of formula (with inputs), file and pmlb, and not {given}")]
    Source { given: usize },
    #[error("a formula needs inputs, such as inputs = {{ x = [0, 1] }}")]
    NoInputs,
    #[error("{key} is for a {of} only; leave it out")]
    Misplaced { key: &'static str, of: &'static str },
    #[error("the range [{low}, {high}] of {input:?} is not ascending and finite")]
    Range { input: String, low: f64, high: f64 },
    #[error("the formula cannot be read: {0}")]
    Formula(Box<ParseError>),
    #[error("{rows} rows are too few; take at least 10 to train and to test")]
    Rows { rows: usize },
    #[error("noise = {value} is not between 0 and 10")]
    Noise { value: f64 },
    #[error("spaced inputs need exactly one of them, there are {n}")]
    Spaced { n: usize },
}

/// Problems to compare methods on.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    /// Its name in results.
    pub name: String,
    /// What it is made of and for.
    pub about: String,
    /// Levels of noise for the problems that have none of their own: standard deviations as shares of the target's root mean square.
    pub noise: Vec<f64>,
    /// Operators for all methods; those of the study's configuration where absent.
    pub operators: Option<Vec<Op>>,
    /// The problems, in the order of the file.
    pub problems: Vec<Problem>,
    /// The folder of the file, from where paths of tables count.
    pub folder: PathBuf,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Its name, unique within the suite.
    pub name: String,
    /// Near-duplicates share a family: intervals count families, not problems.
    pub family: String,
    /// The kind of problem, for the report: `physics`, `classic`, `ode`...
    pub stratum: String,
    /// Where it is published.
    pub source: String,
    /// Levels of noise of its own; the suite's where absent.
    pub noise: Option<Vec<f64>>,
    /// Where its rows come from.
    pub data: Data,
}

/// Where the rows of a problem come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Data {
    /// Sampled from a formula.
    Formula {
        /// The law, over the inputs.
        formula: String,
        /// Names of the inputs with the ends of their ranges. The formula need not use all of them.
        inputs: Vec<(String, f64, f64)>,
        /// How the inputs are drawn.
        sampling: Sampling,
        /// Rows to train on.
        train: usize,
        /// Rows to test on.
        test: usize,
        /// Is the formula the answer (as opposed to a mere source of rows)?
        law: bool,
    },
    /// Read from a file, of which a quarter is held out.
    File {
        /// Path from the suite's folder.
        path: PathBuf,
        /// The column to explain; the last one where absent.
        target: Option<String>,
    },
    /// A set of the Penn Machine Learning Benchmarks, by its name; a quarter is held out.
    Pmlb {
        /// Its name there.
        name: String,
    },
}

/// How inputs are drawn from their ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Independently and evenly.
    #[default]
    Uniform,
    /// One input at equal distances, such as time; rows to test on lie between them.
    Spaced,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    about: String,
    #[serde(default = "no_noise")]
    noise: Vec<f64>,
    operators: Option<Vec<Op>>,
    #[serde(default = "rows")]
    train: usize,
    #[serde(default = "rows")]
    test: usize,
    problem: Vec<Spanned<Entry>>,
}

fn no_noise() -> Vec<f64> {
    vec![0.0]
}

fn rows() -> usize {
    200
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    family: Option<String>,
    stratum: String,
    #[serde(default)]
    source: String,
    noise: Option<Vec<f64>>,
    formula: Option<String>,
    inputs: Option<BTreeMap<String, (f64, f64)>>,
    sampling: Option<Sampling>,
    train: Option<usize>,
    test: Option<usize>,
    law: Option<bool>,
    file: Option<PathBuf>,
    target: Option<String>,
    pmlb: Option<String>,
}

impl Suite {
    /// Reads a suite and checks all of it but the tables that it names.
    ///
    /// # Errors
    /// [`SuiteError`] names file, line, problem and remedy.
    pub fn read(path: &Path) -> Result<Suite, SuiteError> {
        let text = std::fs::read_to_string(path).map_err(|error| SuiteError::Io { path: path.to_path_buf(), error })?;
        Suite::from_toml(&text, path)
    }

    /// Reads the text of a suite; `path` is for messages, and for where its tables are.
    ///
    /// # Errors
    /// As [`Suite::read`].
    pub fn from_toml(text: &str, path: &Path) -> Result<Suite, SuiteError> {
        let line_of = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let file: File = toml::from_str(text).map_err(|error| SuiteError::Syntax {
            path: path.to_path_buf(),
            line: error.span().map_or(1, |span| line_of(span.start)),
            message: error.message().to_string(),
        })?;
        let (mut problems, mut names) = (Vec::new(), BTreeSet::new());
        for entry in file.problem {
            let line = line_of(entry.span().start);
            let entry = entry.into_inner();
            let name = entry.name.clone();
            let problem = match names.insert(name.clone()) {
                true => problem(entry, (file.train, file.test)),
                false => Err(Wrong::Duplicate),
            };
            let refuse = |what| SuiteError::Problem { path: path.to_path_buf(), line, name, what };
            problems.push(problem.map_err(refuse)?);
        }
        if let Some(value) = file.noise.iter().copied().find(|value| !is_noise(*value)) {
            let message = Wrong::Noise { value }.to_string();
            return Err(SuiteError::Syntax { path: path.to_path_buf(), line: 1, message });
        }
        Ok(Suite {
            name: file.name,
            about: file.about,
            noise: file.noise,
            operators: file.operators,
            problems,
            folder: path.parent().unwrap_or(Path::new(".")).to_path_buf(),
        })
    }

    /// The levels of noise at which `problem` is posed: its own, those of `wanted`, or the suite's. Tables, whose noise is what it is,
    /// are posed as they are, if at all.
    pub fn levels(&self, problem: &Problem, wanted: Option<&[f64]>) -> Vec<f64> {
        let levels = wanted.unwrap_or(&self.noise);
        match (&problem.noise, &problem.data) {
            (Some(own), _) => own.clone(),
            (None, Data::Formula { .. }) => levels.to_vec(),
            (None, _) => levels.iter().copied().filter(|level| *level == 0.0).collect(),
        }
    }
}

fn is_noise(value: f64) -> bool {
    (0.0..=10.0).contains(&value)
}

/// Checks an entry of the file.
fn problem(entry: Entry, (train, test): (usize, usize)) -> Result<Problem, Wrong> {
    if let Some(value) = entry.noise.iter().flatten().copied().find(|value| !is_noise(*value)) {
        return Err(Wrong::Noise { value });
    }
    let of_formula = [
        ("inputs", entry.inputs.is_some()),
        ("sampling", entry.sampling.is_some()),
        ("train", entry.train.is_some()),
        ("test", entry.test.is_some()),
        ("law", entry.law.is_some()),
    ];
    if let (None, Some((key, _))) = (&entry.formula, of_formula.iter().find(|(_, given)| *given)) {
        return Err(Wrong::Misplaced { key, of: "formula" });
    }
    if entry.target.is_some() && entry.file.is_none() {
        return Err(Wrong::Misplaced { key: "target", of: "file" });
    }
    let data = match (entry.formula, entry.file, entry.pmlb) {
        (Some(formula), None, None) => formula_data(
            formula,
            entry.inputs.unwrap_or_default(),
            entry.sampling.unwrap_or_default(),
            (entry.train.unwrap_or(train), entry.test.unwrap_or(test)),
            entry.law.unwrap_or(true),
        )?,
        (None, Some(path), None) => Data::File { path, target: entry.target },
        (None, None, Some(name)) => Data::Pmlb { name },
        (formula, file, pmlb) => {
            let given = [formula.is_some(), file.is_some(), pmlb.is_some()].iter().filter(|given| **given).count();
            return Err(Wrong::Source { given });
        }
    };
    Ok(Problem {
        family: entry.family.unwrap_or_else(|| entry.name.clone()),
        name: entry.name,
        stratum: entry.stratum,
        source: entry.source,
        noise: entry.noise,
        data,
    })
}

fn formula_data(
    formula: String,
    inputs: BTreeMap<String, (f64, f64)>,
    sampling: Sampling,
    (train, test): (usize, usize),
    law: bool,
) -> Result<Data, Wrong> {
    if inputs.is_empty() {
        return Err(Wrong::NoInputs);
    }
    if let Some((input, (low, high))) =
        inputs.iter().find(|(_, (low, high))| !(low < high && low.is_finite() && high.is_finite()))
    {
        return Err(Wrong::Range { input: input.clone(), low: *low, high: *high });
    }
    if let Some(rows) = [train, test].into_iter().find(|rows| *rows < 10) {
        return Err(Wrong::Rows { rows });
    }
    if sampling == Sampling::Spaced && inputs.len() != 1 {
        return Err(Wrong::Spaced { n: inputs.len() });
    }
    let names: Vec<String> = inputs.keys().cloned().collect();
    parse(&formula, &names).map_err(|error| Wrong::Formula(Box::new(error)))?;
    let inputs = inputs.into_iter().map(|(name, (low, high))| (name, low, high)).collect();
    Ok(Data::Formula { formula, inputs, sampling, train, test, law })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(problems: &str) -> Result<Suite, String> {
        let text = format!("name = \"s\"\nnoise = [0, 0.01]\n{problems}");
        Suite::from_toml(&text, Path::new("suites/s.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn refusals_name_file_line_and_remedy() {
        let entry = |more: &str| read(&format!("\n[[problem]]\nname = \"a\"\nstratum = \"t\"\n{more}"));
        for (more, words) in [
            ("formula = \"x\"\ninputs = { x = [0, 1] }\nrnges = 1", "s.toml, line 9: unknown field `rnges`"),
            (
                "formula = \"x*z\"\ninputs = { x = [0, 1] }",
                "line 4: problem \"a\": the formula cannot be read: unknown",
            ),
            ("formula = \"x\"\ninputs = { x = [1, 1] }", "the range [1, 1] of \"x\" is not ascending"),
            ("formula = \"x\"", "a formula needs inputs"),
            ("formula = \"x\"\npmlb = \"fri\"\ninputs = { x = [0, 1] }", "and not 2"),
            ("", "give one of formula (with inputs), file and pmlb, and not 0"),
            ("pmlb = \"fri\"\ntrain = 20", "train is for a formula only"),
            ("pmlb = \"fri\"\ntarget = \"y\"", "target is for a file only"),
            ("formula = \"x\"\ninputs = { x = [0, 1] }\ntest = 3", "3 rows are too few"),
            ("pmlb = \"fri\"\nnoise = [-1]", "noise = -1 is not between 0 and 10"),
            ("formula = \"x*t\"\ninputs = { x = [0, 1], t = [0, 1] }\nsampling = \"spaced\"", "there are 2"),
            (
                "pmlb = \"b\"\n[[problem]]\nname = \"a\"\nstratum = \"t\"\npmlb = \"c\"",
                "line 8: problem \"a\": another",
            ),
        ] {
            let error = entry(more).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn tables_are_posed_as_they_are() {
        let suite = read(
            "[[problem]]\nname = \"f\"\nstratum = \"t\"\nformula = \"x\"\ninputs = { x = [0, 1] }\n\
             [[problem]]\nname = \"own\"\nstratum = \"t\"\nformula = \"x\"\ninputs = { x = [0, 1] }\nnoise = [0.3]\n\
             [[problem]]\nname = \"b\"\nstratum = \"t\"\npmlb = \"b\"",
        )
        .unwrap();
        let levels = |wanted: Option<&[f64]>| -> Vec<Vec<f64>> {
            suite.problems.iter().map(|problem| suite.levels(problem, wanted)).collect()
        };
        assert_eq!(levels(None), [vec![0.0, 0.01], vec![0.3], vec![0.0]]);
        assert_eq!(levels(Some(&[0.1])), [vec![0.1], vec![0.3], vec![]]);
    }
}
