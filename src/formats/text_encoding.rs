//! Which encoding a text file is in, and its text as UTF-8.
//!
//! Strict UTF-8 or GB18030 (which contains GBK and GB2312); a byte order mark decides at once.
//! Invariant: what [`Utf8Reader`] gives is valid UTF-8 without a byte order mark.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use encoding_rs::{Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::error::FormatError;
use crate::domain::{Problem, Severity};

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextEncoding {
    pub(crate) encoding: &'static Encoding,
    pub(crate) bom_bytes: u64,
    /// UTF-8 and proven so: bytes can be passed through.
    pub(crate) valid_utf8: bool,
}

impl TextEncoding {
    /// The name shown in reports.
    pub(crate) fn label(self) -> String {
        let name = if self.encoding == GB18030 {
            "GB18030"
        } else {
            self.encoding.name()
        };
        if self.bom_bytes > 0 {
            format!("{name} (BOM)")
        } else {
            name.to_owned()
        }
    }

    /// A note for the report when the encoding had to be found out.
    pub(crate) fn note(self) -> Option<Problem> {
        (self.encoding == GB18030).then(|| {
            Problem::new(
                Severity::Note,
                "encoding_gb18030",
                "文件不是 UTF-8，已按 GB18030（GBK）读取；如文字不对，请指定编码",
                "the file is not UTF-8 and was read as GB18030 (GBK); name the encoding if the text looks wrong",
            )
        })
    }
}

/// Finds the encoding by reading the whole file once (a file whose first megabyte is ASCII may
/// still hold GBK later). `chosen` is a label given by the user.
pub(crate) fn detect(file: &mut File, chosen: Option<&str>) -> Result<TextEncoding, FormatError> {
    let io = |e| FormatError::io("encoding", e);
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut head = [0_u8; 3];
    let got = read_up_to(file, &mut head).map_err(io)?;
    let bom = Encoding::for_bom(&head[..got]);
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    if let Some(label) = chosen {
        let encoding = Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
            FormatError::refused(
                "encoding_unknown",
                format!("不认识的编码“{label}”，可用 utf-8、gbk、gb18030、utf-16le"),
                format!("unknown encoding “{label}”; use utf-8, gbk, gb18030 or utf-16le"),
            )
        })?;
        let encoding = if encoding == encoding_rs::GBK {
            GB18030
        } else {
            encoding
        };
        let bom_bytes = bom
            .filter(|(e, _)| *e == encoding)
            .map_or(0, |(_, n)| n as u64);
        return Ok(TextEncoding {
            encoding,
            bom_bytes,
            valid_utf8: false,
        });
    }
    if let Some((encoding, n)) = bom.filter(|(e, _)| *e != UTF_8) {
        return Ok(TextEncoding {
            encoding,
            bom_bytes: n as u64,
            valid_utf8: false,
        });
    }
    let bom_bytes = bom.map_or(0, |(_, n)| n as u64);
    let survey = survey(file).map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let (encoding, valid_utf8) = match survey {
        Survey::Utf8 => (UTF_8, true),
        Survey::Utf16(encoding) => (encoding, false),
        // A mark that says UTF-8 is believed; wrong bytes become U+FFFD and are reported.
        Survey::Other if bom_bytes > 0 => (UTF_8, false),
        Survey::Other => (GB18030, false),
    };
    Ok(TextEncoding {
        encoding,
        bom_bytes,
        valid_utf8,
    })
}

