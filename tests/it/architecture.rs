//! The floors hold: imports point downwards, siblings do not know each other, files say what they are.
//!
//! Reads the sources as text, test modules included; comments are not imports.

use std::fs;
use std::path::{Path, PathBuf};

/// Module and its floor; a file imports only from lower floors.
const FLOORS: [(&str, u8); 15] = [
    ("crs", 0),
    ("spatial", 1),
    ("domain", 2),
    ("districting", 3),
    ("atlas", 3),
    ("tiles", 3),
    ("heat", 3),
    ("coverage", 3),
    ("demo", 3),
    ("storage", 4),
    ("formats", 4),
    ("services", 5),
    ("api", 6),
    ("commands", 7),
    ("main", 7),
];

/// Leaves import no floor; only the floors with side effects (4 and above) may read them.
const LEAVES: [&str; 2] = ["config", "telemetry"];

/// Why `from` may not import `to`, or `None` when it may.
fn objection(from: &str, to: &str) -> Option<String> {
    let floor = |name: &str| {
        FLOORS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, f)| *f)
    };
    if from == to || (from, to) == ("telemetry", "config") {
        return None;
    }
    if LEAVES.contains(&from) {
        return Some(format!(
            "{from} is a leaf and imports no floor, so not {to}"
        ));
    }
    let Some(here) = floor(from) else {
        return Some(format!("{from} has no floor"));
    };
    if LEAVES.contains(&to) {
        return (here < 4).then(|| format!("{from} is pure and may not read {to}"));
    }
    let Some(there) = floor(to) else {
        return Some(format!("{to} has no floor"));
    };
    match (from, to) {
        ("tiles", "atlas") | ("main", "commands") => None,
        ("districting", "domain") => {
            Some("districting works on plain types, without domain".to_owned())
        }
        _ if here == there => Some(format!("{from} and {to} are siblings on floor {here}")),
        _ if here < there => Some(format!(
            "{from} (floor {here}) imports {to} (floor {there})"
        )),
        _ => None,
    }
}

/// Top-level modules that a source text names by `crate::`, with line numbers.
fn crate_imports(source: &str) -> Vec<(usize, String)> {
    let code: Vec<&str> = source
        .lines()
        .map(|line| {
            if line.trim_start().starts_with("//") {
                ""
            } else {
                line
            }
        })
        .collect();
    let code = code.join("\n");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut imports = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => top_level_items(group),
            None => vec![rest],
        };
        for name in names {
            let name: String = name
                .trim_start()
                .chars()
                .take_while(|&c| is_word(c))
                .collect();
            imports.push((line, name));
        }
    }
    imports
}

/// The items of a `{a::{b, c}, d}` after its opening brace, split at its own commas.
fn top_level_items(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

fn source_files() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    files.sort();
    assert!(files.len() > 20, "the sources are found");
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(&src).unwrap().to_owned(), text)
        })
        .collect()
}

/// `crs/gcj02.rs` → `crs`, `config.rs` → `config`.
fn module_of(path: &Path) -> String {
    let first = path
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_point_downwards_and_siblings_do_not_know_each_other() {
    let mut objections = Vec::new();
    for (path, text) in source_files() {
        let from = module_of(&path);
        if from == "lib" {
            continue;
        }
        for (line, to) in crate_imports(&text) {
            if let Some(why) = objection(&from, &to) {
                objections.push(format!("src/{}:{line}: {why}", path.display()));
            }
        }
    }
    assert!(objections.is_empty(), "\n{}", objections.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<String> = source_files()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| format!("src/{} does not open with `//!`", path.display()))
        .collect();
    assert!(silent.is_empty(), "\n{}", silent.join("\n"));
}

#[test]
fn every_module_of_the_library_has_a_floor() {
    for (path, _) in source_files() {
        let module = module_of(&path);
        let known = module == "lib"
            || LEAVES.contains(&module.as_str())
            || FLOORS.iter().any(|(name, _)| *name == module);
        assert!(known, "src/{} belongs to no floor", path.display());
    }
}

#[test]
fn the_reader_of_imports_sees_groups_paths_and_no_comments() {
    let source = "//! [`crate::api`]\nuse crate::{\n    a::{b, c},\n    d,\n};\n// crate::e\nfn f() { crate::g::h(); my_crate::i(); }\n";
    let names: Vec<String> = crate_imports(source)
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names, ["a", "d", "g"]);
    assert_eq!(crate_imports(source)[2].0, 7);
}

#[test]
fn the_rules_object_where_they_should() {
    for (from, to) in [
        ("domain", "storage"),
        ("crs", "spatial"),
        ("districting", "domain"),
        ("atlas", "tiles"),
        ("tiles", "districting"),
        ("heat", "atlas"),
        ("storage", "formats"),
        ("domain", "config"),
        ("config", "domain"),
        ("services", "api"),
    ] {
        assert!(objection(from, to).is_some(), "{from} → {to}");
    }
    for (from, to) in [
        ("tiles", "atlas"),
        ("domain", "crs"),
        ("districting", "spatial"),
        ("services", "storage"),
        ("commands", "config"),
        ("api", "api"),
    ] {
        assert_eq!(objection(from, to), None, "{from} → {to}");
    }
}
