//! [`Conversation`]: a program of its own that a search talks to, line by line.

/// A program that a search wants to have started.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramSpec {
    /// The program and its arguments; at least one word. No shell reads them.
    pub command: Vec<String>,
    /// Most memory of the program and its children together, in MB (1e6 bytes).
    pub memory_mb: u64,
}

/// A program under way. It is ended, with its children, when the value is dropped.
///
/// The clock is the host's: a search learns only how long its program has run and computed.
pub trait Conversation: Send {
    /// Hands one line over, `line` being without its end. Does not wait until the program reads it, and wakes a program that rests.
    ///
    /// # Errors
    /// [`ProgramError::Deaf`] where the program has left too much unread.
    fn say(&mut self, line: String) -> Result<(), ProgramError>;

    /// Waits for the program's next line, for some hundredths of a second at most.
    ///
    /// # Errors
    /// [`ProgramError::LongLine`] and [`ProgramError::Memory`]: the program has been ended then.
    fn hear(&mut self) -> Result<Heard, ProgramError>;

    /// What the program has taken so far.
    fn used(&self) -> ProgramTime;

    /// Lets the program rest, where the platform can, until it is spoken or listened to again; `used` is exact afterwards.
    fn rest(&mut self);
}

/// What came from a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A line of its standard output.
    Line(String),
    /// Nothing yet.
    Nothing,
    /// Nothing any more; the text says how it ended and has its last words on standard error.
    Ended(String),
}

/// What a program has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProgramTime {
    /// Seconds that the host listened to it.
    pub heard: f64,
    /// Processor seconds of the program and its children; where the platform does not tell, the same as `heard`.
    pub cpu: f64,
}

/// Why there is no conversation, or none any more.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProgramError {
    /// Whoever runs the search starts no programs.
    #[error("no programs are started here; leave the program out by `without`")]
    NotHere,
    /// The program cannot be started.
    #[error("cannot start {command:?}: {reason}; check that it is installed, and its name and folder")]
    Start {
        /// The first word of the command.
        command: String,
        /// What the system says.
        reason: String,
    },
    /// It does not read what it is told.
    #[error("it left {bytes} bytes unread on its standard input; read every line, in a thread of its own if need be")]
    Deaf {
        /// Bytes that wait to be read.
        bytes: usize,
    },
    /// It wrote a line that does not end.
    #[error("it wrote a line of more than {limit} bytes; end each message with a line feed")]
    LongLine {
        /// Longest line that is read.
        limit: usize,
    },
    /// It takes too much memory.
    #[error("it takes {used_mb} MB with its children, {limit_mb} are allowed; use less, or raise `memory_mb`")]
    Memory {
        /// What it takes.
        used_mb: u64,
        /// What is allowed.
        limit_mb: u64,
    },
}
