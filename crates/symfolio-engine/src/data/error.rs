//! Why a table cannot be read, with place, value and remedy.

use std::fmt;
use std::io;

use symfolio_core::DatasetError;
use symfolio_expr::{UnitTextError, number_text};

use super::{Role, Source};

/// A table that was refused; prints as `planets.csv: row 7, column "mass" (position 2): ...`.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {refusal}")]
pub struct DataError {
    /// The path as given, `standard input`, or the name of the bytes.
    pub file: String,
    /// What was found, where, and what to do.
    pub refusal: Box<Refusal>,
}

impl DataError {
    pub(super) fn new(source: &Source, refusal: Refusal) -> DataError {
        DataError { file: source.label(), refusal: Box::new(refusal) }
    }
}

/// A cell; prints as `row 7, column "mass" (position 2)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// 1-based number of the line in the file on which the row begins.
    pub row: u64,
    /// Name of the column.
    pub column: String,
    /// 0-based position of the column in the file, as selectors count.
    pub position: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { row, column, position } = self;
        write!(f, "row {row}, column \"{column}\" (position {position})")
    }
}

/// What was found, where, and what to do.
///
/// Values and names are as in the file; long ones are cut and control characters escaped.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Refusal {
    /// The path leads nowhere.
    #[error("no such file; check the path")]
    NoSuchFile,
    /// The path leads to a folder.
    #[error("this is a folder; name a file in it")]
    Folder,
    /// The file may not be read.
    #[error("no permission to read it; change its permissions or copy it")]
    NoPermission,
    /// Opening or reading failed for another reason.
    #[error("cannot be read ({0}); check the file and its disk")]
    Unreadable(io::Error),
    /// A file that begins like gzip cannot be unpacked to its end.
    #[error("damaged gzip data ({0}); pack the table again")]
    DamagedGzip(io::Error),
    /// The first bytes are those of a format that is not text.
    #[error("this is {format}; {remedy}")]
    ForeignFormat { format: &'static str, remedy: &'static str },
    /// There is a zero character.
    #[error(
        "zero byte at offset {offset}: this is not text; save the table as CSV, or name its encoding with --encoding"
    )]
    NotText { offset: u64 },
    /// Bytes have no meaning in the encoding.
    #[error("{} at offset {offset} not valid in {encoding}; {}", hexadecimal(bytes), decoding_remedy(*given))]
    Undecodable {
        /// Offset of the first of the bytes, after unpacking.
        offset: u64,
        bytes: Vec<u8>,
        encoding: &'static str,
        /// Whether the user named the encoding.
        given: bool,
    },
    /// The label of an encoding is not known.
    #[error("unknown encoding \"{label}\"; use a label such as utf-8, utf-16le, shift_jis, euc-jp or latin-1")]
    UnknownEncoding { label: String },
    /// There is no row at all.
    #[error("no rows, only blank lines or comments; check that this is the right file")]
    Empty,
    /// A row has more or fewer cells than the first one.
    #[error(
        "row {row}: {found} cell(s), the first row has {expected}; add or remove separators, or quote cells that contain one"
    )]
    Ragged { row: u64, found: usize, expected: usize },
    /// A quoted cell goes on to the end of the table.
    #[error("row {row}: a quote opens here that is never closed; close it, or remove it")]
    OpenQuote { row: u64 },
    /// All rows before it end with a separator, and this one has a value behind it.
    #[error(
        "row {row}: \"{value}\" stands behind the last separator, where the rows before it have nothing; \
         remove it, or give the column a name and the other rows a value"
    )]
    BehindLast { row: u64, value: String },
    /// A cell holds text.
    #[error("{place}: cannot read \"{value}\" as a number; {remedy}")]
    NotANumber { place: Place, value: String, remedy: &'static str },
    /// A cell holds a number with a comma that also separates cells.
    #[error("{place}: cannot read \"{value}\" as a number; write a decimal point, or separate cells by semicolons")]
    Comma { place: Place, value: String },
    /// A cell holds a number whose digits are grouped.
    #[error("{place}: cannot read \"{value}\" as a number; write it without thousands separators, for instance 1234.5")]
    Grouped { place: Place, value: String },
    /// A column has both decimal commas and decimal points.
    #[error(
        "{place}: the decimal mark of \"{value}\" is not that of row {other_row}; use one mark in the whole column"
    )]
    MixedDecimals { place: Place, value: String, other_row: u64 },
    /// A cell holds an infinity or a number too large for 64 bits.
    #[error("{place}: \"{value}\" is not finite; correct it, or leave the cell empty to have the row dropped")]
    Infinite { place: Place, value: String },
    /// A cell is missing although [`Missing::Error`](super::Missing::Error) was asked for.
    #[error("{place}: the cell is missing (\"{value}\"); fill it in, or have such rows dropped")]
    MissingCell { place: Place, value: String },
    /// A weight is below zero.
    #[error("{place}: weight {value} is negative; use weights of at least 0")]
    NegativeWeight { place: Place, value: f64 },
    /// A column that is used has an empty name.
    #[error(
        "the column at position {position} has an empty name; name it in the header or leave it out with --features"
    )]
    EmptyName { position: usize },
    /// A name that is used belongs to two columns.
    #[error("the columns at positions {first} and {second} are both called \"{name}\"; {}", duplicate_remedy(*role))]
    DuplicateName { name: String, first: usize, second: usize, role: Role },
    /// A selector fits no column.
    #[error("no column \"{selector}\" for the {role}; {}the columns are {}", meant(suggestion), listed(names))]
    UnknownColumn { role: Role, selector: String, suggestion: Option<String>, names: Vec<String> },
    /// A column has two uses.
    #[error("column \"{name}\" is used as {first} and as {second}; use it once")]
    UsedTwice { name: String, first: Role, second: Role },
    /// Too few rows are left.
    #[error(
        "{kept} complete row(s), {dropped} dropped for missing cells; at least {needed} are needed, so add rows or fill in cells"
    )]
    TooFewRows { kept: usize, dropped: usize, needed: usize },
    /// No column is left to explain the target with.
    #[error(
        "no feature among the column(s) {}; add one, choose with --features, or name the separator with --delimiter",
        listed(columns)
    )]
    NoFeature { columns: Vec<String> },
    /// All features have one value in all rows.
    #[error("no feature varies: {}; add one that does", constants(columns))]
    OnlyConstantFeatures { columns: Vec<(String, f64)> },
    /// A unit is given for a column that is not there.
    #[error("a unit is given for \"{name}\", but {}the columns are {}", meant(suggestion), listed(names))]
    UnitOfNothing { name: String, suggestion: Option<String>, names: Vec<String> },
    /// A text is no unit.
    #[error("column \"{name}\": {error}")]
    Unit { name: String, error: Box<UnitTextError> },
    /// The columns make no data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl Refusal {
    /// The same about the first row of a table that is said to have no header.
    pub(super) fn of_first_row(self) -> Refusal {
        match self {
            Refusal::NotANumber { place, value, .. } => {
                let remedy = "if the first row holds names, say --header true; otherwise remove the text";
                Refusal::NotANumber { place, value, remedy }
            }
            other => other,
        }
    }

    /// Takes a refusal out of the I/O error that carried it through a reader.
    pub(super) fn from_io(error: io::Error) -> Refusal {
        error.downcast::<Refusal>().unwrap_or_else(Refusal::Unreadable)
    }
}

