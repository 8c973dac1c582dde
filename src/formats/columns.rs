//! Which column means what: headers in Chinese and English → [`Field`].
//!
//! Headers are compared after normalisation (full-width → half-width, lower case, no spaces,
//! units in brackets dropped). Invariant: a field is given to at most one column of a table; a
//! mapping by hand wins over recognition, and the first column wins over later ones.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::feature::Column;
use super::fields::Field;
use super::header_words::{COMMON, own};
use crate::domain::{ImportKind, Problem, Severity};

/// A header in the form in which headers are compared: NFKC, lower case, without spaces,
/// punctuation and bracketed units, for example `总户数（户）` → `总户数`.
pub fn normalise_header(header: &str) -> String {
    let mut depth = 0_u32;
    let mut outside = String::with_capacity(header.len());
    let mut inside = String::new();
    for c in header.nfkc().flat_map(char::to_lowercase) {
        match c {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            c if c.is_whitespace() || c.is_control() || is_header_noise(c) => {}
            c if depth > 0 => inside.push(c),
            c => outside.push(c),
        }
    }
    // A header that is nothing but brackets keeps its content.
    if outside.is_empty() { inside } else { outside }
}

fn is_header_noise(c: char) -> bool {
    matches!(
        c,
        '_' | '-'
            | '.'
            | ':'
            | ';'
            | '*'
            | '#'
            | '/'
            | '\\'
            | '"'
            | '\''
            | '·'
            | '、'
            | '，'
            | ','
            | '\u{feff}'
            | '\u{200b}'
    )
}

/// The field that a header stands for, `None` when it is not known.
pub fn match_header(kind: ImportKind, header: &str) -> Option<Field> {
    let find = |header: &str| {
        let key = normalise_header(header);
        let tables = own(kind).iter().chain(COMMON);
        tables
            .into_iter()
            .find(|(_, words)| words.contains(&key.as_str()))
            .map(|(field, _)| *field)
    };
    // Headers of two levels are joined as `户数/户籍户数`: the lower one says more.
    find(header).or_else(|| header.rsplit_once('/').and_then(|(_, lower)| find(lower)))
}

/// The kind of rows that headers speak of most clearly; `None` when they say nothing.
///
/// A proposal for the import page, never used without the user's consent.
pub fn suggest_kind<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<ImportKind> {
    let headers: Vec<&str> = headers.into_iter().collect();
    let of_issue = |field| {
        (headers.iter()).any(|header| match_header(ImportKind::Issues, header) == Some(field))
    };
    if of_issue(Field::ReportedAt) && (of_issue(Field::ClassDetail) || of_issue(Field::Status)) {
        return Some(ImportKind::Issues);
    }
    let has: Vec<Field> = headers
        .iter()
        .filter_map(|h| {
            match_header(ImportKind::Buildings, h).or(match_header(ImportKind::Housekeepers, h))
        })
        .collect();
    let any = |fields: &[Field]| fields.iter().any(|field| has.contains(field));
    if any(&[
        Field::KeeperKind,
        Field::DutyPhone,
        Field::PartyJoinDate,
        Field::BirthDate,
        Field::ConsentDate,
        Field::Phone,
    ]) {
        Some(ImportKind::Housekeepers)
    } else if any(&[Field::BuildingCount, Field::PropertyCompany]) {
        Some(ImportKind::Compounds)
    } else if any(&[
        Field::Floors,
        Field::Height,
        Field::Stairwell,
        Field::StairwellCount,
        Field::BuildingName,
    ]) {
        Some(ImportKind::Buildings)
    } else if any(&[Field::Compound, Field::Households]) {
        Some(ImportKind::Compounds)
    } else if any(&[Field::Grid]) {
        Some(ImportKind::Grids)
    } else if any(&[Field::ClassDetail]) {
        Some(ImportKind::Barriers)
    } else {
        None
    }
}

/// Fills in `matched` of all columns and reports what was ambiguous.
///
/// `mapping` is what the user matched by hand: header → field, or → `None` to ignore the column.
/// Its headers are compared exactly, else normalised; a header that no column has is reported.
pub fn match_columns(
    kind: ImportKind,
    columns: &mut [Column],
    mapping: &BTreeMap<String, Option<Field>>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut taken: BTreeMap<Field, String> = BTreeMap::new();
    let mut by_hand = vec![false; columns.len()];
    for (header, field) in mapping {
        let found = columns.iter().position(|c| c.name == *header).or_else(|| {
            let key = normalise_header(header);
            columns
                .iter()
                .position(|c| normalise_header(&c.name) == key)
        });
        let Some(index) = found else {
            problems.push(
                Problem::new(
                    Severity::Warning,
                    "mapping_unknown_column",
                    "手工匹配里的列名在文件中不存在",
                    "a column matched by hand is not in the file",
                )
                .at_field(header, ""),
            );
            continue;
        };
        by_hand[index] = true;
        claim(*field, &mut columns[index], &mut taken, &mut problems);
    }
    for (column, by_hand) in columns.iter_mut().zip(by_hand) {
        if !by_hand {
            claim(
                match_header(kind, &column.name),
                column,
                &mut taken,
                &mut problems,
            );
        }
    }
    problems
}

