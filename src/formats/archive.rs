//! Zip archives from strangers.
//!
//! The table of contents is measured before it is loaded, and everything unpacked is counted while
//! it is unpacked: sizes that the archive states about itself are not believed. Names in the
//! archive never become paths on the disk. Archives within archives are not opened.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use encoding_rs::GB18030;
use zip::ZipArchive;
use zip::result::ZipError;

use super::error::FormatError;
use super::limits::{
    FREE_UNZIPPED_BYTES, MAX_UNZIPPED_BYTES, MAX_ZIP_DIRECTORY_BYTES, MAX_ZIP_ENTRIES,
    MAX_ZIP_RATIO,
};

/// An archive whose table of contents has been checked.
pub(crate) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    entries: Vec<Entry>,
    unpacked: u64,
}

/// A file in the archive.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    index: usize,
    /// With `/` between folders; never starts with `/`, has no `..`.
    pub(crate) name: String,
}

impl Entry {
    /// Name without folders.
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Path without extension, and the extension in lower case.
    pub(crate) fn split(&self) -> (&str, String) {
        let dot = self
            .file_name()
            .rfind('.')
            .map(|i| self.name.len() - self.file_name().len() + i);
        dot.map_or((self.name.as_str(), String::new()), |dot| {
            (&self.name[..dot], self.name[dot + 1..].to_ascii_lowercase())
        })
    }
}

impl Archive {
    /// Checks and loads the table of contents.
    pub(crate) fn open(mut file: File) -> Result<Self, FormatError> {
        check_directory(&mut file)?;
        file.seek(SeekFrom::Start(0))
            .map_err(|e| FormatError::io("seek", e))?;
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| broken(&e))?;
        if zip.len() > MAX_ZIP_ENTRIES {
            return Err(too_many_entries());
        }
        let mut entries = Vec::new();
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(|e| broken(&e))?;
            if entry.is_dir() {
                continue;
            }
            let name = decode_name(entry.name_raw()).replace('\\', "/");
            let hidden = name
                .split('/')
                .any(|part| part == "__MACOSX" || part.starts_with("._"));
            let escapes =
                name.starts_with('/') || name.contains(':') || name.split('/').any(|p| p == "..");
            if !hidden && !escapes {
                entries.push(Entry { index, name });
            }
        }
        Ok(Self {
            zip,
            entries,
            unpacked: 0,
        })
    }

    /// Files in the archive, without folders, hidden files and names that point outside.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether this is an Excel workbook.
    pub(crate) fn is_workbook(&self) -> bool {
        self.entries.iter().any(|e| e.name == "[Content_Types].xml")
            && self.entries.iter().any(|e| e.name.starts_with("xl/"))
    }

    /// Unpacks one entry into `target`, at most `limit` bytes of it.
    pub(crate) fn unpack(
        &mut self,
        entry: &Entry,
        limit: u64,
        target: &mut impl Write,
    ) -> Result<(), FormatError> {
        let mut source = self.zip.by_index(entry.index).map_err(|e| broken(&e))?;
        let packed = source.compressed_size().max(1);
        let mut buffer = vec![0; 1 << 16];
        let mut written = 0_u64;
        loop {
            let n = match source.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(damaged(&entry.name, &e)),
            };
            written += n as u64;
            self.unpacked += n as u64;
            let swells = written > FREE_UNZIPPED_BYTES && written / packed > MAX_ZIP_RATIO;
            if written > limit || self.unpacked > MAX_UNZIPPED_BYTES || swells {
                return Err(FormatError::refused(
                    "zip_bomb",
                    format!("压缩包内“{}”解压后过大，已拒绝", entry.name),
                    format!(
                        "“{}” in the archive becomes too large when unpacked; refused",
                        entry.name
                    ),
                ));
            }
            target
                .write_all(&buffer[..n])
                .map_err(|e| FormatError::io("unpack", e))?;
        }
    }
}

/// Names are UTF-8 or, from Chinese Windows, GBK; the flag that tells is often wrong.
fn decode_name(raw: &[u8]) -> String {
    std::str::from_utf8(raw).map_or_else(
        |_| GB18030.decode_without_bom_handling(raw).0.into_owned(),
        str::to_owned,
    )
}

fn broken(error: &ZipError) -> FormatError {
    match error {
        ZipError::UnsupportedArchive(what) if what.contains("assword") => FormatError::refused(
            "zip_encrypted",
            "压缩包有密码，请去掉密码后再上传",
            "the archive has a password; remove it",
        ),
        ZipError::UnsupportedArchive(what) => FormatError::refused(
            "zip_unsupported",
            format!("压缩方式不支持（{what}），请用普通 zip 重新压缩"),
            format!("the archive uses an unsupported method ({what}); pack it again as plain zip"),
        ),
        other => FormatError::refused(
            "zip_broken",
            format!("压缩包已损坏（{other}），请重新压缩或上传"),
            format!("the archive is damaged ({other}); pack or upload it again"),
        ),
    }
}

fn damaged(name: &str, error: &io::Error) -> FormatError {
    FormatError::refused(
        "zip_broken",
        format!("压缩包内“{name}”已损坏（{error}），请重新压缩或上传"),
        format!("“{name}” in the archive is damaged ({error}); pack or upload it again"),
    )
}

