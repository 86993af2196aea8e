//! [`Desk`]: where searches ask the study's oracle, and what it has answered.
//!
//! Every answer is kept, in the study's folder where there is one. What was asked before is answered as before, at once: a slice that is
//! repeated after an interruption goes the same way, whatever the oracle would say the second time.

mod answers;
mod program;

use symfolio_core::OracleError;
use symfolio_expr::{Expr, parse};

use crate::clock::ProgramsTime;
use crate::{ConfigError, FolderError, OracleConfig};
pub(crate) use answers::Answers;
use program::Program;

/// Points that are asked about before anybody looks whether the study was cancelled.
const AT_ONCE: usize = 200;

/// What measures.
#[derive(Debug)]
pub(crate) enum Source {
    /// A formula over the features.
    Formula(Expr),
    /// A program, which is started when it is first asked.
    Program(Box<Program>),
}

impl Source {
    /// What `config` names, for a table with these columns.
    ///
    /// # Errors
    /// [`ConfigError::Oracle`].
    pub fn new(config: &OracleConfig, features: &[String], target: &str) -> Result<Source, ConfigError> {
        config.check()?;
        let Some(text) = &config.formula else {
            return Ok(Source::Program(Box::new(Program::new(config.clone(), features, target))));
        };
        let unread = |error| ConfigError::Oracle { message: format!("formula = {text:?} cannot be read: {error}") };
        parse(text, features).map(Source::Formula).map_err(unread)
    }
}

/// Where searches ask.
#[derive(Debug)]
pub(crate) struct Desk {
    source: Source,
    n_features: usize,
    most: u64,
    answers: Answers,
    time: ProgramsTime,
}

impl Desk {
    /// A desk with what was `answers` before; programs note in `time` what they take.
    pub fn new(source: Source, n_features: usize, most: u64, answers: Answers, time: ProgramsTime) -> Desk {
        Desk { source, n_features, most, answers, time }
    }

    /// What the target is at `points`. `waiting` is called from time to time, and says whether anybody still waits.
    ///
    /// # Errors
    /// [`OracleError`]. Answers that came before are kept.
    pub fn measure(&mut self, points: &[Vec<f64>], waiting: &mut dyn FnMut() -> bool) -> Result<Vec<f64>, OracleError> {
        let expected = self.n_features;
        if let Some(wrong) = points.iter().find(|point| point.len() != expected) {
            return Err(OracleError::Shape { found: wrong.len(), expected });
        }
        let mut values = Vec::with_capacity(points.len());
        for some in points.chunks(AT_ONCE) {
            if !waiting() {
                return Err(OracleError::Cancelled);
            }
            self.ask(some, waiting)?;
            values.extend(some.iter().map(|point| self.answers.of(point).unwrap_or(f64::NAN)));
        }
        Ok(values)
    }

    /// Asks for what is not known of `points`.
    fn ask(&mut self, points: &[Vec<f64>], waiting: &mut dyn FnMut() -> bool) -> Result<(), OracleError> {
        let mut new: Vec<&Vec<f64>> = Vec::new();
        for point in points {
            if self.answers.of(point).is_none() && !new.contains(&point) {
                new.push(point);
            }
        }
        if self.answers.len() + new.len() as u64 > self.most {
            return Err(OracleError::TooMany { most: self.most });
        }
        match &mut self.source {
            Source::Formula(law) => {
                for point in new {
                    self.answers.keep(point, law.value(point))?;
                }
                Ok(())
            }
            Source::Program(program) => program.ask(&new, &self.time, waiting, &mut self.answers),
        }
    }
}

/// The answers that a study's folder keeps, or none yet without a folder.
///
/// # Errors
/// [`FolderError`] where they cannot be read.
pub(crate) fn answers(folder: Option<&std::path::Path>) -> Result<Answers, FolderError> {
    folder.map_or_else(|| Ok(Answers::default()), Answers::open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(most: u64) -> Desk {
        let config = OracleConfig { formula: Some("a + log(b)".into()), ..OracleConfig::default() };
        let source = Source::new(&config, &["a".into(), "b".into()], "y").unwrap();
        Desk::new(source, 2, most, Answers::default(), ProgramsTime::default())
    }

    #[test]
    fn points_are_answered_in_order_and_what_is_known_is_not_asked_again() {
        let mut desk = desk(2);
        let points = [vec![1.0, 1.0], vec![2.0, -1.0], vec![1.0, 1.0]];
        let values = desk.measure(&points, &mut || true).unwrap();
        assert_eq!((values[0], values[1].is_nan(), values[2]), (1.0, true, 1.0));
        assert_eq!(desk.answers.len(), 2, "the same point counts once");
        assert_eq!(desk.measure(&points[..2], &mut || true).unwrap()[0], 1.0);
        assert_eq!(desk.measure(&[vec![3.0, 1.0]], &mut || true), Err(OracleError::TooMany { most: 2 }));
        assert_eq!(desk.measure(&points, &mut || false), Err(OracleError::Cancelled));
        assert_eq!(desk.measure(&[vec![3.0]], &mut || true), Err(OracleError::Shape { found: 1, expected: 2 }));
    }

    #[test]
    fn what_means_nothing_is_refused_in_words() {
        let both = OracleConfig { command: vec!["a".into()], formula: Some("a".into()), ..OracleConfig::default() };
        for (config, words) in [
            (OracleConfig::default(), "give either command"),
            (both, "give either command"),
            (OracleConfig { formula: Some("a + q".into()), ..OracleConfig::default() }, "\"a + q\" cannot be read"),
            (
                OracleConfig { formula: Some("a".into()), max_questions: 0, ..OracleConfig::default() },
                "max_questions is 0, allowed is 1 to 1000000000",
            ),
        ] {
            let error = Source::new(&config, &["a".into()], "y").unwrap_err().to_string();
            assert!(error.starts_with("[oracle]: ") && error.contains(words), "{error}");
        }
    }
}
