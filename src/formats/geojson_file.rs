//! GeoJSON files: a survey of the whole file first, then features one by one.
//!
//! The survey finds the `crs` member wherever it stands, all property names and a broken or cut
//! text, so that nothing is stored by halves. Invariant: one feature is in memory at a time.

use std::collections::HashMap;

use super::columns::match_columns;
use super::error::FormatError;
use super::feature::{Column, Format, Opened, RawFeature, ReadOptions, Value};
use super::geojson_coordinates::{GeometryFault, read_geometry};
use super::json::{Captured, Cursor, JsonError, JsonReader, Malformed, line_and_column, string};
use super::limits::{
    MAX_COLUMNS, MAX_FEATURE_BYTES, MAX_JSON_DEPTH, MAX_PARTS_PER_GEOMETRY,
    MAX_VERTICES_PER_GEOMETRY,
};
use super::text_encoding::{TextSource, Utf8Reader, garbled_warning, looks_garbled};
use crate::domain::{Problem, Severity};

/// Opens a GeoJSON file whose encoding is known.
pub(crate) fn open(source: TextSource, options: &ReadOptions) -> Result<Opened, FormatError> {
    let reader = source.reader().map_err(|e| FormatError::io("open", e))?;
    let survey = Survey::of(&mut JsonReader::new(reader)).map_err(|e| explain(e, &source))?;
    let root = survey.root()?;
    let mut columns = survey.columns;
    let mut notes: Vec<Problem> = source.encoding.note().into_iter().collect();
    notes.extend(match_columns(options.kind, &mut columns, &options.mapping));
    notes.extend(survey.garbled.map(|sample| garbled_warning(&sample)));
    if survey.columns_left_out {
        notes.push(Problem::new(
            Severity::Warning,
            "too_many_columns",
            format!("属性名超过 {MAX_COLUMNS} 个，其余的不参与匹配"),
            format!("more than {MAX_COLUMNS} property names; the others are not matched"),
        ));
    }
    if survey.features == 0 && root == Root::Collection {
        return Err(FormatError::refused(
            "file_empty",
            "文件里没有任何要素（features 为空）",
            "the file has no features",
        ));
    }
    let rows_hint = Some(if root == Root::Collection {
        survey.features
    } else {
        1
    });
    let encoding = Some(source.encoding.label());
    let reader = source.reader().map_err(|e| FormatError::io("open", e))?;
    let features = Features {
        reader: JsonReader::new(reader),
        root,
        state: State::Start,
        row: 0,
        buffer: Vec::new(),
        z_reported: false,
    };
    Ok(Opened {
        format: Format::GeoJson,
        declared_crs: survey.crs,
        encoding,
        layer: None,
        columns,
        rows_hint,
        notes,
        rows: Box::new(features),
    })
}

/// What the outermost object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Collection,
    Feature,
    Geometry,
}

#[derive(Default)]
struct Survey {
    kind: Option<String>,
    crs: Option<String>,
    has_features: bool,
    features: u64,
    columns: Vec<Column>,
    index: HashMap<String, usize>,
    columns_left_out: bool,
    garbled: Option<String>,
}

/// Longest key, `type` and `crs` member looked at, in bytes.
const SMALL: usize = 16 << 10;

impl Survey {
    fn of(reader: &mut JsonReader<Utf8Reader>) -> Result<Self, JsonError> {
        let mut survey = Self::default();
        let mut buffer = Vec::new();
        reader.expect(b'{', "{")?;
        if !reader.accept(b'}')? {
            loop {
                let key = read_key(reader, &mut buffer)?;
                survey.member(&key, reader, &mut buffer)?;
                if reader.accept(b'}')? {
                    break;
                }
                reader.expect(b',', "',' or '}'")?;
            }
        }
        match reader.peek()? {
            None => Ok(survey),
            Some(_) => Err(reader.unexpected("the end of the text")),
        }
    }

