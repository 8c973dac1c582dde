//! Shapefiles with the traps that real ones have, written by an independent library.

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use encoding_rs::GBK;
use geo_types::Geometry;
use shapefile::dbase::{self, FieldValue, Record, TableWriterBuilder};
use shapefile::{Point, PointZ, Polygon, PolygonRing, Polyline, PolylineZ, Shape};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Field, FormatError, Opened, ReadOptions, Value, open};
use crate::domain::{ImportKind, Problem};

/// The files of one layer, in memory.
struct Layer {
    shp: Vec<u8>,
    dbf: Vec<u8>,
    prj: &'static str,
}

fn square(x: f64, y: f64, side: f64) -> Vec<Point> {
    // Clockwise, as outer rings must be.
    [
        (0.0, 0.0),
        (0.0, side),
        (side, side),
        (side, 0.0),
        (0.0, 0.0),
    ]
    .map(|(dx, dy)| Point::new(x + dx, y + dy))
    .to_vec()
}

/// Two compounds: a square with a hole, and two squares; names in GBK, language driver unset.
fn layer() -> Layer {
    let holed = Polygon::with_rings(vec![
        PolygonRing::Outer(square(117.0, 31.0, 0.01)),
        PolygonRing::Inner(square(117.002, 31.002, 0.002)),
    ]);
    let double = Polygon::with_rings(vec![
        PolygonRing::Outer(square(117.1, 31.0, 0.01)),
        PolygonRing::Outer(square(117.2, 31.0, 0.01)),
    ]);
    let mut shp = Cursor::new(Vec::new());
    {
        let mut writer = shapefile::ShapeWriter::new(&mut shp);
        writer.write_shape(&holed).unwrap();
        writer.write_shape(&double).unwrap();
        writer.finalize().unwrap();
    }
    Layer {
        shp: shp.into_inner(),
        dbf: attributes(GBK, 0),
        prj: "GEOGCS[\"GCS_WGS_1984\"]",
    }
}

fn attributes(encoding: &'static encoding_rs::Encoding, language_driver: u8) -> Vec<u8> {
    let mut dbf = Cursor::new(Vec::new());
    {
        let mut writer =
            TableWriterBuilder::with_encoding(dbase::encoding::EncodingRs::from(encoding))
                .add_character_field("NAME".try_into().unwrap(), 20)
                .add_numeric_field("HOUSES".try_into().unwrap(), 10, 0)
                .add_date_field("ASOF".try_into().unwrap())
                .build_with_dest(&mut dbf);
        for (name, houses) in [("示例甲01", Some(120.0)), ("示例甲02", None)] {
            let mut record = Record::default();
            record.insert(
                "NAME".to_owned(),
                FieldValue::Character(Some(name.to_owned())),
            );
            record.insert("HOUSES".to_owned(), FieldValue::Numeric(houses));
            record.insert(
                "ASOF".to_owned(),
                FieldValue::Date(Some(dbase::Date::new(5, 1, 2023).unwrap())),
            );
            writer.write_record(&record).unwrap();
        }
        writer.finalize().unwrap();
    }
    let mut bytes = dbf.into_inner();
    bytes[29] = language_driver;
    // The library writes ASCII names only.
    let (name, ..) = encoding.encode("小区名");
    bytes[32..32 + name.len()].copy_from_slice(&name);
    bytes
}

/// Writes the files of a layer into a folder.
fn loose(layer: &Layer, cpg: Option<&str>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("小区.shp");
    fs::write(&path, &layer.shp).unwrap();
    fs::write(folder.path().join("小区.DBF"), &layer.dbf).unwrap();
    fs::write(folder.path().join("小区.prj"), layer.prj).unwrap();
    if let Some(cpg) = cpg {
        fs::write(folder.path().join("小区.cpg"), cpg).unwrap();
    }
    (folder, path)
}

