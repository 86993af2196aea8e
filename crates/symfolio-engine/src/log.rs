//! The study folder: `study.toml`, `events.jsonl`, `checkpoints/`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use crate::{Event, StudyConfig};

/// Why a study folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum FolderError {
    #[error("{path}: {error}")]
    Io { path: PathBuf, error: io::Error },
    #[error("{0} already holds a study; go on with it by `symfolio resume {0}`, or choose another folder")]
    Taken(PathBuf),
    #[error("{0} holds no study: there is no study.toml in it")]
    NoStudy(PathBuf),
    #[error("{path}: line {line} is not an entry of the log: {message}")]
    BadEvent { path: PathBuf, line: usize, message: String },
    #[error("{path}: {message}")]
    BadConfig { path: PathBuf, message: String },
    #[error("{path} is in use by another process")]
    Locked { path: PathBuf },
}

/// A study's folder on disk.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    events: File,
}

impl Folder {
    /// Makes the folder for a new study.
    ///
    /// # Errors
    /// [`FolderError::Taken`] where it holds a study, [`FolderError::Io`] where it cannot be written.
    pub fn create(path: &Path, config: &StudyConfig) -> Result<Folder, FolderError> {
        let has_log = fs::metadata(path.join("events.jsonl")).is_ok_and(|log| log.len() > 0);
        if path.join("study.toml").exists() || has_log {
            return Err(FolderError::Taken(path.to_path_buf()));
        }
        let io = |error| FolderError::Io { path: path.to_path_buf(), error };
        fs::create_dir_all(path.join("checkpoints")).map_err(io)?;
        let text = toml::to_string(config)
            .map_err(|error| FolderError::BadConfig { path: path.to_path_buf(), message: error.to_string() })?;
        let folder = Folder::open(path)?;
        write_whole(&path.join("study.toml"), text.as_bytes()).map_err(io)?;
        Ok(folder)
    }

    /// Opens the folder of a study for writing, and reads its configuration and log. A last line that was cut off when the process
    /// was killed is dropped.
    ///
    /// # Errors
    /// [`FolderError`] says which file is missing or broken.
    pub fn resume(path: &Path) -> Result<(Folder, StudyConfig, Vec<Event>), FolderError> {
        let config = Folder::config(path)?;
        let folder = Folder::open(path)?;
        let (events, length) = read_events(path)?;
        let io = |error| FolderError::Io { path: path.join("events.jsonl"), error };
        folder.events.set_len(length).map_err(io)?;
        Ok((folder, config, events))
    }

    /// Reads the configuration and log of a study without changing anything.
    ///
    /// # Errors
    /// [`FolderError`] says which file is missing or broken.
    pub fn read(path: &Path) -> Result<(StudyConfig, Vec<Event>), FolderError> {
        Ok((Folder::config(path)?, read_events(path)?.0))
    }

    fn config(path: &Path) -> Result<StudyConfig, FolderError> {
        let file = path.join("study.toml");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(FolderError::NoStudy(path.to_path_buf()));
            }
            Err(error) => return Err(FolderError::Io { path: file, error }),
        };
        StudyConfig::from_toml(&text).map_err(|error| FolderError::BadConfig { path: file, message: error.to_string() })
    }

    fn open(path: &Path) -> Result<Folder, FolderError> {
        let file = path.join("events.jsonl");
        let events = OpenOptions::new().create(true).append(true).open(&file);
        let events = events.map_err(|error| FolderError::Io { path: file.clone(), error })?;
        match events.try_lock() {
            Ok(()) => Ok(Folder { path: path.to_path_buf(), events }),
            Err(fs::TryLockError::WouldBlock) => Err(FolderError::Locked { path: path.to_path_buf() }),
            Err(fs::TryLockError::Error(error)) => Err(FolderError::Io { path: file, error }),
        }
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends an entry to the log, in one write.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn append(&mut self, event: &Event) -> Result<(), FolderError> {
        let io = |error| FolderError::Io { path: self.path.join("events.jsonl"), error };
        let mut line = serde_json::to_string(event).map_err(|error| io(error.into()))?;
        line.push('\n');
        self.events.write_all(line.as_bytes()).map_err(io)
    }

    /// Writes the state of run `run` after slice `slice`; that of the slice before it is kept until [`Folder::forget`].
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn save(&self, run: u32, slice: u64, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.checkpoint(run, slice);
        write_whole(&path, bytes).map_err(|error| FolderError::Io { path, error })
    }

    /// The state of run `run` after slice `slice`.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn saved(&self, run: u32, slice: u64) -> Result<Vec<u8>, FolderError> {
        let path = self.checkpoint(run, slice);
        fs::read(&path).map_err(|error| FolderError::Io { path, error })
    }

    /// Removes a state that a later one has replaced; one that is gone already is no error.
    pub fn forget(&self, run: u32, slice: u64) {
        let _ = fs::remove_file(self.checkpoint(run, slice));
    }

    fn checkpoint(&self, run: u32, slice: u64) -> PathBuf {
        self.path.join("checkpoints").join(format!("run-{run}-slice-{slice}"))
    }
}

/// Writes a file so that a reader finds the old content or the new, never a part, also when the process is killed meanwhile.
///
/// # Errors
/// As [`fs::write`] and [`fs::rename`].
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    fs::write(&part, bytes)?;
    fs::rename(&part, path)
}

/// The entries of the log, and how many bytes they take.
fn read_events(folder: &Path) -> Result<(Vec<Event>, u64), FolderError> {
    let path = folder.join("events.jsonl");
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(error) => return Err(FolderError::Io { path, error }),
    };
    let mut reader = BufReader::new(file);
    let (mut events, mut length, mut line) = (Vec::new(), 0u64, Vec::new());
    loop {
        line.clear();
        let n = reader.read_until(b'\n', &mut line).map_err(|error| FolderError::Io { path: path.clone(), error })?;
        if n == 0 || line.last() != Some(&b'\n') {
            return Ok((events, length));
        }
        match serde_json::from_slice(&line) {
            Ok(event) => events.push(event),
            Err(error) => {
                let line = events.len() + 1;
                return Err(FolderError::BadEvent { path, line, message: error.to_string() });
            }
        }
        length += n as u64;
    }
}
