//! Search by name, pinyin, pinyin initials and building number.
//!
//! Full-width letters and digits are the same as narrow ones; 3号楼, 3#, 3栋 and 3幢 mean the same building.

use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;

/// Something that can be found.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// compound, building, community, housekeeper, area.
    pub kind: &'static str,
    /// Identity or code.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it belongs.
    pub hint: String,
    /// [lon, lat].
    pub point: Option<[f64; 2]>,
}

/// A result: a position in the entries and its rank, higher is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Position.
    pub at: usize,
    /// Rank.
    pub score: f64,
}

struct Keys {
    name: String,
    pinyin: String,
    initials: String,
}

/// Names with their keys.
pub struct SearchIndex {
    entries: Vec<Entry>,
    keys: Vec<Keys>,
}

impl SearchIndex {
    /// Builds the keys.
    pub fn new(entries: Vec<Entry>) -> Self {
        let keys = entries.iter().map(|entry| keys_of(&entry.name)).collect();
        Self { entries, keys }
    }

    /// An entry by its position.
    pub fn entry(&self, at: usize) -> &Entry {
        &self.entries[at]
    }

    /// Best hits first; ties by kind, then name.
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        let query = normalise(query);
        if query.is_empty() {
            return Vec::new();
        }
        let latin = query.chars().all(|c| c.is_ascii_alphanumeric());
        let mut hits: Vec<Hit> = self
            .keys
            .iter()
            .enumerate()
            .filter_map(|(at, keys)| {
                let score = score(keys, &query, latin)? + weight(self.entries[at].kind);
                Some(Hit { at, score })
            })
            .collect();
        hits.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| self.entries[a.at].name.cmp(&self.entries[b.at].name))
        });
        hits.truncate(limit);
        hits
    }
}

/// Larger things first among equals.
fn weight(kind: &str) -> f64 {
    match kind {
        "community" => 0.4,
        "compound" => 0.5,
        "area" => 0.3,
        "housekeeper" => 0.2,
        _ => 0.0,
    }
}

fn score(keys: &Keys, query: &str, latin: bool) -> Option<f64> {
    // Shorter names are nearer to what was typed.
    let near = |found: &str| 1.0 - (found.chars().count().min(50) as f64) / 100.0;
    if keys.name == query {
        return Some(10.0);
    }
    if keys.name.starts_with(query) {
        return Some(8.0 + near(&keys.name));
    }
    if keys.name.contains(query) {
        return Some(6.0 + near(&keys.name));
    }
    if !latin {
        return None;
    }
    if keys.initials == query {
        return Some(7.0);
    }
    if keys.initials.starts_with(query) {
        return Some(5.0 + near(&keys.initials));
    }
    if keys.pinyin.starts_with(query) {
        return Some(4.0 + near(&keys.pinyin));
    }
    (query.len() >= 2 && keys.initials.contains(query)).then(|| 2.0 + near(&keys.initials))
}

fn keys_of(name: &str) -> Keys {
    let name = normalise(name);
    let mut pinyin = String::new();
    let mut initials = String::new();
    for c in name.chars() {
        match c.to_pinyin() {
            Some(syllable) => {
                pinyin.push_str(syllable.plain());
                initials.push_str(syllable.first_letter());
            }
            None if c.is_ascii_alphanumeric() => {
                pinyin.push(c);
                initials.push(c);
            }
            None => {}
        }
    }
    Keys { name, pinyin, initials }
}

/// Narrow, lower case, without spaces; every spelling of a building number is 幢.
fn normalise(text: &str) -> String {
    let narrow: String =
        text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace() && *c != '·').collect();
    let mut out = String::with_capacity(narrow.len());
    let mut rest = narrow.as_str();
    while let Some(c) = rest.chars().next() {
        let after_digit = out.chars().last().is_some_and(|c| c.is_ascii_digit());
        let spelling = ["号楼", "#楼", "号栋", "#", "栋", "座"].iter().find(|word| rest.starts_with(**word));
        match spelling {
            Some(word) if after_digit => {
                out.push('幢');
                rest = &rest[word.len()..];
            }
            _ => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> SearchIndex {
        let entry = |kind, name: &str| Entry {
            kind,
            id: name.to_owned(),
            name: name.to_owned(),
            hint: String::new(),
            point: None,
        };
        SearchIndex::new(vec![
            entry("compound", "幸福苑"),
            entry("building", "幸福苑3幢"),
            entry("compound", "和平里"),
            entry("housekeeper", "示例甲01"),
        ])
    }

    fn names(query: &str) -> Vec<String> {
        let index = index();
        index.search(query, 10).iter().map(|hit| index.entry(hit.at).name.clone()).collect()
    }

    #[test]
    fn pinyin_initials_and_full_pinyin_find_a_compound() {
        assert_eq!(names("xfy")[0], "幸福苑");
        assert_eq!(names("xingfu")[0], "幸福苑");
        assert_eq!(names("ＸＦＹ")[0], "幸福苑");
        assert_eq!(names("hpl"), ["和平里"]);
    }

    #[test]
    fn every_spelling_of_a_building_number_finds_it() {
        for query in ["幸福苑3号楼", "幸福苑3#", "幸福苑 3栋", "幸福苑３幢"] {
            assert_eq!(names(query), ["幸福苑3幢"], "{query}");
        }
    }

    #[test]
    fn nothing_is_found_for_nothing() {
        assert!(names("  ").is_empty());
        assert!(names("zzz").is_empty());
    }
}