fn open_loose(layer: &Layer, cpg: Option<&str>) -> Result<Opened, FormatError> {
    let (_folder, path) = loose(layer, cpg);
    open(&path, "小区.shp", &ReadOptions::new(ImportKind::Compounds))
}

fn open_zip(files: &[(&str, &[u8])], layer: Option<&str>) -> Result<Opened, FormatError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let mut options = ReadOptions::new(ImportKind::Compounds);
    options.layer = layer.map(str::to_owned);
    open(file.path(), "a.zip", &options)
}

fn codes(notes: &[Problem]) -> Vec<&str> {
    notes.iter().map(|p| p.code.as_str()).collect()
}

fn assert_is_the_layer(opened: Opened) {
    assert_eq!(
        opened.declared_crs.as_deref(),
        Some("GEOGCS[\"GCS_WGS_1984\"]")
    );
    assert_eq!(opened.column_of(Field::Name), Some("小区名"));
    let rows: Vec<_> = opened.rows.map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0].get("小区名"),
        Some(&Value::Text("示例甲01".to_owned()))
    );
    assert_eq!(
        rows[0].get("HOUSES"),
        Some(&Value::Number("120".to_owned()))
    );
    assert_eq!(
        rows[0].get("ASOF"),
        Some(&Value::Text("2023-01-05".to_owned()))
    );
    assert_eq!(rows[1].get("HOUSES"), Some(&Value::Null));
    let Some(Geometry::Polygon(holed)) = &rows[0].geometry else {
        panic!("{:?}", rows[0])
    };
    assert_eq!(holed.interiors().len(), 1);
    let Some(Geometry::MultiPolygon(double)) = &rows[1].geometry else {
        panic!("{:?}", rows[1])
    };
    assert_eq!(double.0.len(), 2);
}

#[test]
fn gbk_attributes_without_cpg_are_read_and_reported() {
    let opened = open_loose(&layer(), None).unwrap();
    assert_eq!(opened.encoding.as_deref(), Some("GB18030"));
    assert_eq!(codes(&opened.notes), ["dbf_encoding_assumed"]);
    assert_is_the_layer(opened);
}

#[test]
fn cpg_and_language_driver_are_honoured_and_a_wrong_cpg_is_not_believed() {
    for (cpg, driver) in [(Some("GBK"), 0), (Some("936"), 0), (None, 0x4d)] {
        let opened = open_loose(
            &Layer {
                dbf: attributes(GBK, driver),
                ..layer()
            },
            cpg,
        )
        .unwrap();
        assert!(opened.notes.is_empty(), "{:?}", opened.notes);
        assert_is_the_layer(opened);
    }
    let utf8 = Layer {
        dbf: attributes(encoding_rs::UTF_8, 0),
        ..layer()
    };
    let opened = open_loose(&utf8, Some("UTF-8\r\n")).unwrap();
    assert_eq!(opened.encoding.as_deref(), Some("UTF-8"));
    assert_is_the_layer(opened);
    let opened = open_loose(&layer(), Some("UTF-8")).unwrap();
    assert_eq!(codes(&opened.notes), ["cpg_contradicted"]);
    assert_is_the_layer(opened);
}

#[test]
fn a_zipped_layer_is_read_whatever_its_folder() {
    let l = layer();
    let files: [(&str, &[u8]); 4] = [
        ("数据/小区.shp", &l.shp),
        ("数据/小区.dbf", &l.dbf),
        ("数据/小区.prj", l.prj.as_bytes()),
        ("说明.txt", b"x"),
    ];
    let opened = open_zip(&files, None).unwrap();
    assert_eq!(opened.layer.as_deref(), Some("小区"));
    assert_is_the_layer(opened);
}