    fn member(
        &mut self,
        key: &str,
        reader: &mut JsonReader<Utf8Reader>,
        buffer: &mut Vec<u8>,
    ) -> Result<(), JsonError> {
        match key {
            "features" if reader.peek()? == Some(b'[') && !self.has_features => {
                self.has_features = true;
                reader.expect(b'[', "[")?;
                if reader.accept(b']')? {
                    return Ok(());
                }
                loop {
                    reader.capture(buffer, MAX_FEATURE_BYTES)?;
                    self.features += 1;
                    // A feature that is malformed is reported when it is read.
                    let _ = self.feature(buffer);
                    release(buffer);
                    if reader.accept(b']')? {
                        return Ok(());
                    }
                    reader.expect(b',', "',' or ']'")?;
                }
            }
            "type" => {
                reader.capture(buffer, SMALL)?;
                self.kind = string(buffer);
            }
            "crs" => {
                reader.capture(buffer, SMALL)?;
                self.crs = crs_name(buffer);
            }
            "properties" => {
                reader.capture(buffer, MAX_FEATURE_BYTES)?;
                let _ = self.properties(buffer);
            }
            _ => {
                reader.capture(buffer, 0)?;
            }
        }
        Ok(())
    }

    fn feature(&mut self, raw: &[u8]) -> Result<(), Malformed> {
        let mut properties = None;
        Cursor::new(raw).object(|key, value| {
            if key == "properties" {
                properties = Some(value);
            }
            Ok(())
        })?;
        properties.map_or(Ok(()), |raw| self.properties(raw))
    }

    fn properties(&mut self, raw: &[u8]) -> Result<(), Malformed> {
        if raw == b"null" {
            return Ok(());
        }
        Cursor::new(raw).object(|key, raw| {
            let index = match self.index.get(key) {
                Some(index) => *index,
                None if self.columns.len() >= MAX_COLUMNS => {
                    self.columns_left_out = true;
                    return Ok(());
                }
                None => {
                    self.index.insert(key.to_owned(), self.columns.len());
                    self.columns.push(Column::new(key));
                    self.columns.len() - 1
                }
            };
            let column = &mut self.columns[index];
            if column.wants_samples() {
                let value = value(raw);
                column.sample(&value);
                if self.garbled.is_none()
                    && let Value::Text(text) = &value
                    && (looks_garbled(text) || looks_garbled(key))
                {
                    self.garbled = Some(text.clone());
                }
            }
            Ok(())
        })
    }

    fn root(&self) -> Result<Root, FormatError> {
        match self.kind.as_deref() {
            Some("FeatureCollection") | None if self.has_features => Ok(Root::Collection),
            Some("Feature") => Ok(Root::Feature),
            Some(
                "Point" | "LineString" | "Polygon" | "MultiPoint" | "MultiLineString"
                | "MultiPolygon" | "GeometryCollection",
            ) => Ok(Root::Geometry),
            Some("FeatureCollection") => Err(FormatError::refused(
                "geojson_no_features",
                "FeatureCollection 缺少 features 数组",
                "the FeatureCollection has no features array",
            )),
            Some("Topology") => Err(FormatError::refused(
                "geojson_topojson",
                "这是 TopoJSON，请先转换为 GeoJSON（例如 ogr2ogr 或 mapshaper）",
                "this is TopoJSON; convert it to GeoJSON first (ogr2ogr, mapshaper)",
            )),
            other => Err(FormatError::refused(
                "geojson_unknown_type",
                format!(
                    "不是 GeoJSON：最外层 type 为“{}”",
                    other.unwrap_or("（无）")
                ),
                format!(
                    "not GeoJSON: the outermost type is “{}”",
                    other.unwrap_or("(none)")
                ),
            )),
        }
    }
}

fn read_key(
    reader: &mut JsonReader<Utf8Reader>,
    buffer: &mut Vec<u8>,
) -> Result<String, JsonError> {
    if reader.peek()? != Some(b'"') {
        return Err(reader.unexpected("a key in quotes"));
    }
    reader.capture(buffer, SMALL)?;
    let key = string(buffer).unwrap_or_default();
    reader.expect(b':', "':'")?;
    Ok(key)
}

/// The name in a `crs` member of the 2008 specification: `{"type":"name","properties":{"name":…}}`.
fn crs_name(raw: &[u8]) -> Option<String> {
    let member: serde_json::Value = serde_json::from_slice(raw).ok()?;
    let properties = member.get("properties")?;
    if let Some(code) = properties.get("code").and_then(serde_json::Value::as_u64) {
        return Some(format!("EPSG:{code}"));
    }
    properties
        .get("name")
        .and_then(|name| name.as_str())
        .map(str::to_owned)
}

