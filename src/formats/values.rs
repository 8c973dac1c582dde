//! What people type into cells: counts with units, dashes for "unknown", dates, phone numbers,
//! building names.
//!
//! Every function takes the text of one cell and gives a value, or nothing, and says what was
//! wrong. Invariant: unknown is never zero, and nothing is corrected without a problem saying so.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use crate::domain::{Problem, Severity};

/// A cell understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The value; `None` when the cell says "unknown" or could not be understood.
    pub value: Option<T>,
    /// What is to be reported; `Refused` severity means that the cell was not understood.
    /// The caller adds the row and the field.
    pub problem: Option<Problem>,
}

impl<T> Parsed<T> {
    pub(super) fn known(value: T) -> Self {
        Self {
            value: Some(value),
            problem: None,
        }
    }

    pub(super) fn unknown() -> Self {
        Self {
            value: None,
            problem: None,
        }
    }

    pub(super) fn wrong(code: &str, text: &str, zh: &str, en: &str) -> Self {
        let problem = Problem::new(Severity::Refused, code, zh, en).at_field("", text);
        Self {
            value: None,
            problem: Some(problem),
        }
    }

    pub(super) fn noted(value: T, code: &str, text: &str, zh: &str, en: &str) -> Self {
        let problem = Problem::new(Severity::Note, code, zh, en).at_field("", text);
        Self {
            value: Some(value),
            problem: Some(problem),
        }
    }

    /// Names the place of the problem, if there is one.
    #[must_use]
    pub fn at(mut self, row: u64, field: &str) -> Self {
        if let Some(problem) = self.problem.take() {
            let value = problem.value.clone().unwrap_or_default();
            self.problem = Some(problem.at_row(row).at_field(field, &value));
        }
        self
    }
}

/// The text in the form in which values are compared: full-width → half-width, trimmed.
pub fn normalise_text(text: &str) -> String {
    let text: String = text
        .nfkc()
        .filter(|c| !matches!(c, '\u{feff}' | '\u{200b}'))
        .collect();
    text.trim().to_owned()
}

/// Whether a cell says that the value is not known: empty, `-`, `暂无信息`, `N/A` and the like.
pub fn says_unknown(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "暂无信息",
        "暂无",
        "无",
        "未知",
        "不详",
        "不明",
        "待定",
        "待核实",
        "待补充",
        "无数据",
        "空",
        "null",
        "none",
        "nil",
        "n/a",
        "na",
        "#n/a",
        "nan",
        "unknown",
        "\\n",
        "?",
        "??",
        "???",
        "/",
        "\\",
        "未填",
        "未填写",
        "无信息",
        "缺失",
    ];
    let text = normalise_text(text).to_lowercase();
    text.is_empty()
        || text
            .chars()
            .all(|c| matches!(c, '-' | '—' | '–' | '－' | '_' | '―' | '─' | '*' | '.'))
        || WORDS.contains(&text.as_str())
}

/// A count of things: `3005户`, `65栋`, `1,234`, `约300户`, `15.0`. `-1` is a usual sentinel for
/// "unknown". Negative, fractional and impossible numbers are refused.
pub fn count(text: &str) -> Parsed<u32> {
    if says_unknown(text) {
        return Parsed::unknown();
    }
    let clean = normalise_text(text);
    let (about, number) = strip_about(&clean);
    let number = strip_unit(
        number,
        &[
            "户",
            "栋",
            "幢",
            "座",
            "套",
            "层",
            "个",
            "人",
            "单元",
            "楼",
            "号楼",
            "households",
            "floors",
            "buildings",
            "f",
        ],
    );
    let Some((number, scale)) = plain_number(number) else {
        return Parsed::wrong(
            "count_unreadable",
            text,
            "不是数目，应为整数（如 3005 或 3005户）",
            "not a count; write a whole number such as 3005",
        );
    };
    let number = number * scale;
    if number == -1.0 {
        return Parsed {
            value: None,
            problem: Some(
                Problem::new(
                    Severity::Note,
                    "count_sentinel",
                    "-1 视为“未知”",
                    "-1 was taken as “unknown”",
                )
                .at_field("", text),
            ),
        };
    }
    if number < 0.0 {
        return Parsed::wrong(
            "count_negative",
            text,
            "数目不能为负",
            "a count cannot be negative",
        );
    }
    if number.fract().abs() > 1e-9 {
        return Parsed::wrong(
            "count_fractional",
            text,
            "数目应为整数",
            "a count must be whole",
        );
    }
    if number > 100_000_000.0 {
        return Parsed::wrong(
            "count_too_large",
            text,
            "数目过大，请核对",
            "the count is impossibly large; check it",
        );
    }
    let number = number as u32;
    if about {
        return Parsed::noted(
            number,
            "count_approximate",
            text,
            "原文为约数，按该数采用",
            "the source says “about”; taken as given",
        );
    }
    Parsed::known(number)
}