enum Survey {
    Utf8,
    Utf16(&'static Encoding),
    Other,
}

fn survey(file: &mut File) -> io::Result<Survey> {
    let mut buffer = vec![0_u8; 1 << 16];
    let mut kept = 0;
    let mut first = true;
    loop {
        let read = read_up_to(file, &mut buffer[kept..])?;
        let filled = kept + read;
        if std::mem::take(&mut first)
            && let Some(encoding) = utf16_without_mark(&buffer[..filled])
        {
            return Ok(Survey::Utf16(encoding));
        }
        match std::str::from_utf8(&buffer[..filled]) {
            Ok(_) if read == 0 => return Ok(Survey::Utf8),
            Ok(_) => kept = 0,
            Err(e) if e.error_len().is_none() && read > 0 => {
                let from = e.valid_up_to();
                buffer.copy_within(from..filled, 0);
                kept = filled - from;
            }
            Err(_) => return Ok(Survey::Other),
        }
    }
}

/// UTF-16 text of a table or of JSON has a zero in every other byte near its beginning.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(256)];
    let zeros = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let many = (head.len() / 8).max(2);
    if odd > many && even == 0 {
        Some(UTF_16LE)
    } else if even > many && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

/// A text file whose encoding is known; can be read more than once.
#[derive(Debug, Clone)]
pub(crate) struct TextSource {
    pub(crate) path: PathBuf,
    pub(crate) encoding: TextEncoding,
}

impl TextSource {
    /// Finds the encoding of the file, unless `chosen` names it.
    pub(crate) fn new(path: &Path, chosen: Option<&str>) -> Result<Self, FormatError> {
        let mut file = File::open(path).map_err(|e| FormatError::io("open", e))?;
        let encoding = detect(&mut file, chosen)?;
        Ok(Self {
            path: path.to_owned(),
            encoding,
        })
    }

    /// The text from its beginning.
    pub(crate) fn reader(&self) -> io::Result<Utf8Reader> {
        Utf8Reader::new(File::open(&self.path)?, self.encoding)
    }
}

/// A text file of any known encoding as UTF-8.
///
/// # Errors
/// The file cannot be read, or is no text.
pub fn open_text(path: &Path) -> Result<Box<dyn Read>, FormatError> {
    let source = TextSource::new(path, None)?;
    let reader = source.reader().map_err(|e| FormatError::io("open", e))?;
    Ok(Box::new(reader))
}

/// Text of a file as UTF-8 bytes, decoded as it is read.
pub(crate) enum Utf8Reader {
    /// Already UTF-8.
    Plain(BufReader<File>),
    /// Decoded piece by piece.
    Decoded(Box<Decoding>),
}

impl Utf8Reader {
    /// From the first byte after the byte order mark.
    pub(crate) fn new(mut file: File, encoding: TextEncoding) -> io::Result<Self> {
        file.seek(SeekFrom::Start(encoding.bom_bytes))?;
        let source = BufReader::with_capacity(1 << 16, file);
        if encoding.valid_utf8 {
            return Ok(Self::Plain(source));
        }
        let decoder = encoding.encoding.new_decoder_without_bom_handling();
        Ok(Self::Decoded(Box::new(Decoding {
            source,
            decoder,
            text: vec![0; 1 << 17],
            start: 0,
            end: 0,
            finished: false,
        })))
    }
}

/// A decoder between a file and its reader.
pub(crate) struct Decoding {
    source: BufReader<File>,
    decoder: Decoder,
    text: Vec<u8>,
    start: usize,
    end: usize,
    finished: bool,
}

impl Decoding {
    fn fill(&mut self) -> io::Result<()> {
        while self.start == self.end && !self.finished {
            let input = self.source.fill_buf()?;
            let last = input.is_empty();
            let (_, read, written, _) = self.decoder.decode_to_utf8(input, &mut self.text, last);
            self.source.consume(read);
            self.start = 0;
            self.end = written;
            self.finished = last && written == 0;
        }
        Ok(())
    }
}

impl Read for Utf8Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(source) => source.read(buffer),
            Self::Decoded(_) => {
                let available = self.fill_buf()?;
                let n = available.len().min(buffer.len());
                buffer[..n].copy_from_slice(&available[..n]);
                self.consume(n);
                Ok(n)
            }
        }
    }
}