fn claim(
    field: Option<Field>,
    column: &mut Column,
    taken: &mut BTreeMap<Field, String>,
    problems: &mut Vec<Problem>,
) {
    column.matched = None;
    let Some(field) = field else { return };
    if let Some(first) = taken.get(&field) {
        problems.push(
            Problem::new(
                Severity::Note,
                "column_matched_twice",
                format!(
                    "“{}”与“{first}”含义相同，已采用“{first}”；可手工改匹配",
                    column.name
                ),
                format!(
                    "“{}” means the same as “{first}”, which is used; match by hand to change it",
                    column.name
                ),
            )
            .at_field(&column.name, ""),
        );
        return;
    }
    taken.insert(field, column.name.clone());
    column.matched = Some(field);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<Column> {
        names.iter().map(|n| Column::new(n)).collect()
    }

    #[test]
    fn the_headers_of_the_issue_are_understood() {
        use Field::*;
        for (header, field) in [
            ("小区名称", Name),
            ("总户数", Households),
            ("总户数（户）", Households),
            (" 总 户 数 ", Households),
            ("house_count", Households),
            ("House Count", Households),
            ("楼栋总数", BuildingCount),
            ("building_count", BuildingCount),
            ("物业公司", PropertyCompany),
            ("社区名称", Community),
            ("街道", Street),
            ("lng_bd09", Lon),
            ("ＬＮＧ", Lon),
            ("纬度", Lat),
        ] {
            assert_eq!(
                match_header(ImportKind::Compounds, header),
                Some(field),
                "{header}"
            );
        }
        assert_eq!(
            match_header(ImportKind::Buildings, "小区名称"),
            Some(Compound)
        );
        assert_eq!(
            match_header(ImportKind::Buildings, "GEOCODE"),
            Some(StreetCode)
        );
        assert_eq!(match_header(ImportKind::Buildings, "Height"), Some(Height));
        assert_eq!(match_header(ImportKind::Housekeepers, "姓名"), Some(Name));
        assert_eq!(
            match_header(ImportKind::Barriers, "kind_detail"),
            Some(ClassDetail)
        );
        assert_eq!(match_header(ImportKind::Compounds, "avg_price_2016"), None);
    }

    #[test]
    fn the_first_of_two_columns_with_one_meaning_wins_and_the_other_is_reported() {
        let mut table = columns(&["户籍户数", "常住户数"]);
        let problems = match_columns(ImportKind::Compounds, &mut table, &BTreeMap::new());
        assert_eq!(table[0].matched, Some(Field::Households));
        assert_eq!(table[1].matched, None);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].field.as_deref(), Some("常住户数"));
    }

    #[test]
    fn matching_by_hand_wins_over_recognition() {
        let mut table = columns(&["户籍户数", "常住户数", "备用"]);
        let mapping = BTreeMap::from([
            ("常住户数".to_owned(), Some(Field::Households)),
            ("备用".to_owned(), Some(Field::Name)),
            ("没有".to_owned(), Some(Field::Code)),
        ]);
        let problems = match_columns(ImportKind::Compounds, &mut table, &mapping);
        assert_eq!(table[0].matched, None);
        assert_eq!(table[1].matched, Some(Field::Households));
        assert_eq!(table[2].matched, Some(Field::Name));
        let codes: Vec<_> = problems.iter().map(|p| p.code.as_str()).collect();
        assert_eq!(codes, ["mapping_unknown_column", "column_matched_twice"]);
    }

    #[test]
    fn a_column_can_be_ignored_by_hand() {
        let mut table = columns(&["名称"]);
        let mapping = BTreeMap::from([("名称".to_owned(), None)]);
        assert!(match_columns(ImportKind::Compounds, &mut table, &mapping).is_empty());
        assert_eq!(table[0].matched, None);
    }

    #[test]
    fn headers_suggest_the_kind_of_rows() {
        for (headers, kind) in [
            (
                &["name", "house_count", "building_count"][..],
                Some(ImportKind::Compounds),
            ),
            (&["小区名称", "总户数"], Some(ImportKind::Compounds)),
            (&["小区名称", "幢号", "层数"], Some(ImportKind::Buildings)),
            (&["GEOCODE", "height", "name"], Some(ImportKind::Buildings)),
            (
                &["姓名", "手机号", "所属社区"],
                Some(ImportKind::Housekeepers),
            ),
            (&["kind", "kind_detail", "name"], Some(ImportKind::Barriers)),
            (
                &["REC_ID", "CREATE_TIME", "SUB_TYPE_NAME"],
                Some(ImportKind::Issues),
            ),
            (
                &["unique_key", "created_date", "status"],
                Some(ImportKind::Issues),
            ),
            (&["foo"], None),
        ] {
            assert_eq!(suggest_kind(headers.iter().copied()), kind, "{headers:?}");
        }
    }

    #[test]
    fn every_synonym_is_written_in_its_normalised_form() {
        for kind in ImportKind::ALL {
            for (field, words) in own(*kind).iter().chain(COMMON) {
                for word in *words {
                    assert_eq!(normalise_header(word), *word, "{field:?}");
                }
            }
        }
    }
}