/// A measure in metres, m² or the like, within a plausible range: `15`, `15.5米`, `1,200㎡`.
pub fn measure(text: &str, plausible: RangeInclusive<f64>) -> Parsed<f64> {
    if says_unknown(text) {
        return Parsed::unknown();
    }
    let clean = normalise_text(text);
    let (about, number) = strip_about(&clean);
    let number = strip_unit(
        number,
        &[
            "平方米",
            "平米",
            "m2",
            "m^2",
            "sqm",
            "米",
            "m",
            "metres",
            "meters",
        ],
    );
    let Some((number, scale)) = plain_number(number) else {
        return Parsed::wrong("number_unreadable", text, "不是数字", "not a number");
    };
    let number = number * scale;
    if !plausible.contains(&number) {
        return Parsed::wrong(
            "number_out_of_range",
            text,
            &format!("超出合理范围 {}–{}", plausible.start(), plausible.end()),
            &format!(
                "outside the plausible range {}–{}",
                plausible.start(),
                plausible.end()
            ),
        );
    }
    if about {
        return Parsed::noted(
            number,
            "count_approximate",
            text,
            "原文为约数，按该数采用",
            "the source says “about”; taken as given",
        );
    }
    Parsed::known(number)
}

/// One coordinate, in degrees or metres; must be finite. `121.5°` is understood.
pub fn coordinate(text: &str) -> Parsed<f64> {
    let clean = normalise_text(text);
    let lower = clean.to_lowercase();
    if matches!(
        lower.trim_start_matches(['+', '-']),
        "nan" | "inf" | "infinity" | "∞" | "1.#inf" | "1.#qnan"
    ) {
        return Parsed::wrong(
            "coordinate_not_finite",
            text,
            "坐标不是有限数",
            "the coordinate is not finite",
        );
    }
    if says_unknown(&clean) {
        return Parsed::unknown();
    }
    let number = clean
        .trim_end_matches(['°', '度', 'E', 'N', 'e', 'n'])
        .trim();
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() => Parsed::known(value),
        Ok(_) => Parsed::wrong(
            "coordinate_not_finite",
            text,
            "坐标不是有限数",
            "the coordinate is not finite",
        ),
        Err(_) => Parsed::wrong(
            "coordinate_unreadable",
            text,
            "坐标不是数字（应为十进制度或米）",
            "the coordinate is not a number (decimal degrees or metres)",
        ),
    }
}

fn strip_about(text: &str) -> (bool, &str) {
    for prefix in ["大约", "约", "近", "~", "≈", "about ", "approx. "] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return (true, rest.trim());
        }
    }
    for suffix in ["左右", "余户", "多户"] {
        if let Some(rest) = text.strip_suffix(suffix) {
            return (true, rest.trim());
        }
    }
    (false, text)
}

fn strip_unit<'a>(text: &'a str, units: &[&str]) -> &'a str {
    let mut text = text.trim();
    // Longest first: 号楼 before 楼.
    let mut units = units.to_vec();
    units.sort_by_key(|unit| std::cmp::Reverse(unit.len()));
    for unit in units {
        let cut = text
            .len()
            .checked_sub(unit.len())
            .filter(|cut| text.is_char_boundary(*cut));
        if let Some(cut) = cut
            && text[cut..].eq_ignore_ascii_case(unit)
        {
            text = text[..cut].trim_end();
            break;
        }
    }
    text
}

