//! The pipes to a program: each is served by a thread, so that neither side ever waits for the other for good.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest line that is read, in bytes.
pub(crate) const LONGEST_LINE: usize = 1_000_000;
/// Lines that wait to be read by the search; a program that writes more waits.
const WAITING_LINES: usize = 1024;
/// Lines of standard error that are kept, and how much of each.
const LAST_WORDS: usize = 6;
const LONGEST_WORDS: usize = 300;

/// What a program wrote to its standard output; it has ended where no line can come any more.
#[derive(Debug, PartialEq)]
pub(crate) enum Written {
    Line(String),
    TooLong,
}

/// Hands the lines of `output` on; the receiver is disconnected at the end, and after a line that is too long.
pub(crate) fn lines(output: impl Read + Send + 'static) -> std::io::Result<Receiver<Written>> {
    let (sender, receiver) = sync_channel(WAITING_LINES);
    std::thread::Builder::new().name("program-output".into()).spawn(move || read_lines(output, &sender))?;
    Ok(receiver)
}

fn read_lines(output: impl Read, sender: &SyncSender<Written>) {
    let mut output = BufReader::with_capacity(1 << 16, output);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = output.by_ref().take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut line);
        let written = match read {
            Err(_) | Ok(0) => return,
            Ok(_) if line.len() > LONGEST_LINE => Written::TooLong,
            Ok(_) => Written::Line(String::from_utf8_lossy(&line).trim_end().to_string()),
        };
        let last = written == Written::TooLong;
        // Nobody listens any more once the conversation is over.
        if sender.send(written).is_err() || last {
            return;
        }
    }
}

/// Lines on their way to a program.
pub(crate) struct Letters {
    sender: Sender<String>,
    unread: Arc<AtomicUsize>,
}

impl Letters {
    /// Writes to `input` what is sent, for as long as it can be written.
    pub fn new(mut input: impl Write + Send + 'static) -> std::io::Result<Letters> {
        let (sender, receiver) = channel::<String>();
        let unread = Arc::new(AtomicUsize::new(0));
        let waiting = unread.clone();
        std::thread::Builder::new().name("program-input".into()).spawn(move || {
            for line in receiver {
                let written = input.write_all(line.as_bytes()).and_then(|()| input.write_all(b"\n"));
                if written.and_then(|()| input.flush()).is_err() {
                    // The program has closed its input, which it may; it only hears no more.
                    return;
                }
                waiting.fetch_sub(line.len(), Ordering::AcqRel);
            }
        })?;
        Ok(Letters { sender, unread })
    }

    /// Sends a line; returns how many bytes have not been taken yet.
    pub fn send(&self, line: String) -> usize {
        let before = self.unread.fetch_add(line.len(), Ordering::AcqRel);
        let _ = self.sender.send(line);
        before
    }
}

/// The last lines that a program wrote to its standard error.
pub(crate) struct LastWords {
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Disconnected when there can be no more.
    end: Receiver<()>,
}

impl LastWords {
    /// Begins to listen.
    pub fn new(errors: impl Read + Send + 'static) -> std::io::Result<LastWords> {
        let lines: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let kept = lines.clone();
        let (alive, end) = channel::<()>();
        std::thread::Builder::new().name("program-errors".into()).spawn(move || {
            let _alive = alive;
            let mut errors = BufReader::new(errors);
            let mut line = Vec::new();
            // What is too long for a line is cut, and the rest of it is another line.
            while matches!(errors.by_ref().take(1 << 16).read_until(b'\n', &mut line), Ok(read) if read > 0) {
                let text = String::from_utf8_lossy(&line);
                let text: String = text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect();
                if !text.is_empty() {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push_back(text);
                    if kept.len() > LAST_WORDS {
                        kept.pop_front();
                    }
                }
                line.clear();
            }
        })?;
        Ok(LastWords { lines, end })
    }

    /// The last words in one line, after a moment for what is still on its way.
    pub fn text(&self) -> String {
        let _ = self.end.recv_timeout(std::time::Duration::from_millis(100));
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect::<Vec<_>>().join(" / ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_and_a_line_without_end_ends_them() {
        let long = vec![b'x'; LONGEST_LINE + 10];
        let output = [&b"one\r\n\ntwo\xFF\n"[..], &long, b"\nnever read\n"].concat();
        let read: Vec<Written> = lines(std::io::Cursor::new(output)).unwrap().into_iter().collect();
        let line = |text: &str| Written::Line(text.into());
        assert_eq!(read, [line("one"), line(""), line("two\u{FFFD}"), Written::TooLong]);
    }

    #[test]
    fn the_last_words_are_the_last_and_in_one_line() {
        let errors = (0..100).map(|i| format!("line {i}\x07\n\n")).collect::<String>();
        let words = LastWords::new(std::io::Cursor::new(errors)).unwrap();
        assert_eq!(words.text(), "line 94 / line 95 / line 96 / line 97 / line 98 / line 99");
    }
}
