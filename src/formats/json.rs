//! A forward reader of JSON: values are found by their brackets, not built.
//!
//! Made for GeoJSON of any size from anybody: one value at a time is in memory, its length and
//! depth are bounded, and a bad value does not hide the ones behind it. Not a validator: single
//! values are checked when they are parsed. Invariant: never more than `limit` bytes are captured.

use std::io::{self, BufRead};

use super::limits::MAX_JSON_DEPTH;

/// Why JSON could not be read on.
#[derive(Debug)]
pub(crate) enum JsonError {
    /// The text is not JSON: at this byte, this was expected.
    Syntax { offset: u64, expected: &'static str },
    /// The text ends in the middle.
    Truncated { offset: u64 },
    /// The disk refused.
    Io(io::Error),
}

impl From<io::Error> for JsonError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// What became of one captured value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Captured {
    /// All of it is in the buffer.
    Whole,
    /// It was longer than the limit; it has been passed over.
    TooLong,
    /// It was nested too deeply; it has been passed over.
    TooDeep,
}

/// Reads JSON text from its beginning to its end.
pub(crate) struct JsonReader<R> {
    source: R,
    offset: u64,
}

impl<R: BufRead> JsonReader<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, offset: 0 }
    }

    /// The next byte that is not white space, not consumed; `None` at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, JsonError> {
        loop {
            let buffer = self.source.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            if let Some(skip) = buffer.iter().position(|b| !b.is_ascii_whitespace()) {
                let byte = buffer[skip];
                self.advance(skip);
                return Ok(Some(byte));
            }
            let all = buffer.len();
            self.advance(all);
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.source.consume(bytes);
        self.offset += bytes as u64;
    }

    /// Consumes the byte if it is next.
    pub(crate) fn accept(&mut self, byte: u8) -> Result<bool, JsonError> {
        let found = self.peek()? == Some(byte);
        if found {
            self.advance(1);
        }
        Ok(found)
    }

    /// Consumes the byte, which must be next.
    pub(crate) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.accept(byte)? {
            return Ok(());
        }
        Err(self.unexpected(expected))
    }

    /// The error for whatever comes next.
    pub(crate) fn unexpected(&mut self, expected: &'static str) -> JsonError {
        match self.peek() {
            Ok(None) => JsonError::Truncated {
                offset: self.offset,
            },
            Ok(Some(_)) => JsonError::Syntax {
                offset: self.offset,
                expected,
            },
            Err(e) => e,
        }
    }

    /// Captures the next value into `buffer` (cleared first), at most `limit` bytes of it.
    pub(crate) fn capture(
        &mut self,
        buffer: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Captured, JsonError> {
        buffer.clear();
        let Some(first) = self.peek()? else {
            return Err(JsonError::Truncated {
                offset: self.offset,
            });
        };
        if matches!(first, b',' | b':' | b'}' | b']') {
            return Err(JsonError::Syntax {
                offset: self.offset,
                expected: "a value",
            });
        }
        let mut scan = Scan::new();
        let mut result = Captured::Whole;
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                // Only a bare number or word can end with the text.
                if scan.depth == 0 && !scan.in_string && !buffer.is_empty() {
                    return Ok(result);
                }
                return Err(JsonError::Truncated {
                    offset: self.offset,
                });
            }
            let (used, done) = scan.feed(chunk);
            if scan.deepest > MAX_JSON_DEPTH {
                result = Captured::TooDeep;
            } else if buffer.len() + used > limit {
                result = Captured::TooLong;
            }
            if result == Captured::Whole {
                buffer.extend_from_slice(&chunk[..used]);
            } else {
                *buffer = Vec::new();
            }
            self.advance(used);
            if done {
                return Ok(result);
            }
        }
    }
}

/// Where one value ends.
struct Scan {
    depth: usize,
    deepest: usize,
    in_string: bool,
    escaped: bool,
    /// The value is a number or a word: it ends before the next delimiter.
    bare: bool,
}

impl Scan {
    fn new() -> Self {
        Self {
            depth: 0,
            deepest: 0,
            in_string: false,
            escaped: false,
            bare: false,
        }
    }

    /// How many bytes of the chunk belong to the value, and whether it ends with them.
    fn feed(&mut self, chunk: &[u8]) -> (usize, bool) {
        let mut i = 0;
        while i < chunk.len() {
            let byte = chunk[i];
            if self.in_string {
                if self.escaped {
                    self.escaped = false;
                } else if byte == b'\\' {
                    self.escaped = true;
                } else if byte == b'"' {
                    self.in_string = false;
                    if self.depth == 0 {
                        return (i + 1, true);
                    }
                }
                i += 1;
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'[' | b'{' => {
                    self.depth += 1;
                    self.deepest = self.deepest.max(self.depth);
                }
                b']' | b'}' => {
                    if self.depth == 0 {
                        return (i, true); // behind a bare value
                    }
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (i + 1, true);
                    }
                }
                b',' if self.depth == 0 => return (i, true),
                _ if self.depth == 0 && self.bare && byte.is_ascii_whitespace() => {
                    return (i, true);
                }
                _ => self.bare = true,
            }
            i += 1;
        }
        (chunk.len(), false)
    }
}