/// Gives memory back after an unusually large feature.
fn release(buffer: &mut Vec<u8>) {
    if buffer.capacity() > 4 << 20 {
        *buffer = Vec::new();
    }
}

fn value(raw: &[u8]) -> Value {
    match raw.first() {
        Some(b'"') => string(raw).map_or(Value::Null, Value::Text),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'{' | b'[') => Value::Text(String::from_utf8_lossy(raw).into_owned()),
        Some(b'-' | b'0'..=b'9') if raw != b"-Infinity" => {
            Value::Number(String::from_utf8_lossy(raw).into_owned())
        }
        _ => Value::Null,
    }
}

fn explain(error: JsonError, source: &TextSource) -> FormatError {
    let place = |offset| {
        source
            .reader()
            .map_or((0, 0), |reader| line_and_column(reader, offset))
    };
    match error {
        JsonError::Io(e) => FormatError::io("read", e),
        JsonError::Truncated { offset } => {
            let (line, column) = place(offset);
            FormatError::refused(
                "json_truncated",
                format!("文件不完整：在第 {line} 行第 {column} 列中断，请重新导出或上传"),
                format!(
                    "the file is cut off at line {line}, column {column}; export or upload it again"
                ),
            )
        }
        JsonError::Syntax { offset, expected } => {
            let (line, column) = place(offset);
            FormatError::refused(
                "json_syntax",
                format!("不是有效的 JSON：第 {line} 行第 {column} 列应为 {expected}"),
                format!("not valid JSON: {expected} was expected at line {line}, column {column}"),
            )
        }
    }
}

enum State {
    Start,
    InArray,
    Done,
}

struct Features {
    reader: JsonReader<Utf8Reader>,
    root: Root,
    state: State,
    row: u64,
    buffer: Vec<u8>,
    z_reported: bool,
}

impl Iterator for Features {
    type Item = Result<RawFeature, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(Some(captured)) => {
                self.row += 1;
                let feature = self
                    .feature(captured)
                    .map_err(|problem| problem.at_row(self.row));
                release(&mut self.buffer);
                Some(feature)
            }
            Ok(None) => None,
            Err(_) => {
                self.state = State::Done;
                Some(Err(Problem::new(
                    Severity::Refused,
                    "file_changed",
                    "文件在读取过程中发生变化或无法继续读取，请重试",
                    "the file changed or became unreadable while it was read; try again",
                )))
            }
        }
    }
}

impl Features {
    /// Captures the next feature into the buffer.
    fn advance(&mut self) -> Result<Option<Captured>, JsonError> {
        match (&self.state, self.root) {
            (State::Done, _) => return Ok(None),
            (State::Start, Root::Feature | Root::Geometry) => {
                self.state = State::Done;
                return self
                    .reader
                    .capture(&mut self.buffer, MAX_FEATURE_BYTES)
                    .map(Some);
            }
            (State::Start, Root::Collection) => {
                self.find_features()?;
                self.state = State::InArray;
                if self.reader.accept(b']')? {
                    self.state = State::Done;
                    return Ok(None);
                }
            }
            (State::InArray, _) => {
                if self.reader.accept(b']')? {
                    self.state = State::Done;
                    return Ok(None);
                }
                self.reader.expect(b',', "','")?;
            }
        }
        self.reader
            .capture(&mut self.buffer, MAX_FEATURE_BYTES)
            .map(Some)
    }

    fn find_features(&mut self) -> Result<(), JsonError> {
        self.reader.expect(b'{', "{")?;
        loop {
            let key = read_key(&mut self.reader, &mut self.buffer)?;
            if key == "features" && self.reader.accept(b'[')? {
                return Ok(());
            }
            self.reader.capture(&mut self.buffer, 0)?;
            self.reader.expect(b',', "','")?;
        }
    }