#[test]
fn several_layers_ask_for_a_choice() {
    let l = layer();
    let files: [(&str, &[u8]); 5] = [
        ("a/小区.shp", &l.shp),
        ("a/小区.dbf", &l.dbf),
        ("a/小区.prj", l.prj.as_bytes()),
        ("b/楼栋.shp", &l.shp),
        ("inner.zip", b"PK"),
    ];
    let problem = open_zip(&files, None).unwrap_err().into_problem();
    assert_eq!(problem.code, "layer_needed");
    assert!(problem.zh.contains("a/小区、b/楼栋"), "{}", problem.zh);
    assert_is_the_layer(open_zip(&files, Some("小区")).unwrap());
    assert_is_the_layer(open_zip(&files, Some("a/小区.shp")).unwrap());
    assert_eq!(
        open_zip(&files, Some("道路")).unwrap_err().code(),
        "layer_unknown"
    );
    assert_eq!(
        open_zip(&files[4..], None).unwrap_err().code(),
        "zip_without_shapefile"
    );
}

#[test]
fn cut_files_are_refused_before_the_first_row() {
    let l = layer();
    let shp = Layer {
        shp: l.shp[..l.shp.len() - 10].to_vec(),
        ..layer()
    };
    assert_eq!(open_loose(&shp, None).unwrap_err().code(), "shp_truncated");
    let dbf = Layer {
        dbf: l.dbf[..l.dbf.len() - 10].to_vec(),
        ..layer()
    };
    assert_eq!(open_loose(&dbf, None).unwrap_err().code(), "dbf_truncated");
    for len in [0, 10, 32, 40] {
        let dbf = Layer {
            dbf: l.dbf[..len].to_vec(),
            ..layer()
        };
        assert!(open_loose(&dbf, None).is_err(), "{len}");
    }
}

#[test]
fn a_damaged_record_is_a_problem_of_its_row_and_the_next_one_is_read() {
    let mut l = layer();
    // Number of points of the first record (8 bytes head, then at 40): far more than the record holds.
    let at = 100 + 8 + 40;
    l.shp[at..at + 4].copy_from_slice(&900_000_i32.to_le_bytes());
    let rows: Vec<_> = open_loose(&l, None).unwrap().rows.collect();
    let problem = rows[0].as_ref().unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.row),
        ("geometry_malformed", Some(1))
    );
    assert_eq!(
        rows[1].as_ref().unwrap().get("小区名").unwrap().text(),
        "示例甲02"
    );
}

#[test]
fn hostile_counts_ask_for_no_memory_and_nothing_panics() {
    let l = layer();
    // Every 4 bytes of the head and of the first record set to values that break naive readers.
    for at in (24..200).step_by(4) {
        for value in [0_u32, 1, 0x7fff_ffff, 0xffff_ffff, 0x0010_0000] {
            for bytes in [value.to_le_bytes(), value.to_be_bytes()] {
                let mut damaged = layer();
                damaged.shp[at..at + 4].copy_from_slice(&bytes);
                if let Ok(opened) = open_loose(&damaged, None) {
                    assert!(opened.rows.count() <= damaged.shp.len() / 8);
                }
            }
        }
    }
    for at in 4..l.dbf.len().min(140) {
        for value in [0, 0x7f, 0xff] {
            let mut damaged = layer();
            damaged.dbf[at] = value;
            if let Ok(opened) = open_loose(&damaged, None) {
                assert!(opened.rows.count() <= 3);
            }
        }
    }
}

#[test]
fn files_that_do_not_belong_together_are_refused_as_a_whole() {
    let mut l = layer();
    // One record less, and its length taken from the file.
    let record = u16::from_le_bytes([l.dbf[10], l.dbf[11]]);
    l.dbf[4] = 1;
    l.dbf.truncate(l.dbf.len() - usize::from(record));
    let last = open_loose(&l, None)
        .unwrap()
        .rows
        .last()
        .unwrap()
        .unwrap_err();
    assert_eq!((last.code.as_str(), last.row), ("shapefile_mismatch", None));
}

