//! [`Answers`]: what an oracle has said, in memory and in `oracle.jsonl` of the study's folder.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use symfolio_core::OracleError;

use crate::FolderError;

/// One line of the file.
#[derive(Serialize, Deserialize)]
struct Entry {
    point: Vec<f64>,
    /// `None` where the target is undefined.
    value: Option<f64>,
}

/// What an oracle has said.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// By the bits of the points; only ever looked up.
    known: HashMap<Vec<u64>, f64>,
    file: Option<File>,
}

fn bits(point: &[f64]) -> Vec<u64> {
    point.iter().map(|value| value.to_bits()).collect()
}

impl Answers {
    /// Those that the folder keeps, further ones to be added. A last line that was cut off when the process was killed is dropped.
    ///
    /// # Errors
    /// [`FolderError::Io`], and [`FolderError::BadEvent`] for a line that is no answer.
    pub fn open(folder: &Path) -> Result<Answers, FolderError> {
        let path = folder.join("oracle.jsonl");
        let io = |error| FolderError::Io { path: path.clone(), error };
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(io)?;
        let text = std::fs::read_to_string(&path).map_err(io)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64).map_err(io)?;
        let mut known = HashMap::new();
        for (at, line) in text[..whole].lines().enumerate() {
            let entry: Entry = serde_json::from_str(line).map_err(|error| FolderError::BadEvent {
                path: path.clone(),
                line: at + 1,
                message: error.to_string(),
            })?;
            known.insert(bits(&entry.point), entry.value.unwrap_or(f64::NAN));
        }
        Ok(Answers { known, file: Some(file) })
    }

    /// Number of points that are known.
    pub fn len(&self) -> u64 {
        self.known.len() as u64
    }

    /// What was said of `point`; NaN for nothing.
    pub fn of(&self, point: &[f64]) -> Option<f64> {
        self.known.get(&bits(point)).copied()
    }

    /// Keeps an answer.
    ///
    /// # Errors
    /// [`OracleError::NotKept`] where the folder cannot be written.
    pub fn keep(&mut self, point: &[f64], value: f64) -> Result<(), OracleError> {
        let value = if value.is_finite() { value } else { f64::NAN };
        if let Some(file) = &mut self.file {
            let not_kept = |reason: String| OracleError::NotKept { reason };
            let entry = Entry { point: point.to_vec(), value: value.is_finite().then_some(value) };
            let line = serde_json::to_string(&entry).map_err(|error| not_kept(error.to_string()))?;
            file.write_all(format!("{line}\n").as_bytes()).map_err(|error| not_kept(error.to_string()))?;
        }
        self.known.insert(bits(point), value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_to_the_bit_and_a_torn_line_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let mut answers = Answers::open(dir.path()).unwrap();
        let (third, point) = (1.0 / 3.0, [0.1, -2e-300]);
        answers.keep(&point, third).unwrap();
        answers.keep(&[1.0, 2.0], f64::INFINITY).unwrap();
        drop(answers);
        let path = dir.path().join("oracle.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}{{\"point\":[1.0,")).unwrap();
        let mut again = Answers::open(dir.path()).unwrap();
        assert_eq!((again.len(), again.of(&point)), (2, Some(third)));
        assert!(again.of(&[1.0, 2.0]).unwrap().is_nan());
        again.keep(&[5.0, 5.0], 1.0).unwrap();
        assert_eq!(Answers::open(dir.path()).unwrap().len(), 3);
        std::fs::write(&path, "nonsense\n").unwrap();
        assert!(Answers::open(dir.path()).unwrap_err().to_string().contains("line 1 is not an entry"));
    }
}
