//! Bytes in, UTF-8 text with `\n` line ends out, a chunk at a time.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{Refusal, Source, encoding};

/// Bytes read, and text kept, at a time. Even, so that UTF-16 units do not straddle chunks.
const CHUNK: usize = 1 << 16;

/// What stands behind the last line: a comment, which is skipped wherever a line of its own may stand, so that only a
/// cell with an open quote comes to hold it. No table has these control characters.
pub(super) const END: &str = "#\u{2}\u{3}\u{1c}\n";

/// A table's text: decoded, every line ended by `\n` (for `\r\n` and `\r` too), the last one included, then [`END`].
///
/// Without a given encoding the decision waits for the first chunk that is not ASCII: up to there, all encodings but
/// UTF-16 agree.
pub(super) struct TextReader<'a> {
    input: Box<dyn Read + 'a>,
    pub(super) gzip: bool,
    given: Option<&'static Encoding>,
    decoder: Decoder,
    decided: bool,
    raw: Vec<u8>,
    raw_start: usize,
    /// Offset of `raw[0]` among all bytes of the table.
    raw_offset: u64,
    input_ended: bool,
    text: Vec<u8>,
    text_start: usize,
    text_end: usize,
    after_carriage_return: bool,
    last_byte: Option<u8>,
    finished: bool,
}

impl<'a> TextReader<'a> {
    pub(super) fn open(source: &'a Source, label: Option<&str>) -> Result<Self, Refusal> {
        let given = label.map(encoding::for_label).transpose()?;
        let (input, gzip) = source.open()?;
        Ok(TextReader {
            input,
            gzip,
            given,
            decoder: UTF_8.new_decoder_without_bom_handling(),
            decided: false,
            raw: Vec::with_capacity(CHUNK),
            raw_start: 0,
            raw_offset: 0,
            input_ended: false,
            // More than is decoded into, for the line end that the last line may lack, and the end mark.
            text: vec![0; CHUNK + 1 + END.len()],
            text_start: 0,
            text_end: 0,
            after_carriage_return: false,
            last_byte: None,
            finished: false,
        })
    }

    /// Name of the encoding, final once a character beyond ASCII has been met.
    pub(super) fn encoding(&self) -> &'static str {
        self.decoder.encoding().name()
    }

    /// The text at hand, without consuming it, and whether the table ends with it.
    pub(super) fn sample(&mut self) -> Result<(&[u8], bool), Refusal> {
        self.fill_text()?;
        Ok((&self.text[self.text_start..self.text_end], self.finished))
    }

    fn fill_text(&mut self) -> Result<(), Refusal> {
        while self.text_start == self.text_end && !self.finished {
            if self.raw_start == self.raw.len() && !self.input_ended {
                self.fill_raw()?;
            }
            let raw = &self.raw[self.raw_start..];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text[..CHUNK], self.input_ended);
            self.raw_start += read;
            match result {
                DecoderResult::InputEmpty => self.finished = self.input_ended,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => return Err(self.malformed(length, after)),
            }
            self.text_start = 0;
            self.text_end = self.unify_line_ends(written);
            if self.finished && self.last_byte.is_some_and(|byte| byte != b'\n') {
                self.text[self.text_end] = b'\n';
                self.text_end += 1;
            }
            if self.finished && self.last_byte.is_some() {
                let end = self.text_end + END.len();
                self.text[self.text_end..end].copy_from_slice(END.as_bytes());
                self.text_end = end;
            }
        }
        Ok(())
    }

    fn fill_raw(&mut self) -> Result<(), Refusal> {
        let first = self.raw_offset == 0 && self.raw.is_empty();
        self.raw_offset += self.raw.len() as u64;
        self.raw.clear();
        self.raw_start = 0;
        let wanted = CHUNK as u64;
        let read = self.input.by_ref().take(wanted).read_to_end(&mut self.raw);
        let read = read.map_err(|error| match self.gzip {
            true => Refusal::DamagedGzip(error),
            false => Refusal::Unreadable(error),
        })?;
        self.input_ended = read < CHUNK;
        if first {
            self.decide(encoding::at_start(&self.raw).or(self.given));
        }
        if !self.decided && !self.raw.is_ascii() {
            self.decide(Some(encoding::of_text(&self.raw)));
        }
        self.refuse_zero()
    }

    fn decide(&mut self, encoding: Option<&'static Encoding>) {
        if let Some(encoding) = encoding {
            self.decoder = encoding.new_decoder_with_bom_removal();
            self.decided = true;
        }
    }

    /// A zero character is in no table, but early in nearly every file that is not text.
    fn refuse_zero(&self) -> Result<(), Refusal> {
        if !self.raw.contains(&0) {
            return Ok(());
        }
        let encoding = self.decoder.encoding();
        let width = if encoding == UTF_16LE || encoding == UTF_16BE { 2 } else { 1 };
        let position = match width {
            1 => self.raw.iter().position(|byte| *byte == 0),
            _ => self.raw.chunks_exact(2).position(|unit| unit == [0, 0]),
        };
        match position {
            Some(index) => Err(Refusal::NotText { offset: self.raw_offset + (index * width) as u64 }),
            None => Ok(()),
        }
    }

    fn malformed(&mut self, length: u8, after: u8) -> Refusal {
        self.finished = true;
        let (length, after) = (usize::from(length), usize::from(after));
        let end = self.raw_start.saturating_sub(after);
        let start = end.saturating_sub(length);
        let offset = (self.raw_offset + self.raw_start as u64).saturating_sub((length + after) as u64);
        Refusal::Undecodable {
            offset,
            bytes: self.raw[start..end].to_vec(),
            encoding: self.encoding(),
            given: self.given.is_some(),
        }
    }

    /// Turns `\r\n` and `\r` into `\n` within the first `length` bytes of the text; returns the new length.
    fn unify_line_ends(&mut self, length: usize) -> usize {
        let text = &mut self.text[..length];
        let mut kept = length;
        if self.after_carriage_return || text.contains(&b'\r') {
            kept = 0;
            for index in 0..length {
                let byte = text[index];
                let second_half = byte == b'\n' && self.after_carriage_return;
                self.after_carriage_return = byte == b'\r';
                if !second_half {
                    text[kept] = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
        }
        if let Some(byte) = text[..kept].last() {
            self.last_byte = Some(*byte);
        }
        kept
    }
}

impl BufRead for TextReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.fill_text().map_err(io::Error::other)?;
        Ok(&self.text[self.text_start..self.text_end])
    }

    fn consume(&mut self, amount: usize) {
        self.text_start = (self.text_start + amount).min(self.text_end);
    }
}

impl Read for TextReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