/// A number with optional thousands separators and 万; `None` when it is something else.
fn plain_number(text: &str) -> Option<(f64, f64)> {
    let (text, scale) = match text.strip_suffix('万') {
        Some(rest) => (rest.trim(), 10_000.0),
        None => (text, 1.0),
    };
    let digits = ungroup(text)?;
    // `1e3` is what spreadsheets write; words such as `infinity` are not numbers here.
    if !digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'))
    {
        return None;
    }
    digits
        .parse::<f64>()
        .ok()
        .filter(|n| n.is_finite())
        .map(|n| (n, scale))
}

/// Removes thousands separators when they are where they belong: `1,234`, `1 234`, `12,345.5`.
fn ungroup(text: &str) -> Option<String> {
    let is_separator = |c: char| matches!(c, ',' | ' ' | '\'' | '\u{a0}' | '，');
    if !text.contains(is_separator) {
        return (!text.is_empty()).then(|| text.to_owned());
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(is_separator);
    let first = groups.next()?;
    let head = first.trim_start_matches(['-', '+']);
    let fits = (1..=3).contains(&head.len()) && groups.all(|group| group.len() == 3);
    let all_digits = whole
        .trim_start_matches(['-', '+'])
        .chars()
        .all(|c| c.is_ascii_digit() || is_separator(c));
    if !fits || !all_digits {
        return None;
    }
    let mut number: String = whole.chars().filter(|c| !is_separator(*c)).collect();
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    Some(number)
}

/// A day: `2023-01-05`, `2023/1/5`, `2023.1.5`, `20230105`, `2023年1月5日`, with or without a time
/// behind it, or the serial number that Excel stores. A month alone (`2023-01`, `2023年1月`) is its
/// first day, with a note.
pub fn date(text: &str) -> Parsed<NaiveDate> {
    if says_unknown(text) {
        return Parsed::unknown();
    }
    let clean = normalise_text(text);
    let wrong = || {
        Parsed::wrong(
            "date_unreadable",
            text,
            "不是日期，应如 2023-01-05",
            "not a date; write it as 2023-01-05",
        )
    };
    if clean.chars().all(|c| c.is_ascii_digit()) {
        return match (clean.len(), clean.parse::<u32>()) {
            (8, Ok(n)) => {
                calendar(n / 10_000, n / 100 % 100, n % 100).map_or_else(wrong, Parsed::known)
            }
            (6, Ok(n)) if (1900..2100).contains(&(n / 100)) => {
                calendar(n / 100, n % 100, 1).map_or_else(wrong, |day| first_of_month(day, text))
            }
            (5, Ok(n)) => excel_day(f64::from(n)).map_or_else(wrong, Parsed::known),
            _ => wrong(),
        };
    }
    if let Ok(serial) = clean.parse::<f64>()
        && clean.matches('.').count() == 1
        && serial > 10_000.0
    {
        return excel_day(serial).map_or_else(wrong, Parsed::known);
    }
    let mut parts: Vec<u32> = Vec::new();
    for part in clean
        .split(|c: char| !c.is_ascii_digit())
        .filter(|p| !p.is_empty())
        .take(3)
    {
        match part.parse() {
            Ok(number) => parts.push(number),
            Err(_) => return wrong(),
        }
    }
    let starts_with_year = clean.chars().take_while(char::is_ascii_digit).count() == 4;
    match parts.as_slice() {
        [year, month, day] if starts_with_year => {
            calendar(*year, *month, *day).map_or_else(wrong, Parsed::known)
        }
        [year, month] if starts_with_year => {
            calendar(*year, *month, 1).map_or_else(wrong, |day| first_of_month(day, text))
        }
        _ => wrong(),
    }
}

fn calendar(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok()?;
    NaiveDate::from_ymd_opt(year, month, day).filter(|d| (1900..2100).contains(&d.year()))
}

fn first_of_month(day: NaiveDate, text: &str) -> Parsed<NaiveDate> {
    Parsed::noted(
        day,
        "date_month_only",
        text,
        "只有年月，按当月1日采用",
        "only a month; its first day was taken",
    )
}

/// Day of an Excel serial number (1900 system, with its phantom 29 February 1900).
pub fn excel_day(serial: f64) -> Option<NaiveDate> {
    if !(61.0..110_000.0).contains(&serial) {
        return None;
    }
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(chrono::Days::new(serial as u64))
}

/// A telephone number as digits (with `+` kept): 3–15 digits after removing spaces and dashes.
pub fn phone(text: &str) -> Parsed<String> {
    if says_unknown(text) {
        return Parsed::unknown();
    }
    let clean = normalise_text(text);
    // Spreadsheets turn numbers into 1.3800001234E10 or 13800001234.0.
    let clean = match clean.parse::<f64>() {
        Ok(n) if clean.contains(['.', 'E', 'e']) && n.fract() == 0.0 && n > 0.0 && n < 1e15 => {
            format!("{n:.0}")
        }
        _ => clean,
    };
    let digits: String = clean
        .char_indices()
        .filter(|(i, c)| c.is_ascii_digit() || (*i == 0 && *c == '+'))
        .map(|(_, c)| c)
        .collect();
    let foreign = clean.chars().any(|c| {
        !c.is_ascii_digit() && !matches!(c, '+' | '-' | ' ' | '(' | ')' | '—' | '–' | '转')
    });
    let length = digits.trim_start_matches('+').len();
    if foreign || !(3..=15).contains(&length) {
        return Parsed::wrong(
            "phone_unreadable",
            text,
            "不是电话号码",
            "not a telephone number",
        );
    }
    Parsed::known(digits)
}

/// Number of a building and of a stairwell in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildingName {
    /// Standard form: `7幢`; names without a number are kept as they are.
    pub building: String,
    /// Standard form: `2单元`.
    pub stairwell: Option<String>,
}