fn too_many_entries() -> FormatError {
    FormatError::refused(
        "zip_too_many_entries",
        format!("压缩包内文件过多（上限 {MAX_ZIP_ENTRIES} 个）"),
        format!("the archive has too many files (at most {MAX_ZIP_ENTRIES})"),
    )
}

fn truncated() -> FormatError {
    FormatError::refused(
        "zip_truncated",
        "压缩包不完整（没有结尾目录），请重新压缩或上传",
        "the archive is cut off (it has no table of contents); pack or upload it again",
    )
}

/// Walks through the central directory without keeping it (APPNOTE 6.3.9, 4.3.12–4.3.16).
fn check_directory(file: &mut File) -> Result<(), FormatError> {
    const TAIL: u64 = 22 + 65_535;
    let io = |e| FormatError::io("read", e);
    let size = file.seek(SeekFrom::End(0)).map_err(io)?;
    let tail_start = size.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(tail_start)).map_err(io)?;
    let mut tail = Vec::new();
    Read::by_ref(file)
        .take(TAIL)
        .read_to_end(&mut tail)
        .map_err(io)?;
    let end = (0..tail.len().saturating_sub(21))
        .rev()
        .find(|i| tail[*i..].starts_with(b"PK\x05\x06"))
        .ok_or_else(truncated)?;
    let entries = u16_at(&tail, end + 10);
    let directory = u64::from(u32_at(&tail, end + 12));
    // 0xffff and 0xffffffff mean Zip64, for archives far beyond what is accepted here.
    if entries as usize > MAX_ZIP_ENTRIES || directory > MAX_ZIP_DIRECTORY_BYTES {
        return Err(too_many_entries());
    }
    let start = (tail_start + end as u64)
        .checked_sub(directory)
        .ok_or_else(truncated)?;
    file.seek(SeekFrom::Start(start)).map_err(io)?;
    let mut bytes = Vec::new();
    Read::by_ref(file)
        .take(directory)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    let (mut at, mut found) = (0, 0);
    while bytes[at.min(bytes.len())..].starts_with(b"PK\x01\x02") && at + 46 <= bytes.len() {
        let lengths = [28, 30, 32].map(|field| usize::from(u16_at(&bytes, at + field)));
        at += 46 + lengths.iter().sum::<usize>();
        found += 1;
    }
    if found == usize::from(entries) && at <= bytes.len() {
        Ok(())
    } else {
        Err(truncated())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes
        .get(at..at + 2)
        .map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..at + 4)
        .map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

#[cfg(test)]
mod tests {
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> File {
        let mut zip = ZipWriter::new(tempfile::tempfile().unwrap());
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap()
    }

    fn code(result: Result<Archive, FormatError>) -> String {
        result.err().expect("a refusal").code().to_owned()
    }

    #[test]
    fn names_that_point_outside_and_hidden_ones_are_ignored() {
        let file = archive(&[
            ("../../etc/passwd", b"x"),
            ("/abs.shp", b"x"),
            ("c:\\x.shp", b"x"),
            ("__MACOSX/._a.shp", b"x"),
            ("数据/a.SHP", b"x"),
        ]);
        let archive = Archive::open(file).unwrap();
        let names: Vec<_> = archive.entries().iter().map(Entry::split).collect();
        assert_eq!(names, [("数据/a", "shp".to_owned())]);
    }

    #[test]
    fn an_archive_cut_anywhere_is_refused() {
        let mut whole = Vec::new();
        let mut file = archive(&[("a.shp", &[7; 5000]), ("a.dbf", &[8; 5000])]);
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut whole).unwrap();
        for keep in [10, whole.len() / 2, whole.len() - 30, whole.len() - 1] {
            let mut cut = tempfile::tempfile().unwrap();
            cut.write_all(&whole[..keep]).unwrap();
            assert_eq!(
                code(Archive::open(cut)),
                "zip_truncated",
                "{keep} of {}",
                whole.len()
            );
        }
    }

    #[test]
    fn a_bomb_is_stopped_while_it_is_unpacked() {
        let file = archive(&[("a.shp", &vec![0; 64 << 20])]);
        assert!(file.metadata().unwrap().len() < 1 << 20);
        let mut archive = Archive::open(file).unwrap();
        let entry = archive.entries()[0].clone();
        let error = archive
            .unpack(&entry, u64::MAX, &mut io::sink())
            .unwrap_err();
        assert_eq!(error.code(), "zip_bomb");
    }

    #[test]
    fn damaged_content_is_refused() {
        let mut file = archive(&[(
            "a.shp",
            &(0..200_000_u32)
                .flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes())
                .collect::<Vec<_>>(),
        )]);
        file.seek(SeekFrom::Start(5000)).unwrap();
        file.write_all(&[0x55; 200]).unwrap();
        let mut archive = Archive::open(file).unwrap();
        let entry = archive.entries()[0].clone();
        assert_eq!(
            archive
                .unpack(&entry, u64::MAX, &mut io::sink())
                .unwrap_err()
                .code(),
            "zip_broken"
        );
    }

    #[test]
    fn thousands_of_entries_are_refused_before_they_are_loaded() {
        let mut zip = ZipWriter::new(tempfile::tempfile().unwrap());
        for i in 0..=MAX_ZIP_ENTRIES {
            zip.start_file(format!("{i}"), SimpleFileOptions::default())
                .unwrap();
        }
        assert_eq!(
            code(Archive::open(zip.finish().unwrap())),
            "zip_too_many_entries"
        );
    }
}