/// A cell's text for a message: trimmed, at most 40 characters, control characters escaped.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let text = text.trim();
    let escape = |character: char| {
        let escaped = character.is_control().then(|| character.escape_default());
        let plain = escaped.is_none().then_some(character);
        escaped.into_iter().flatten().chain(plain)
    };
    let mut shown: String = text.chars().take(LONGEST).flat_map(escape).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 20;
    let mut list: Vec<String> = names.iter().take(MOST).map(|name| format!("\"{}\"", shown(name))).collect();
    if names.len() > MOST {
        list.push(format!("and {} more", names.len() - MOST));
    }
    list.join(", ")
}

fn constants(columns: &[(String, f64)]) -> String {
    let list: Vec<String> =
        columns.iter().map(|(name, value)| format!("\"{name}\" is {}", number_text(*value))).collect();
    list.join(", ")
}

fn meant(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|name| format!("did you mean \"{name}\"? ")).unwrap_or_default()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let list: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02X}")).collect();
    format!("byte(s) {}", list.join(" "))
}

fn decoding_remedy(given: bool) -> &'static str {
    match given {
        true => "name another encoding with --encoding, or none to have it detected",
        false => "repair the file, or name its encoding with --encoding",
    }
}

fn duplicate_remedy(role: Role) -> &'static str {
    match role {
        Role::Needed => "rename the one that the formula does not mean",
        _ => "rename one, or choose columns by position, as in --features 0,1",
    }
}