/// Normalises the name of a building to the standard address: `7栋`, `7号楼`, `7#`, `七幢`,
/// `第7栋`, `07幢`, `7` → `7幢`; `7幢2单元` → `7幢` and `2单元`. Other names are kept.
pub fn building_name(text: &str) -> Parsed<BuildingName> {
    if says_unknown(text) {
        return Parsed::unknown();
    }
    let clean: String = normalise_text(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let (building, stairwell) = split_stairwell(&clean);
    let building = standard_building(building).unwrap_or_else(|| building.to_owned());
    Parsed::known(BuildingName {
        building,
        stairwell,
    })
}

/// `7幢2单元` → (`7幢`, `2单元`); anything else is left whole.
fn split_stairwell(text: &str) -> (&str, Option<String>) {
    let Some(head) = text.strip_suffix("单元") else {
        return (text, None);
    };
    let digits = head
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_alphanumeric() || chinese_digit(*c).is_some() || *c == '十')
        .last()
        .map(|(i, _)| i);
    let Some(start) = digits.filter(|start| *start > 0) else {
        return (text, None);
    };
    let (building, number) = head.split_at(start);
    let number = standard_number(number).unwrap_or_else(|| number.to_owned());
    (
        building.trim_end_matches(['-', '第']),
        Some(format!("{number}单元")),
    )
}

fn standard_building(text: &str) -> Option<String> {
    let body = text.strip_prefix('第').unwrap_or(text);
    let body = [
        "号楼", "号栋", "号幢", "幢楼", "#楼", "#栋", "幢", "栋", "座", "楼", "#",
    ]
    .iter()
    .find_map(|suffix| body.strip_suffix(suffix))
    .unwrap_or(body);
    standard_number(body).map(|number| format!("{number}幢"))
}

/// `07` → `7`, `七` → `7`, `十二` → `12`, `A7` and `7A` stay with a capital letter.
fn standard_number(text: &str) -> Option<String> {
    if text.is_empty() || text.chars().count() > 6 {
        return None;
    }
    if text.chars().all(|c| c.is_ascii_digit()) {
        let trimmed = text.trim_start_matches('0');
        return (!trimmed.is_empty()).then(|| trimmed.to_owned());
    }
    if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && text.chars().any(|c| c.is_ascii_digit())
    {
        return Some(text.to_ascii_uppercase());
    }
    if text.len() == 1 && text.chars().all(|c| c.is_ascii_alphabetic()) {
        return Some(text.to_ascii_uppercase());
    }
    chinese_number(text).map(|n| n.to_string())
}

