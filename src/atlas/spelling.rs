//! How people write the names of places: full-width, pinyin, initials, building numbers.
//!
//! Not the search itself. Invariant: two spellings of one building number give one text; nothing depends on a
//! dictionary of places.

use pinyin::ToPinyinMulti;
use unicode_normalization::UnicodeNormalization;

/// Longest query that is looked at, characters.
pub const MAX_QUERY: usize = 40;

/// Narrow, lower case, letters and digits only (`#` and `-` stay: they write building numbers).
pub fn normalise(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|&c| c.is_alphanumeric() || c == '#' || c == '-')
        .collect()
}

/// A building number in one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildingNumber {
    /// Digits without leading zeros, or letters: 3, a, 3-1.
    pub text: String,
    /// Whether a word for "building" followed it.
    pub worded: bool,
}

const WORDS: [&str; 11] = [
    "号楼", "號樓", "#楼", "号栋", "号", "號", "幢", "栋", "棟", "座", "#",
];

/// Reads 3号楼, 3#, 3幢, 三幢, A座, 03, 3号楼2单元 (the stairwell is left out); `text` is normalised.
pub fn building_number(text: &str) -> Option<BuildingNumber> {
    let text = without_stairwell(text);
    let word = WORDS.iter().find_map(|word| text.strip_suffix(word));
    let word = word.or_else(|| text.strip_suffix('楼'));
    let (core, worded) = word.map_or((text, false), |core| (core, true));
    if core.is_empty() || core.chars().count() > 8 {
        return None;
    }
    if let Some(number) = chinese_number(core) {
        return Some(BuildingNumber {
            text: number.to_string(),
            worded,
        });
    }
    let latin = core.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let letters = core.chars().filter(char::is_ascii_alphabetic).count();
    let digits = core.chars().any(|c| c.is_ascii_digit());
    if !latin || letters > 2 || !(digits || worded) {
        return None;
    }
    let trimmed = core.trim_start_matches('0');
    let text = if trimmed.is_empty() { "0" } else { trimmed };
    Some(BuildingNumber {
        text: text.to_owned(),
        worded,
    })
}

/// 3号楼2单元501 → 3号楼
fn without_stairwell(text: &str) -> &str {
    let Some(at) = text.find("单元") else {
        return text;
    };
    let head = &text[..at];
    head.trim_end_matches(|c: char| c.is_ascii_digit() || digit(c).is_some() || c == '十')
}

fn digit(c: char) -> Option<u32> {
    let at = "零一二三四五六七八九".chars().position(|d| d == c);
    at.map(|at| at as u32).or(match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => None,
    })
}

/// 三 → 3, 十二 → 12, 一百零五 → 105, 二三 → 23.
fn chinese_number(text: &str) -> Option<u32> {
    let (mut sum, mut current, mut units) = (0_u32, 0_u32, false);
    for c in text.chars() {
        if let Some(value) = digit(c) {
            current = if units {
                value
            } else {
                current.checked_mul(10)?.checked_add(value)?
            };
        } else {
            let unit = match c {
                '十' => 10,
                '百' => 100,
                _ => return None,
            };
            sum = sum.checked_add(current.max(1).checked_mul(unit)?)?;
            (current, units) = (0, true);
        }
    }
    sum.checked_add(current)
}

/// How well `query` fits `name` (both normalised), 0 < score ≤ 100; `None`: not at all.
pub fn fit(query: &str, name: &str) -> Option<f64> {
    if query.is_empty() || name.is_empty() {
        return None;
    }
    let length = name.chars().count() as f64;
    // Among equals the shorter name.
    let rest = |matched: f64| (length - matched).clamp(0.0, 20.0) * 0.4;
    let literal = query.chars().count() as f64;
    if query == name {
        return Some(100.0);
    }
    if name.starts_with(query) {
        return Some(90.0 - rest(literal));
    }
    if name.contains(query) {
        return Some(70.0 - rest(literal));
    }
    if !query.contains(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut best: Option<f64> = None;
    for (at, (byte, _)) in name.char_indices().enumerate() {
        let Some(complete) = spells(query, &name[byte..]) else {
            continue;
        };
        let score = match (at, complete) {
            (0, true) => 85.0,
            (0, false) => 65.0 - rest(0.0),
            _ => 45.0 - rest(0.0),
        };
        best = Some(best.map_or(score, |best| best.max(score)));
        if at == 0 {
            break;
        }
    }
    best
}

/// Whether `query` spells the beginning of `name`, each character by itself or by the first letters of one of
/// its readings; `Some(true)` when it can spell all of it. O(|query| · |name|): the ends of what is spelt so
/// far are followed together, because trying them one after another is exponential for 啊啊啊….
fn spells(query: &str, name: &str) -> Option<bool> {
    let mut ends = vec![false; query.len() + 1];
    ends[0] = true;
    let mut spelt = None;
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        let mut next = vec![false; query.len() + 1];
        // `ü` is typed v.
        let syllables: Vec<String> = c
            .to_pinyin_multi()
            .into_iter()
            .flatten()
            .map(|reading| reading.plain().replace('ü', "v"))
            .collect();
        for (at, _) in ends.iter().enumerate().filter(|(_, reached)| **reached) {
            let Some(left) = query.get(at..) else {
                continue;
            };
            if left.starts_with(c) {
                next[at + c.len_utf8()] = true;
            }
            for syllable in &syllables {
                let common = left
                    .bytes()
                    .zip(syllable.bytes())
                    .take_while(|(a, b)| a == b);
                for taken in 1..=common.count() {
                    next[at + taken] = true;
                }
            }
        }
        if !next.contains(&true) {
            break;
        }
        if next[query.len()] {
            spelt = Some(rest.as_str().is_empty());
        }
        ends = next;
    }
    spelt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<String> {
        building_number(&normalise(text)).map(|number| number.text)
    }

    #[test]
    fn spellings_of_one_building_number_are_one() {
        for text in [
            "3号楼",
            "3#",
            "3幢",
            "三幢",
            "3栋",
            "３号楼",
            "03幢",
            "3 号 楼",
            "3#楼",
            "三号楼2单元",
            "3",
        ] {
            assert_eq!(number(text).as_deref(), Some("3"), "{text}");
        }
        for (text, expected) in [
            ("十二幢", "12"),
            ("一百零五号楼", "105"),
            ("A座", "a"),
            ("3-1幢", "3-1"),
        ] {
            assert_eq!(number(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["会所", "", "幢", "幸福苑3幢", "ab"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn initials_full_pinyin_and_mixtures_spell_a_name() {
        for query in ["xfy", "xingfuyuan", "xfyuan", "xingfy", "幸f苑"] {
            assert_eq!(fit(query, "幸福苑"), Some(85.0), "{query}");
        }
        assert!(fit("xf", "幸福苑") < fit("xfy", "幸福苑"));
        assert!(fit("fy", "幸福苑") < fit("xf", "幸福苑"));
        assert_eq!(fit("xfz", "幸福苑"), None);
    }

    #[test]
    fn a_character_answers_to_all_its_readings() {
        assert!(fit("cq", "重庆").is_some() && fit("zq", "重庆").is_some());
    }

    #[test]
    fn long_repetitive_queries_end_quickly() {
        let name = "啊啊啊啊啊啊啊啊啊啊啊啊啊啊啊啊啊啊啊啊";
        assert_eq!(fit(&"a".repeat(MAX_QUERY), name), None);
    }
}
