//! Shapefiles, loose or zipped: geometry, attributes, declared CRS and encoding put together.
//!
//! The `.shx` index is not needed: records are read in order. Invariant: row n is record n of the
//! `.shp` and of the `.dbf`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::archive::{Archive, Entry};
use super::columns::match_columns;
use super::dbf::{DbfReader, DbfRecord};
use super::error::FormatError;
use super::feature::{Column, Format, Opened, RawFeature, ReadOptions};
use super::shp::{NextShape, ShpReader};
use super::table::HEAD_ROWS;
use super::text_encoding::{garbled_warning, looks_garbled};
use crate::domain::{Problem, Severity};

/// The files of one Shapefile.
struct Parts {
    layer: String,
    shp: File,
    dbf: Option<File>,
    prj: Option<String>,
    cpg: Option<String>,
}

/// Longest `.prj` or `.cpg` looked at.
const MAX_SIDE_TEXT: u64 = 64 << 10;

/// A `.shp` with its side files next to it.
pub(crate) fn open_loose(
    path: &Path,
    original_name: &str,
    options: &ReadOptions,
) -> Result<Opened, FormatError> {
    let io = |e| FormatError::io("open .shp", e);
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let side = |extension: &str| -> Option<File> {
        std::fs::read_dir(folder)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .find_map(|candidate| {
                let same = candidate.file_stem()?.to_string_lossy().to_lowercase() == stem
                    && candidate
                        .extension()?
                        .to_string_lossy()
                        .eq_ignore_ascii_case(extension);
                same.then(|| File::open(&candidate).ok())?
            })
    };
    let layer = original_name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(original_name);
    let parts = Parts {
        layer: layer
            .strip_suffix(".shp")
            .or_else(|| layer.strip_suffix(".SHP"))
            .unwrap_or(layer)
            .to_owned(),
        shp: File::open(path).map_err(io)?,
        dbf: side("dbf"),
        prj: side("prj").and_then(short_text),
        cpg: side("cpg").and_then(short_text),
    };
    open_parts(parts, options)
}

/// Paths of the `.shp` files of an archive, without extension.
pub(crate) fn layer_names(archive: &Archive) -> Vec<String> {
    let layers = archive
        .entries()
        .iter()
        .map(Entry::split)
        .filter(|(_, extension)| extension == "shp");
    layers.map(|(stem, _)| stem.to_owned()).collect()
}

/// The one `.shp` of an archive, or the one that `options.layer` names.
pub(crate) fn open_zipped(
    mut archive: Archive,
    options: &ReadOptions,
) -> Result<Opened, FormatError> {
    let entries = archive.entries().to_vec();
    let layers: Vec<&Entry> = entries.iter().filter(|e| e.split().1 == "shp").collect();
    let names: Vec<&str> = layers.iter().map(|e| e.split().0).collect();
    let is_chosen = |name: &str| {
        options.layer.as_deref().is_none_or(|layer| {
            let layer = layer.strip_suffix(".shp").unwrap_or(layer);
            name == layer || name.rsplit('/').next() == Some(layer)
        })
    };
    let chosen: Vec<&&Entry> = layers.iter().filter(|e| is_chosen(e.split().0)).collect();
    let [shp] = chosen.as_slice() else {
        return Err(if layers.is_empty() {
            no_layer(&entries)
        } else {
            which_layer(&names, options)
        });
    };
    let stem = shp.split().0.to_lowercase();
    let side = |extension: &str| {
        entries
            .iter()
            .find(|e| e.split().1 == extension && e.split().0.to_lowercase() == stem)
    };
    let mut unpack = |entry: &Entry| -> Result<File, FormatError> {
        let io = |e| FormatError::io("unpack", e);
        let mut file = tempfile::tempfile().map_err(io)?;
        archive.unpack(entry, u64::MAX, &mut file)?;
        file.flush()
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .map_err(io)?;
        Ok(file)
    };
    let mut optional = |extension: &str| side(extension).map(&mut unpack).transpose();
    let (dbf, prj, cpg) = (optional("dbf")?, optional("prj")?, optional("cpg")?);
    let parts = Parts {
        layer: shp
            .split()
            .0
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
        shp: unpack(shp)?,
        dbf,
        prj: prj.and_then(short_text),
        cpg: cpg.and_then(short_text),
    };
    open_parts(parts, options)
}

fn no_layer(entries: &[Entry]) -> FormatError {
    let listed: Vec<&str> = entries.iter().take(10).map(|e| e.name.as_str()).collect();
    let listed = listed.join("、");
    FormatError::refused(
        "zip_without_shapefile",
        format!(
            "压缩包里没有 .shp（里面是：{listed}）；其他格式请解压后直接上传，压缩包里的压缩包不会展开"
        ),
        format!(
            "there is no .shp in the archive (it has: {listed}); unpack other formats first, archives within archives are not opened"
        ),
    )
}