    fn feature(&mut self, captured: Captured) -> Result<RawFeature, Problem> {
        match captured {
            Captured::Whole => {}
            Captured::TooLong => {
                return Err(refuse(
                    "feature_too_large",
                    format!("单个要素超过 {} MB，请先简化几何", MAX_FEATURE_BYTES >> 20),
                    format!(
                        "one feature is larger than {} MB; simplify its geometry",
                        MAX_FEATURE_BYTES >> 20
                    ),
                ));
            }
            Captured::TooDeep => {
                return Err(refuse(
                    "json_too_deep",
                    format!("括号嵌套超过 {MAX_JSON_DEPTH} 层"),
                    format!("brackets are nested more than {MAX_JSON_DEPTH} deep"),
                ));
            }
        }
        let (mut geometry, mut properties, mut kind) = (None, None, None);
        if self.root == Root::Geometry {
            geometry = Some(&self.buffer[..]);
        } else {
            Cursor::new(&self.buffer)
                .object(|key, value| {
                    match key {
                        "type" => kind = string(value),
                        "geometry" => geometry = Some(value),
                        "properties" => properties = Some(value),
                        _ => {}
                    }
                    Ok(())
                })
                .map_err(|Malformed| not_a_feature())?;
            if kind.as_deref() != Some("Feature") {
                return Err(not_a_feature());
            }
        }
        let mut feature = RawFeature {
            row: self.row,
            geometry: None,
            properties: Vec::new(),
            problems: Vec::new(),
        };
        if let Some(raw) = properties.filter(|raw| *raw != b"null") {
            Cursor::new(raw)
                .object(|key, raw| {
                    if feature.properties.len() < MAX_COLUMNS {
                        feature.properties.push((key.to_owned(), value(raw)));
                    }
                    Ok(())
                })
                .map_err(|Malformed| {
                    refuse(
                        "properties_malformed",
                        "properties 不是有效的对象",
                        "properties is not a valid object",
                    )
                })?;
        }
        let read = geometry
            .map_or(Ok(None), read_geometry)
            .map_err(geometry_problem)?;
        if let Some(read) = read {
            let mut note = |severity, code: &str, zh: &str, en: &str| {
                feature
                    .problems
                    .push(Problem::new(severity, code, zh, en).at_row(self.row));
            };
            if read.had_z && !std::mem::replace(&mut self.z_reported, true) {
                note(
                    Severity::Note,
                    "z_dropped",
                    "坐标含第三维（高程），已忽略；后续同类情况不再提示",
                    "coordinates have a third dimension, which is ignored; not repeated for other rows",
                );
            }
            if read.closed_rings > 0 {
                note(
                    Severity::Mended,
                    "ring_not_closed",
                    "环未闭合，已补上首点",
                    "a ring was not closed; its first vertex was repeated",
                );
            }
            if read.empty_parts > 0 {
                note(
                    Severity::Mended,
                    "empty_part",
                    "几何中有空的部分，已去掉",
                    "the geometry had empty parts, which were left out",
                );
            }
            feature.geometry = Some(read.geometry);
        }
        Ok(feature)
    }
}

fn refuse(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new(Severity::Refused, code, zh, en)
}

fn not_a_feature() -> Problem {
    refuse("not_a_feature", "不是 Feature 对象", "not a Feature object")
}

fn geometry_problem(fault: GeometryFault) -> Problem {
    match fault {
        GeometryFault::Malformed(what) => refuse(
            "geometry_malformed",
            "几何格式不对",
            "the geometry is malformed",
        )
        .at_field("geometry", &what),
        GeometryFault::UnknownType(kind) => refuse(
            "geometry_type_unknown",
            "不认识的几何类型",
            "unknown type of geometry",
        )
        .at_field("geometry", &kind),
        GeometryFault::Empty => refuse(
            "geometry_empty",
            "几何没有坐标；若确实没有位置，请写 \"geometry\": null",
            "the geometry has no coordinates; write \"geometry\": null if there is no position",
        ),
        GeometryFault::NotFinite(vertex) => refuse(
            "coordinate_not_finite",
            format!("第 {vertex} 个顶点的坐标不是有限数（NaN、无穷或空）"),
            format!("vertex {vertex} is not finite (NaN, infinite or null)"),
        ),
        GeometryFault::TooMany => too_many_vertices(),
    }
}