/// A cursor over one captured value.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A value that is not what JSON or GeoJSON asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next byte that is not white space, not consumed.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !byte.is_ascii_whitespace() {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Consumes the byte if it is next.
    pub(crate) fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.accept(byte) {
            Ok(())
        } else {
            Err(Malformed)
        }
    }

    /// The bytes of the next value, passed over.
    pub(crate) fn value(&mut self) -> Result<&'a [u8], Malformed> {
        let first = self.peek().ok_or(Malformed)?;
        if matches!(first, b',' | b':' | b'}' | b']') {
            return Err(Malformed);
        }
        let rest = &self.bytes[self.at..];
        let (used, done) = Scan::new().feed(rest);
        if !done && matches!(first, b'"' | b'{' | b'[') {
            return Err(Malformed);
        }
        self.at += used;
        Ok(&rest[..used])
    }

    /// A number, or one of the words that careless writers use for "not finite" (as NaN).
    pub(crate) fn number(&mut self) -> Result<f64, Malformed> {
        let text = std::str::from_utf8(self.value()?).ok().ok_or(Malformed)?;
        let is_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
        if is_number {
            return text.parse().ok().ok_or(Malformed);
        }
        matches!(
            text,
            "NaN" | "Infinity" | "-Infinity" | "nan" | "inf" | "-inf" | "null"
        )
        .then_some(f64::NAN)
        .ok_or(Malformed)
    }

    /// Walks through an object: `entry` gets each key and the bytes of its value.
    pub(crate) fn object(
        &mut self,
        mut entry: impl FnMut(&str, &'a [u8]) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.expect(b'{')?;
        if self.accept(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(Malformed);
            }
            let key = string(self.value()?).ok_or(Malformed)?;
            self.expect(b':')?;
            entry(&key, self.value()?)?;
            if self.accept(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Whether nothing but white space is left.
    pub(crate) fn finished(&mut self) -> bool {
        self.peek().is_none()
    }
}

/// The text of a JSON string; `None` for anything else.
pub(crate) fn string(raw: &[u8]) -> Option<String> {
    let inner = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if inner.iter().any(|b| *b == b'\\' || *b < 0x20) {
        // Raw line breaks are forbidden in JSON, yet written by some tools.
        return serde_json::from_slice(raw).ok().or_else(|| {
            let cleaned: Vec<u8> = raw
                .iter()
                .map(|b| if *b < 0x20 { b' ' } else { *b })
                .collect();
            serde_json::from_slice(&cleaned).ok()
        });
    }
    std::str::from_utf8(inner).ok().map(str::to_owned)
}

/// Line and column (both from 1) of a byte in a text.
pub(crate) fn line_and_column(mut text: impl BufRead, offset: u64) -> (u64, u64) {
    let (mut line, mut column, mut left) = (1, 1, offset);
    while left > 0 {
        let Ok(chunk) = text.fill_buf() else { break };
        if chunk.is_empty() {
            break;
        }
        let used = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        for byte in &chunk[..used] {
            match byte {
                b'\n' => {
                    line += 1;
                    column = 1;
                }
                // Bytes that continue a character are not columns.
                0x80..0xc0 => {}
                _ => column += 1,
            }
        }
        text.consume(used);
        left -= used as u64;
    }
    (line, column)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn captures(text: &str, chunk: usize) -> Vec<String> {
        let mut reader = JsonReader::new(BufReader::with_capacity(chunk, text.as_bytes()));
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        reader.expect(b'[', "[").unwrap();
        while reader.peek().unwrap() != Some(b']') {
            assert_eq!(reader.capture(&mut buffer, 1000).unwrap(), Captured::Whole);
            found.push(String::from_utf8(buffer.clone()).unwrap());
            reader.accept(b',').unwrap();
        }
        found
    }

    #[test]
    fn values_are_cut_at_their_brackets_whatever_the_buffer() {
        let text = r#"[ {"a":"}]\"{"}, [1,[2]] ,"x,y", -1.5e3,true , null]"#;
        for chunk in 1..20 {
            assert_eq!(
                captures(text, chunk),
                [
                    r#"{"a":"}]\"{"}"#,
                    "[1,[2]]",
                    r#""x,y""#,
                    "-1.5e3",
                    "true",
                    "null"
                ]
            );
        }
    }

    #[test]
    fn long_and_deep_values_are_passed_over_and_the_next_one_is_found() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let text = format!("[{deep},\"{}\",7]", "x".repeat(5000));
        let mut reader = JsonReader::new(BufReader::with_capacity(64, text.as_bytes()));
        let mut buffer = Vec::new();
        reader.expect(b'[', "[").unwrap();
        assert_eq!(reader.capture(&mut buffer, 100).unwrap(), Captured::TooDeep);
        reader.expect(b',', ",").unwrap();
        assert_eq!(reader.capture(&mut buffer, 100).unwrap(), Captured::TooLong);
        assert!(buffer.is_empty());
        reader.expect(b',', ",").unwrap();
        assert_eq!(reader.capture(&mut buffer, 100).unwrap(), Captured::Whole);
        assert_eq!(buffer, b"7");
    }

    #[test]
    fn a_cut_text_is_told_from_a_wrong_one() {
        let mut buffer = Vec::new();
        let mut cut = JsonReader::new(&b"{\"a\": [1,2"[..]);
        assert!(matches!(
            cut.capture(&mut buffer, 100),
            Err(JsonError::Truncated { offset: 10 })
        ));
        let mut wrong = JsonReader::new(&b"  ,"[..]);
        assert!(matches!(
            wrong.capture(&mut buffer, 100),
            Err(JsonError::Syntax { offset: 2, .. })
        ));
    }

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        assert_eq!(line_and_column("ab\n小区x".as_bytes(), 9), (2, 3));
    }
}