fn chinese_digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九"
        .chars()
        .position(|d| d == c)
        .map(|i| i as u32)
        .or(match c {
            '零' => Some(0),
            '两' => Some(2),
            _ => None,
        })
}

/// Chinese numerals up to 999: `七`, `十二`, `二十`, `一百零三`, `一〇三`.
fn chinese_number(text: &str) -> Option<u32> {
    let (mut total, mut digit, mut scaled) = (0, None, false);
    for c in text.chars() {
        match c {
            '十' => {
                total += digit.take().unwrap_or(1) * 10;
                scaled = true;
            }
            '百' => {
                total += digit.take()? * 100;
                scaled = true;
            }
            c => {
                let next = chinese_digit(c)?;
                digit = Some(if scaled {
                    next
                } else {
                    digit.unwrap_or(0) * 10 + next
                });
            }
        }
    }
    let number = total + digit.unwrap_or(0);
    (number > 0).then_some(number)
}

/// A name in the form in which names are compared: NFKC, lower case, without spaces, dots and
/// brackets (their content is kept: 证大家园（公寓） is not 证大家园).
pub fn normalise_name(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| {
            !c.is_whitespace()
                && !c.is_control()
                && !matches!(
                    c,
                    '·' | '•'
                        | '・'
                        | '‧'
                        | '.'
                        | '('
                        | ')'
                        | '['
                        | ']'
                        | '【'
                        | '】'
                        | '〔'
                        | '〕'
                        | '<'
                        | '>'
                        | '《'
                        | '》'
                        | '"'
                        | '\''
                        | '“'
                        | '”'
                        | '-'
                        | '—'
                        | '_'
                        | '\u{feff}'
                        | '\u{200b}'
                )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(parsed: &Parsed<T>) -> Option<&str> {
        parsed.problem.as_ref().map(|p| p.code.as_str())
    }

    #[test]
    fn counts_are_understood_as_people_write_them() {
        for (text, value) in [
            ("3005户", 3005),
            ("65栋", 65),
            (" 120 ", 120),
            ("１２０户", 120),
            ("1,234", 1234),
            ("1，234户", 1234),
            ("1 234", 1234),
            ("12,345,678", 12_345_678),
            ("15.0", 15),
            ("15层", 15),
            ("1.2万户", 12_000),
            ("3e2", 300),
            ("0", 0),
        ] {
            let parsed = count(text);
            assert_eq!(parsed.value, Some(value), "{text}");
            assert_eq!(parsed.problem, None, "{text}");
        }
    }

    #[test]
    fn unknown_is_not_zero_and_not_a_problem() {
        for text in [
            "",
            " ",
            "-",
            "—",
            "——",
            "--",
            "/",
            "暂无信息",
            "暂无",
            "无",
            "未知",
            "null",
            "NULL",
            "N/A",
            "ｎ／ａ",
        ] {
            assert_eq!(count(text), Parsed::unknown(), "{text}");
        }
    }

    #[test]
    fn wrong_counts_say_why() {
        for (text, expected) in [
            ("-5", "count_negative"),
            ("12.5户", "count_fractional"),
            ("99999999999999999999", "count_too_large"),
            ("1e300", "count_too_large"),
            ("很多", "count_unreadable"),
            ("12,34", "count_unreadable"),
            ("1,2,3", "count_unreadable"),
            ("户", "count_unreadable"),
            ("inf", "count_unreadable"),
            ("300-400户", "count_unreadable"),
            ("120 OR 1=1", "count_unreadable"),
        ] {
            let parsed = count(text);
            assert_eq!(parsed.value, None, "{text}");
            assert_eq!(code(&parsed), Some(expected), "{text}");
        }
        assert_eq!(code(&count("-1")), Some("count_sentinel"));
        let about = count("约300户");
        assert_eq!(
            (about.value, code(&about)),
            (Some(300), Some("count_approximate"))
        );
    }

    #[test]
    fn measures_have_units_and_a_plausible_range() {
        assert_eq!(measure("15", 0.0..=800.0).value, Some(15.0));
        assert_eq!(measure("15.5米", 0.0..=800.0).value, Some(15.5));
        assert_eq!(measure("1,200㎡", 0.0..=1e7).value, Some(1200.0));
        assert_eq!(
            code(&measure("9999", 0.0..=800.0)),
            Some("number_out_of_range")
        );
        assert_eq!(
            code(&measure("NaNm", 0.0..=800.0)),
            Some("number_unreadable")
        );
    }

    #[test]
    fn coordinates_must_be_finite_numbers() {
        assert_eq!(coordinate("121.590724").value, Some(121.590_724));
        assert_eq!(coordinate("121.5°E").value, Some(121.5));
        assert_eq!(coordinate("-").value, None);
        for text in ["NaN", "inf", "-Infinity", "1e999"] {
            assert_eq!(
                code(&coordinate(text)),
                Some("coordinate_not_finite"),
                "{text}"
            );
        }
        assert_eq!(code(&coordinate("121°35′")), Some("coordinate_unreadable"));
    }

    #[test]
    fn dates_are_understood_in_all_usual_forms() {
        let day = NaiveDate::from_ymd_opt(2023, 1, 5).unwrap();
        for text in [
            "2023-01-05",
            "2023/1/5",
            "2023.1.5",
            "20230105",
            "2023年1月5日",
            "2023-01-05 17:24:41",
            "2023-01-05T00:00:00Z",
            "44931",
            "44931.5",
            "２０２３年１月５日",
        ] {
            assert_eq!(date(text).value, Some(day), "{text}");
        }
        let month = date("2023年1月");
        assert_eq!(month.value, NaiveDate::from_ymd_opt(2023, 1, 1));
        assert_eq!(code(&month), Some("date_month_only"));
        for text in [
            "2023-02-30",
            "05/01/2023",
            "昨天",
            "12",
            "99999999",
            "2023-99999999999-1",
        ] {
            assert_eq!(code(&date(text)), Some("date_unreadable"), "{text}");
        }
    }

    #[test]
    fn phone_numbers_lose_their_decoration() {
        assert_eq!(phone("100 0000 0001").value.as_deref(), Some("10000000001"));
        assert_eq!(phone("0551-1000001").value.as_deref(), Some("05511000001"));
        assert_eq!(
            phone("+86 100-0000-0001").value.as_deref(),
            Some("+8610000000001")
        );
        assert_eq!(phone("10000000001.0").value.as_deref(), Some("10000000001"));
        assert_eq!(code(&phone("找张三")), Some("phone_unreadable"));
        assert_eq!(
            code(&phone("12345678901234567890")),
            Some("phone_unreadable")
        );
    }

    #[test]
    fn building_names_become_the_standard_address() {
        for text in [
            "7幢", "7栋", "7号楼", "7#", "7#楼", "七幢", "第7栋", "07幢", "7", "７栋", "7 号楼",
        ] {
            let name = building_name(text).value.unwrap();
            assert_eq!(
                (name.building.as_str(), name.stairwell),
                ("7幢", None),
                "{text}"
            );
        }
        for (text, building, stairwell) in [
            ("7幢2单元", "7幢", Some("2单元")),
            ("12栋甲", "12栋甲", None),
            ("十二号楼三单元", "12幢", Some("3单元")),
            ("二十幢", "20幢", None),
            ("一百零三幢", "103幢", None),
            ("A座", "A幢", None),
            ("b3栋", "B3幢", None),
            ("会所", "会所", None),
            ("3单元", "3单元", None),
        ] {
            let name = building_name(text).value.unwrap();
            assert_eq!(name.building, building, "{text}");
            assert_eq!(name.stairwell.as_deref(), stairwell, "{text}");
        }
        assert_eq!(building_name("-").value, None);
    }

    #[test]
    fn names_are_compared_without_spaces_dots_and_width() {
        assert_eq!(
            normalise_name("绿地·康桥 新苑"),
            normalise_name("绿地康桥新苑")
        );
        assert_eq!(
            normalise_name("证大家园（公寓）"),
            normalise_name("证大家园(公寓)")
        );
        assert_ne!(
            normalise_name("证大家园（公寓）"),
            normalise_name("证大家园")
        );
        assert_eq!(normalise_name("Ａ区"), "a区");
    }
}
