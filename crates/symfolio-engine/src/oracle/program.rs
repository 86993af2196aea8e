//! [`Program`]: an oracle that is a program, asked and heard line by line; docs/oracle.md describes the messages.

use serde::{Deserialize, Serialize};
use symfolio_core::{Conversation, Heard, OracleError, ProgramSpec};

use super::answers::Answers;
use crate::OracleConfig;
use crate::clock::ProgramsTime;

/// Bytes of a line that is no answer that are shown.
const SHOWN: usize = 80;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ToOracle<'a> {
    /// The first line.
    Start { protocol: u32, features: &'a [String], target: &'a str },
    /// A question, to be answered by a line.
    Measure { point: &'a [f64] },
}

#[derive(Deserialize)]
struct Answer {
    value: Option<f64>,
}

/// A program that is asked.
pub(crate) struct Program {
    config: OracleConfig,
    features: Vec<String>,
    target: String,
    talk: Option<Box<dyn Conversation>>,
    /// Answers that it has given since it was started.
    answers: u64,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Program {
    /// The program of `config`, not started yet, for a table with these columns.
    pub fn new(config: OracleConfig, features: &[String], target: &str) -> Program {
        Program { config, features: features.to_vec(), target: target.into(), talk: None, answers: 0 }
    }

    /// Asks about `points` and keeps each answer in `answers`. After an error the program is ended, and started anew when it is next asked.
    ///
    /// # Errors
    /// [`OracleError`].
    pub fn ask(
        &mut self,
        points: &[&Vec<f64>],
        time: &ProgramsTime,
        waiting: &mut dyn FnMut() -> bool,
        answers: &mut Answers,
    ) -> Result<(), OracleError> {
        if points.is_empty() {
            return Ok(());
        }
        let mut talk = match self.talk.take() {
            Some(talk) => talk,
            None => self.start(time)?,
        };
        for point in points {
            talk.say(text(&ToOracle::Measure { point })?)?;
        }
        for point in points {
            let value = self.answer(&mut *talk, waiting)?;
            self.answers += 1;
            answers.keep(point, value)?;
        }
        talk.rest();
        self.talk = Some(talk);
        Ok(())
    }

    fn start(&mut self, time: &ProgramsTime) -> Result<Box<dyn Conversation>, OracleError> {
        self.answers = 0;
        let spec = ProgramSpec { command: self.config.command.clone(), memory_mb: self.config.memory_mb };
        let mut talk = crate::program::open(&spec, time.clone())?;
        talk.say(text(&ToOracle::Start { protocol: 1, features: &self.features, target: &self.target })?)?;
        Ok(talk)
    }

    /// The next answer.
    fn answer(&self, talk: &mut dyn Conversation, waiting: &mut dyn FnMut() -> bool) -> Result<f64, OracleError> {
        let seconds = self.config.timeout + if self.answers == 0 { self.config.startup } else { 0.0 };
        let begun = talk.used().heard;
        loop {
            match talk.hear()? {
                Heard::Line(line) => return value(&line),
                Heard::Ended(how) => return Err(OracleError::Gone { answers: self.answers, how }),
                Heard::Nothing if !waiting() => return Err(OracleError::Cancelled),
                Heard::Nothing if talk.used().heard - begun > seconds => {
                    return Err(OracleError::Silent { seconds, answers: self.answers });
                }
                Heard::Nothing => {}
            }
        }
    }
}

fn text(message: &ToOracle<'_>) -> Result<String, OracleError> {
    serde_json::to_string(message).map_err(|error| OracleError::NotKept { reason: error.to_string() })
}

/// The value that a line says; NaN for null.
fn value(line: &str) -> Result<f64, OracleError> {
    match serde_json::from_str::<Answer>(line) {
        // An object without a value is no answer either.
        Ok(answer) if line.contains("\"value\"") => Ok(answer.value.unwrap_or(f64::NAN)),
        _ => Err(OracleError::Nonsense { line: line.chars().take(SHOWN).collect() }),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What a shell script answers to the points 2, 3 and 4.
    fn asked(script: &str) -> Result<Vec<f64>, OracleError> {
        let command = ["sh", "-c", script].map(String::from).to_vec();
        let config = OracleConfig { command, timeout: 0.2, startup: 0.5, ..OracleConfig::default() };
        let mut program = Program::new(config, &["a b".into()], "y");
        let points = [vec![2.0], vec![3.0], vec![4.0]];
        let mut answers = Answers::default();
        program.ask(&points.iter().collect::<Vec<_>>(), &ProgramsTime::default(), &mut || true, &mut answers)?;
        Ok(points.iter().filter_map(|point| answers.of(point)).collect())
    }

    #[test]
    fn a_program_answers_line_by_line() {
        let doubled =
            r#"read -r start; while read -r line; do n=${line##*[}; n=${n%%.*}; echo "{\"value\":$((2*n))}"; done"#;
        assert_eq!(asked(doubled), Ok(vec![4.0, 6.0, 8.0]));
        let undefined = asked(r#"read -r start; while read -r line; do echo '{"value":null}'; done"#).unwrap();
        assert!(undefined.iter().all(|value| value.is_nan()), "{undefined:?}");
        let told = asked(r#"read -r start; echo "$start" >&2; exit 3"#).unwrap_err().to_string();
        assert!(told.contains(r#""features":["a b"],"target":"y""#), "{told}");
    }

    #[test]
    fn programs_that_are_dead_silent_or_confused_are_errors_in_words() {
        for (script, words) in [
            ("exit 7", "the oracle was gone after 0 answers"),
            (r#"read -r s; read -r l; echo '{"value":1}'; exit 7"#, "the oracle was gone after 1 answers"),
            ("sleep 5", "did not answer within 0.7 s, after 0 answers"),
            ("read -r s; echo 3.5; sleep 5", "the oracle wrote \"3.5\", not an answer"),
            ("read -r s; echo '{}'; sleep 5", "the oracle wrote \"{}\", not an answer"),
        ] {
            let error = asked(script).unwrap_err().to_string();
            assert!(error.contains(words), "{script}: {error}");
        }
    }
}
