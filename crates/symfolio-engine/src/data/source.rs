//! Where a table comes from, and its bytes.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;

use super::Refusal;

const GZIP: &[u8] = &[0x1f, 0x8b];

/// Formats that are often passed by mistake: first bytes, what they are, what to do.
const FOREIGN: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    (b"PAR1\x15", "a Parquet file", "convert it to CSV"),
    (b"\x93NUMPY", "a NumPy array", "convert it to CSV"),
    (b"\x89HDF", "an HDF5 file", "convert the table to CSV"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it, or pack it with gzip"),
    (b"\xfd7zXZ\x00", "packed with xz", "unpack it, or pack it with gzip"),
];

/// Where a table comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Standard input, to its end.
    Stdin,
    /// Bytes at hand, with a name for messages.
    Bytes {
        /// Name for messages.
        name: String,
        /// What a file would hold.
        bytes: Vec<u8>,
    },
}

impl Source {
    /// What messages call it: the path as given, `standard input`, or the name of the bytes.
    pub fn label(&self) -> String {
        match self {
            Source::Path(path) => path.display().to_string(),
            Source::Stdin => "standard input".to_owned(),
            Source::Bytes { name, .. } => name.clone(),
        }
    }

    /// A name for the data set: the file name without `.gz` and one more ending.
    pub(super) fn stem(&self) -> String {
        let name = match self {
            Source::Path(path) => path.file_name().unwrap_or_default().to_string_lossy().into(),
            Source::Stdin => "stdin".to_owned(),
            Source::Bytes { name, .. } => name.clone(),
        };
        let unpacked = name.strip_suffix(".gz").unwrap_or(&name);
        match unpacked.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
            _ => unpacked.to_owned(),
        }
    }

    /// The bytes of the table, unpacked, and whether they were packed with gzip.
    pub(super) fn open(&self) -> Result<(Box<dyn Read + '_>, bool), Refusal> {
        let mut input: Box<dyn Read + '_> = match self {
            Source::Path(path) => Box::new(open_file(path)?),
            Source::Stdin => Box::new(io::stdin()),
            Source::Bytes { bytes, .. } => Box::new(bytes.as_slice()),
        };
        let mut start = Vec::new();
        input.by_ref().take(8).read_to_end(&mut start).map_err(Refusal::Unreadable)?;
        if let Some((_, format, remedy)) = FOREIGN.iter().find(|(m, ..)| start.starts_with(m)) {
            return Err(Refusal::ForeignFormat { format, remedy });
        }
        let gzip = start.starts_with(GZIP);
        let whole = io::Cursor::new(start).chain(input);
        Ok(if gzip { (Box::new(MultiGzDecoder::new(whole)), true) } else { (Box::new(whole), false) })
    }
}

fn open_file(path: &PathBuf) -> Result<File, Refusal> {
    let refusal = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => Refusal::NoSuchFile,
        ErrorKind::PermissionDenied => Refusal::NoPermission,
        _ => Refusal::Unreadable(error),
    };
    // Opening a folder succeeds on some systems and only reading fails, so ask first.
    if std::fs::metadata(path).map_err(refusal)?.is_dir() {
        return Err(Refusal::Folder);
    }
    File::open(path).map_err(refusal)
}