fn which_layer(names: &[&str], options: &ReadOptions) -> FormatError {
    let listed = names.join("、");
    match &options.layer {
        Some(layer) if !names.iter().any(|n| n.rsplit('/').next() == Some(layer)) => {
            FormatError::refused(
                "layer_unknown",
                format!("没有名为“{layer}”的图层，可选：{listed}"),
                format!("there is no layer “{layer}”; there are: {listed}"),
            )
        }
        _ => FormatError::refused(
            "layer_needed",
            format!("压缩包里有 {} 个图层，请选择一个：{listed}", names.len()),
            format!(
                "the archive has {} layers; choose one: {listed}",
                names.len()
            ),
        ),
    }
}

fn short_text(file: File) -> Option<String> {
    let mut bytes = Vec::new();
    file.take(MAX_SIDE_TEXT).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes)
        .trim_matches(['\u{feff}', '\0', ' ', '\r', '\n'])
        .to_owned();
    (!text.is_empty()).then_some(text)
}

fn open_parts(parts: Parts, options: &ReadOptions) -> Result<Opened, FormatError> {
    let shp = ShpReader::new(parts.shp)?;
    let mut notes = Vec::new();
    let mut dbf = None;
    if let Some(file) = parts.dbf {
        let (reader, found) =
            DbfReader::new(file, parts.cpg.as_deref(), options.encoding.as_deref())?;
        notes.extend(found);
        dbf = Some(reader);
    } else {
        notes.push(Problem::new(
            Severity::Warning,
            "dbf_missing",
            "没有 .dbf，只有几何，没有属性",
            "there is no .dbf: shapes only, no attributes",
        ));
    }
    let mut columns = Vec::new();
    if let Some(dbf) = &mut dbf {
        columns = dbf.names().map(Column::new).collect();
        for _ in 0..HEAD_ROWS {
            match dbf.next() {
                DbfRecord::Values(values) => {
                    for (column, (_, value)) in columns.iter_mut().zip(&values) {
                        column.sample(value);
                    }
                }
                DbfRecord::Deleted => {}
                DbfRecord::End => break,
            }
        }
        dbf.rewind()?;
    }
    let samples = columns
        .iter()
        .flat_map(|c: &Column| std::iter::once(&c.name).chain(&c.samples));
    notes.extend(
        samples
            .into_iter()
            .find(|text| looks_garbled(text))
            .map(|text| garbled_warning(text)),
    );
    notes.extend(match_columns(options.kind, &mut columns, &options.mapping));
    Ok(Opened {
        format: Format::Shapefile,
        declared_crs: parts.prj,
        encoding: dbf.as_ref().map(DbfReader::encoding_label),
        layer: Some(parts.layer),
        columns,
        rows_hint: dbf.as_ref().map(|dbf| dbf.records),
        notes,
        rows: Box::new(ShapefileRows {
            shp,
            dbf,
            row: 0,
            ended: false,
        }),
    })
}

struct ShapefileRows {
    shp: ShpReader,
    dbf: Option<DbfReader>,
    row: u64,
    ended: bool,
}

impl Iterator for ShapefileRows {
    type Item = Result<RawFeature, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let shape = self.shp.next();
        self.row += 1;
        let row = self.row;
        match shape {
            NextShape::End => {
                self.ended = true;
                // More attributes than shapes: the files do not belong together.
                let more = self.dbf.as_ref().is_some_and(|dbf| dbf.records >= row);
                more.then(|| Err(self.mismatch()))
            }
            NextShape::Broken(problem) => {
                self.ended = true;
                Some(Err(problem))
            }
            NextShape::Bad(problem) => {
                if let Some(dbf) = &mut self.dbf {
                    dbf.next();
                }
                Some(Err(problem.at_row(row)))
            }
            NextShape::Record(record) => {
                let properties = match self.dbf.as_mut().map(DbfReader::next) {
                    None => Vec::new(),
                    Some(DbfRecord::Values(values)) => values,
                    Some(DbfRecord::Deleted) => {
                        return Some(Err(Problem::new(
                            Severity::Note,
                            "row_deleted",
                            "该记录在属性表中已标记删除，未导入",
                            "the record is marked as deleted in the attribute table; left out",
                        )
                        .at_row(row)));
                    }
                    Some(DbfRecord::End) => {
                        self.ended = true;
                        return Some(Err(self.mismatch()));
                    }
                };
                let problems = record.problems.into_iter().map(|p| p.at_row(row)).collect();
                Some(Ok(RawFeature {
                    row,
                    geometry: record.geometry,
                    properties,
                    problems,
                }))
            }
        }
    }
}

impl ShapefileRows {
    fn mismatch(&self) -> Problem {
        let attributes = self.dbf.as_ref().map_or(0, |dbf| dbf.records);
        Problem::new(
            Severity::Refused,
            "shapefile_mismatch",
            format!(".shp 与 .dbf 的记录数不一致（.dbf 有 {attributes} 条），可能不是同一套文件"),
            format!(
                "the .shp and the .dbf differ in their number of records (the .dbf has {attributes}); they may not belong together"
            ),
        )
    }
}