#[test]
fn rows_marked_as_deleted_are_left_out_and_a_missing_dbf_is_reported() {
    let mut l = layer();
    let header = usize::from(u16::from_le_bytes([l.dbf[8], l.dbf[9]]));
    l.dbf[header] = b'*';
    let rows: Vec<_> = open_loose(&l, None).unwrap().rows.collect();
    assert_eq!(rows[0].as_ref().unwrap_err().code, "row_deleted");
    assert_eq!(rows[1].as_ref().unwrap().row, 2);
    let opened = open_zip(&[("a.shp", &l.shp)], None).unwrap();
    assert_eq!(codes(&opened.notes), ["dbf_missing"]);
    assert_eq!(opened.rows.count(), 2);
}

#[test]
fn all_shapes_with_and_without_z_are_read() {
    let line = vec![Point::new(0.0, 0.0), Point::new(1.0, 1.0)];
    let line_z = vec![
        PointZ::new(0.0, 0.0, 5.0, 1.0),
        PointZ::new(1.0, 1.0, 6.0, 2.0),
    ];
    let shapes: [(Shape, &str); 5] = [
        (Shape::Point(Point::new(1.0, 2.0)), "Point"),
        (Shape::PointZ(PointZ::new(1.0, 2.0, 3.0, 4.0)), "Point"),
        (
            Shape::Polyline(Polyline::with_parts(vec![line.clone(), line])),
            "MultiLineString",
        ),
        (Shape::PolylineZ(PolylineZ::new(line_z)), "LineString"),
        (
            Shape::Multipoint(shapefile::Multipoint::new(vec![
                Point::new(1.0, 2.0),
                Point::new(2.0, 3.0),
            ])),
            "MultiPoint",
        ),
    ];
    for (shape, expected) in shapes {
        let mut shp = Cursor::new(Vec::new());
        {
            let mut writer = shapefile::ShapeWriter::new(&mut shp);
            match &shape {
                Shape::Point(s) => writer.write_shape(s),
                Shape::PointZ(s) => writer.write_shape(s),
                Shape::Polyline(s) => writer.write_shape(s),
                Shape::PolylineZ(s) => writer.write_shape(s),
                Shape::Multipoint(s) => writer.write_shape(s),
                _ => unreachable!("not in the list"),
            }
            .unwrap();
            writer.finalize().unwrap();
        }
        let row = open_zip(&[("a.shp", shp.get_ref())], None)
            .unwrap()
            .rows
            .next()
            .unwrap()
            .unwrap();
        let kind = match row.geometry {
            Some(Geometry::Point(_)) => "Point",
            Some(Geometry::LineString(_)) => "LineString",
            Some(Geometry::MultiLineString(_)) => "MultiLineString",
            Some(Geometry::MultiPoint(_)) => "MultiPoint",
            other => panic!("{other:?}"),
        };
        assert_eq!(kind, expected);
    }
}

#[test]
fn an_outer_ring_drawn_the_wrong_way_is_kept_and_reported() {
    let mut ring = square(117.0, 31.0, 0.01);
    ring.reverse();
    let mut l = layer();
    let raw: Vec<u8> = ring
        .iter()
        .flat_map(|p| [p.x.to_le_bytes(), p.y.to_le_bytes()].concat())
        .collect();
    // Points of the first ring: record head 8, fixed part 44, two part starts.
    let at = 100 + 8 + 44 + 8;
    l.shp[at..at + raw.len()].copy_from_slice(&raw);
    let row = open_loose(&l, None).unwrap().rows.next().unwrap().unwrap();
    assert_eq!(codes(&row.problems), ["ring_direction"]);
    assert!(row.geometry.is_some());
}

#[test]
fn coordinates_that_are_not_finite_are_refused() {
    let mut l = layer();
    let at = 100 + 8 + 44 + 8;
    l.shp[at..at + 8].copy_from_slice(&f64::NAN.to_le_bytes());
    let rows: Vec<_> = open_loose(&l, None).unwrap().rows.collect();
    assert_eq!(rows[0].as_ref().unwrap_err().code, "coordinate_not_finite");
    assert!(rows[1].is_ok());
}