impl BufRead for Utf8Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(source) => source.fill_buf(),
            Self::Decoded(decoding) => {
                decoding.fill()?;
                Ok(&decoding.text[decoding.start..decoding.end])
            }
        }
    }

    fn consume(&mut self, amount: usize) {
        match self {
            Self::Plain(source) => source.consume(amount),
            Self::Decoded(decoding) => decoding.start = (decoding.start + amount).min(decoding.end),
        }
    }
}

/// Characters that appear when GBK bytes were read as UTF-8 or Latin-1 and saved again.
/// Rare in real names, so two of them together are a sign.
const MOJIBAKE: &[&str] = &[
    "锟斤",
    "锘",
    "灏忓",
    "绀惧",
    "鍖",
    "鎴",
    "妤",
    "琛楅",
    "Ð¡Çø",
    "å°\u{8f}åŒº",
    "Ã",
    "â€",
];

/// Whether a text looks as if it had been decoded wrongly before it was saved.
pub(crate) fn looks_garbled(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    text.contains('\u{fffd}') || text.contains("锟斤") || {
        MOJIBAKE
            .iter()
            .map(|s| text.matches(s).count())
            .sum::<usize>()
            >= 2
    }
}

/// The warning that goes with [`looks_garbled`].
pub(crate) fn garbled_warning(sample: &str) -> Problem {
    Problem::new(
        Severity::Warning,
        "text_garbled",
        "文字疑似乱码（GBK 与 UTF-8 混用）：请从原始文件重新导出，或指定编码",
        "the text looks garbled (GBK and UTF-8 mixed up): export it again from the original, or name the encoding",
    )
    .at_field("", sample)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: &[u8], chosen: Option<&str>) -> (TextEncoding, String) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let encoding = detect(&mut file, chosen).unwrap();
        let mut text = String::new();
        Utf8Reader::new(file, encoding)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        (encoding, text)
    }

    #[test]
    fn utf8_with_and_without_a_mark_gb18030_and_utf16_give_the_same_text() {
        let text = "小区名称,总户数\n示例甲01,120\n";
        let (gb, _, _) = GB18030.encode(text);
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend_from_slice(text.as_bytes());
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut utf16_marked = vec![0xff, 0xfe];
        utf16_marked.extend_from_slice(&utf16);
        for (bytes, label) in [
            (text.as_bytes(), "UTF-8"),
            (&marked, "UTF-8 (BOM)"),
            (&gb, "GB18030"),
            (&utf16_marked, "UTF-16LE (BOM)"),
        ] {
            let (encoding, read) = read(bytes, None);
            assert_eq!(read, text, "{label}");
            assert_eq!(encoding.label(), label);
        }
    }

    #[test]
    fn gbk_far_behind_an_ascii_beginning_is_found() {
        let mut bytes = vec![b'a'; 200_001];
        bytes.extend_from_slice(&GB18030.encode("小区").0);
        let (encoding, text) = read(&bytes, None);
        assert_eq!(encoding.encoding, GB18030);
        assert!(text.ends_with("小区"));
    }

    #[test]
    fn characters_cut_by_the_buffer_border_are_still_utf8() {
        for pad in 0..4 {
            let mut text = "a".repeat(65_536 - pad);
            text.push_str("小区名称");
            assert_eq!(read(text.as_bytes(), None).0.encoding, UTF_8);
        }
    }

    #[test]
    fn text_that_was_garbled_before_is_noticed_and_normal_names_are_not() {
        let gbk_as_utf8 = String::from_utf8_lossy(&GB18030.encode("小区名称").0).into_owned();
        let utf8_as_gbk = GB18030.decode("社区小区街道".as_bytes()).0.into_owned();
        assert!(looks_garbled(&gbk_as_utf8));
        assert!(looks_garbled(&utf8_as_gbk), "{utf8_as_gbk}");
        for name in [
            "示例甲01",
            "蜀山区望江路",
            "绿地·康桥新苑",
            "Café",
            "证大家园（公寓）",
        ] {
            assert!(!looks_garbled(name), "{name}");
        }
    }
}