/// The refusal of a geometry beyond the limits.
pub(crate) fn too_many_vertices() -> Problem {
    refuse(
        "too_many_vertices",
        format!(
            "几何超过 {MAX_VERTICES_PER_GEOMETRY} 个顶点或 {MAX_PARTS_PER_GEOMETRY} 个部分，请先简化"
        ),
        format!(
            "the geometry has more than {MAX_VERTICES_PER_GEOMETRY} vertices or {MAX_PARTS_PER_GEOMETRY} parts; simplify it"
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use encoding_rs::GB18030;

    use super::*;
    use crate::domain::ImportKind;

    fn open_bytes(bytes: &[u8]) -> Result<Opened, FormatError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        // The path is kept until the end of the test process; the files are tiny.
        let (_, path) = file.keep().unwrap();
        let opened = TextSource::new(&path, None)
            .and_then(|source| open(source, &ReadOptions::new(ImportKind::Buildings)));
        std::fs::remove_file(path).unwrap();
        opened
    }

    fn rows(text: &str) -> Vec<Result<RawFeature, Problem>> {
        open_bytes(text.as_bytes()).unwrap().rows.collect()
    }

    fn codes(text: &str) -> Vec<String> {
        rows(text)
            .into_iter()
            .map(|row| {
                row.map_or_else(
                    |p| p.code,
                    |f| f.problems.first().map_or(String::new(), |p| p.code.clone()),
                )
            })
            .collect()
    }

    fn refusal(bytes: &[u8]) -> Problem {
        open_bytes(bytes).unwrap_err().into_problem()
    }

    const POINT: &str = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[117.2,31.8]},"properties":{"name":"示例甲01","户数":120,"nested":{"a":[1]},"ok":true,"none":null}}"#;

    #[test]
    fn collections_features_and_bare_geometries_are_read() {
        let collection = rows(&format!(
            r#"{{"type":"FeatureCollection","features":[{POINT},{POINT}]}}"#
        ));
        assert_eq!(collection.len(), 2);
        let feature = collection[1].as_ref().unwrap();
        assert_eq!(feature.row, 2);
        assert_eq!(
            feature.get("name"),
            Some(&Value::Text("示例甲01".to_owned()))
        );
        assert_eq!(feature.get("户数"), Some(&Value::Number("120".to_owned())));
        assert_eq!(
            feature.get("nested"),
            Some(&Value::Text(r#"{"a":[1]}"#.to_owned()))
        );
        assert_eq!(feature.get("ok"), Some(&Value::Bool(true)));
        assert_eq!(feature.get("none"), Some(&Value::Null));
        assert_eq!(rows(POINT).len(), 1);
        assert_eq!(rows(r#"{"type":"Point","coordinates":[1,2]}"#).len(), 1);
        assert_eq!(
            rows("\u{feff} {\"type\":\"Point\",\"coordinates\":[1,2]}\n").len(),
            1
        );
    }

    #[test]
    fn the_crs_is_found_before_and_behind_the_features() {
        let crs = r#""crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}}"#;
        for text in [
            format!(r#"{{"type":"FeatureCollection",{crs},"features":[{POINT}]}}"#),
            format!(r#"{{"features":[{POINT}],{crs},"type":"FeatureCollection"}}"#),
        ] {
            let opened = open_bytes(text.as_bytes()).unwrap();
            assert_eq!(
                opened.declared_crs.as_deref(),
                Some("urn:ogc:def:crs:EPSG::4490")
            );
            assert_eq!(opened.rows.count(), 1);
        }
    }

    #[test]
    fn columns_of_all_features_are_known_before_the_first_is_read() {
        let second = POINT
            .replace("nested", "楼层数")
            .replace("{\"a\":[1]}", "\"15\"");
        let opened = open_bytes(
            format!(r#"{{"type":"FeatureCollection","features":[{POINT},{second}]}}"#).as_bytes(),
        )
        .unwrap();
        let names: Vec<_> = opened.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["name", "户数", "nested", "ok", "none", "楼层数"]);
        assert_eq!(opened.columns[1].samples, ["120"]);
        assert_eq!(
            opened.column_of(crate::formats::Field::Households),
            Some("户数")
        );
        assert_eq!(opened.rows_hint, Some(2));
    }

    #[test]
    fn a_bad_feature_does_not_hide_the_next_one() {
        let bad = [
            ("7", "not_a_feature"),
            (
                r#"{"type":"Feature","geometry":{"type":"LineString","coordinates":[]},"properties":{}}"#,
                "geometry_empty",
            ),
            (
                r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[NaN,1]},"properties":{}}"#,
                "coordinate_not_finite",
            ),
            (
                r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[1e400,1]},"properties":{}}"#,
                "coordinate_not_finite",
            ),
            (
                r#"{"type":"Feature","geometry":{"type":"Blob","coordinates":[1,1]},"properties":{}}"#,
                "geometry_type_unknown",
            ),
            (
                r#"{"type":"Feature","geometry":null,"properties":[1]}"#,
                "properties_malformed",
            ),
            (
                r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]},"properties":null}"#,
                "ring_not_closed",
            ),
            (
                r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[1,1,5]},"properties":null}"#,
                "z_dropped",
            ),
            (
                r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[1,1,5]},"properties":null}"#,
                "",
            ),
            (
                r#"{"type":"Feature","geometry":null,"properties":{"a":NaN}}"#,
                "",
            ),
        ];
        let deep = format!(
            r#"{{"type":"Feature","geometry":{}{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let mut features: Vec<&str> = bad.iter().map(|(text, _)| *text).collect();
        features.push(&deep);
        features.push(POINT);
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{}]}}"#,
            features.join(",\n")
        );
        let mut expected: Vec<&str> = bad.iter().map(|(_, code)| *code).collect();
        expected.extend(["json_too_deep", ""]);
        assert_eq!(codes(&text), expected);
        let third = rows(&text).remove(2).unwrap_err();
        assert_eq!((third.row, third.severity), (Some(3), Severity::Refused));
    }

    #[test]
    fn a_cut_file_is_refused_as_a_whole_with_its_place() {
        let text = format!("{{\"type\":\"FeatureCollection\",\n\"features\":[{POINT},\n{POINT}");
        let problem = refusal(&text.as_bytes()[..text.len() - 5]);
        assert_eq!(problem.code, "json_truncated");
        assert!(problem.zh.contains("第 3 行"), "{}", problem.zh);
    }

    #[test]
    fn what_is_not_geojson_says_what_it_is() {
        for (text, code) in [
            ("{]", "json_syntax"),
            ("{\"type\":\"Topology\",\"objects\":{}}", "geojson_topojson"),
            ("{\"a\":1}", "geojson_unknown_type"),
            ("{}", "geojson_unknown_type"),
            ("{\"type\":\"FeatureCollection\"}", "geojson_no_features"),
            (
                "{\"type\":\"FeatureCollection\",\"features\":[]}",
                "file_empty",
            ),
            (
                "{\"type\":\"FeatureCollection\",\"features\":[1 2]}",
                "json_syntax",
            ),
            (
                "{\"type\":\"Point\",\"coordinates\":[1,2]}{\"type\":\"Point\",\"coordinates\":[1,2]}",
                "json_syntax",
            ),
        ] {
            assert_eq!(refusal(text.as_bytes()).code, code, "{text}");
        }
    }

    #[test]
    fn gbk_text_is_decoded_even_where_its_bytes_look_like_backslashes() {
        // The second byte of 許 in GBK is a backslash.
        let text = POINT.replace("示例甲01", "許昌路");
        let opened = open_bytes(&GB18030.encode(&text).0).unwrap();
        assert_eq!(opened.encoding.as_deref(), Some("GB18030"));
        assert_eq!(opened.notes[0].code, "encoding_gb18030");
        let feature = opened.rows.map(Result::unwrap).next().unwrap();
        assert_eq!(feature.get("name").unwrap().text(), "許昌路");
    }

    #[test]
    fn sql_and_html_in_a_name_are_only_text() {
        let name = "'); DROP TABLE compound; --<script>alert(1)</script>";
        let text = POINT.replace("示例甲01", name);
        assert_eq!(
            rows(&text)[0].as_ref().unwrap().get("name").unwrap().text(),
            name
        );
    }
}
