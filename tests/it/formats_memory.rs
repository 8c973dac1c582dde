//! Hostile and large files must not fill the memory: the bar is a rise of 256 MB.
//!
//! Each file is read in a process of its own, so that its peak is not that of other tests.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use gridkeeper::domain::ImportKind;
use gridkeeper::formats::{ReadOptions, open};

const FILE: &str = "GRIDKEEPER_TEST_FILE";
const MAX_RISE_KB: u64 = 256 << 10;

/// Peak resident memory of this process so far, in kB; `None` where /proc is not there.
fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Not a test by itself: reads the file named by the environment and prints what became of it.
#[test]
#[ignore = "run by the other tests of this file in a process of its own"]
fn reads_one_file() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let path = Path::new(&path);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let before = peak_kb().unwrap_or(0);
    let begun = std::time::Instant::now();
    let (mut rows, mut last) = (0_u64, String::new());
    match open(path, &name, &ReadOptions::new(ImportKind::Buildings)) {
        Err(error) => error.code().clone_into(&mut last),
        Ok(opened) => {
            for row in opened.rows {
                match row {
                    Ok(_) => rows += 1,
                    Err(problem) => last = problem.code,
                }
            }
        }
    }
    let rise = peak_kb().unwrap_or(0) - before;
    println!(
        "RESULT rows={rows} last={last} rise_kb={rise} {:?}",
        begun.elapsed()
    );
}

/// Writes a file, reads it in another process: (rows, last problem). Asserts the memory.
fn outcome(name: &str, write: impl FnOnce(&mut BufWriter<File>)) -> (u64, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut file = BufWriter::new(File::create(&path).unwrap());
    write(&mut file);
    file.into_inner().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "formats_memory::reads_one_file",
            "--ignored",
            "--nocapture",
        ])
        .env(FILE, &path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.split_once("RESULT "))
        .map(|(_, rest)| rest.to_owned());
    let line =
        line.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)));
    println!("{name}: {line}");
    let value = |key: &str| {
        let word = line
            .split(' ')
            .find_map(|word| word.strip_prefix(key))
            .unwrap();
        word.strip_prefix('=').unwrap().to_owned()
    };
    let rise: u64 = value("rise_kb").parse().unwrap();
    assert!(rise <= MAX_RISE_KB, "{name} needed {rise} kB");
    (value("rows").parse().unwrap(), value("last"))
}

fn building(i: u32) -> String {
    let (x, y) = (
        117.0 + f64::from(i % 317) * 4e-4,
        31.0 + f64::from(i / 317) * 4e-4,
    );
    let corners: Vec<String> = [
        (0.0, 0.0),
        (2e-4, 0.0),
        (2e-4, 1e-4),
        (1e-4, 1e-4),
        (0.0, 1e-4),
        (0.0, 0.0),
    ]
    .iter()
    .map(|(dx, dy)| format!("[{},{}]", x + dx, y + dy))
    .collect();
    format!(
        r#"{{"type":"Feature","properties":{{"幢号":"{i}幢","层数":"6","户数":24,"小区":"示例甲01"}},"geometry":{{"type":"Polygon","coordinates":[[{}]]}}}}"#,
        corners.join(",")
    )
}

#[test]
fn a_hundred_thousand_buildings_are_read_row_by_row() {
    let (rows, last) = outcome("buildings.geojson", |file| {
        write!(file, r#"{{"type":"FeatureCollection","features":["#).unwrap();
        for i in 0..100_000 {
            write!(file, "{}\n{}", if i > 0 { "," } else { "" }, building(i)).unwrap();
        }
        write!(file, "]}}").unwrap();
    });
    assert_eq!((rows, last.as_str()), (100_000, ""));
}

#[test]
fn a_geometry_of_too_many_vertices_is_refused_and_the_next_feature_is_read() {
    for (vertices, code) in [
        (1_000_001, "too_many_vertices"),
        (6_000_000, "feature_too_large"),
    ] {
        let (rows, last) = outcome("big.geojson", |file| {
            let begin = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":["#;
            file.write_all(begin.as_bytes()).unwrap();
            for i in 0..vertices {
                write!(file, "{}[117.{i:07},31.1]", if i > 0 { "," } else { "" }).unwrap();
            }
            write!(file, "]}}}},{}]}}", building(1)).unwrap();
        });
        assert_eq!((rows, last.as_str()), (1, code));
    }
}

#[test]
fn brackets_and_quotes_without_end_are_refused() {
    let (_, last) = outcome("deep.geojson", |file| {
        write!(file, r#"{{"type":"FeatureCollection","features":["#).unwrap();
        for _ in 0..100 {
            file.write_all("[".repeat(1 << 20).as_bytes()).unwrap();
        }
    });
    assert_eq!(last, "json_truncated");
    let (_, last) = outcome("quote.csv", |file| {
        write!(file, "小区名称,总户数\n\"示例甲01").unwrap();
        for _ in 0..100 {
            file.write_all("甲,1\n".repeat(1 << 17).as_bytes()).unwrap();
        }
    });
    assert_eq!(last, "csv_row_too_long");
}

#[test]
fn a_zip_bomb_is_refused() {
    let (_, last) = outcome("bomb.zip", |file| {
        let mut zip = zip::ZipWriter::new(file);
        zip.start_file("a.shp", zip::write::SimpleFileOptions::default())
            .unwrap();
        let zeros = vec![0; 1 << 20];
        for _ in 0..600 {
            zip.write_all(&zeros).unwrap();
        }
        zip.finish().unwrap();
    });
    assert_eq!(last, "zip_bomb");
}

#[test]
fn a_worksheet_of_many_cells_is_read_or_refused_within_memory() {
    for (rows, expected) in [(90_000_u32, ""), (200_000, "sheet_too_large")] {
        let (_, last) = outcome("cells.xlsx", |file| {
            let mut book = rust_xlsxwriter::Workbook::new();
            let sheet = book.add_worksheet();
            for column in 0..12_u16 {
                sheet.write(0, column, format!("列{column}")).unwrap();
            }
            for row in 1..=rows {
                for column in 0..12 {
                    sheet.write(row, column, f64::from(row)).unwrap();
                }
            }
            book.save_to_writer(file).unwrap();
        });
        assert_eq!(last, expected);
    }
}
