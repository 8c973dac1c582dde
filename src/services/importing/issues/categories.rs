//! Categories of an imported issue: ours where the names agree, else a branch of the tree that keeps theirs.
//!
//! The branch `import.<source>` is data without time limits, and no new issue may have its categories. Invariant:
//! the same names always give the same category, and no name of a file is lost.

use crate::domain::issue::{Category, CategoryTree, Limits};
use crate::formats::values::normalise_name;
use pinyin::ToPinyin;
use std::collections::{HashMap, HashSet};

/// Top of everything that imports bring.
pub const TOP: &str = "import";
/// Longest part of a code that a name gives.
const MAX_SLUG: usize = 32;

/// Finds and makes categories.
pub struct Branch<'a> {
    tree: &'a CategoryTree,
    source: String,
    top: String,
    children: HashMap<(String, String), String>,
    codes: HashSet<String>,
    /// What is new, parents first.
    pub made: Vec<Category>,
}

impl<'a> Branch<'a> {
    /// The branch of a source.
    pub fn new(tree: &'a CategoryTree, source: &str) -> Self {
        let known = |row: &'a Category| {
            let parent = row.parent.clone().unwrap_or_default();
            ((parent, normalise_name(&row.name_zh)), row.code.clone())
        };
        Self {
            tree,
            source: source.to_owned(),
            top: format!("{TOP}.{}", slug(source)),
            children: tree.all().iter().map(known).collect(),
            codes: tree.all().iter().map(|row| row.code.clone()).collect(),
            made: Vec::new(),
        }
    }

    /// The category of a path of names, the widest first.
    pub fn code(&mut self, path: &[String]) -> String {
        if let Some(code) = self.ours(path) {
            return code;
        }
        let (top, source) = (self.top.clone(), self.source.clone());
        if !self.codes.contains(&top) {
            self.make(top.clone(), None, &source);
        }
        let mut at = top;
        for name in path {
            let key = (at.clone(), normalise_name(name));
            at = match self.children.get(&key) {
                Some(code) => code.clone(),
                None => {
                    let code = self.free(name);
                    self.make(code.clone(), Some(at), name);
                    code
                }
            };
        }
        at
    }

    /// A category that new issues have too: named by its code, or by its name below the names before it.
    fn ours(&self, path: &[String]) -> Option<String> {
        let last = path.last()?;
        if let Some(row) = self.tree.get(last) {
            return Some(row.code.clone());
        }
        let same = |row: &Category, name: &str| {
            let name = normalise_name(name);
            [&row.name_zh, &row.name_en]
                .map(|own| normalise_name(own))
                .contains(&name)
        };
        let above = &path[..path.len() - 1];
        let fits = |row: &&Category| {
            let mut up = self.tree.ancestors(&row.code);
            row.active
                && same(row, last)
                && above
                    .iter()
                    .rev()
                    .all(|name| up.next().is_some_and(|up| same(up, name)))
        };
        let mut found = self.tree.all().iter().filter(fits);
        let first = found.next()?;
        found.next().is_none().then(|| first.code.clone())
    }

    /// A code that nobody has.
    fn free(&self, name: &str) -> String {
        let base = format!("{}.{}", self.top, slug(name));
        if !self.codes.contains(&base) {
            return base;
        }
        (2..=u32::MAX)
            .map(|n| format!("{base}-{n}"))
            .find(|code| !self.codes.contains(code))
            .unwrap_or(base)
    }

    fn make(&mut self, code: String, parent: Option<String>, name: &str) {
        let key = (parent.clone().unwrap_or_default(), normalise_name(name));
        self.children.insert(key, code.clone());
        self.codes.insert(code.clone());
        self.made.push(Category {
            code,
            parent,
            name_zh: name.to_owned(),
            name_en: name.to_owned(),
            keywords: Vec::new(),
            questions: Vec::new(),
            near_m: 0,
            near_days: 0,
            sensitive: false,
            limits: Limits::default(),
            active: false,
        });
    }
}

/// A name as part of a code: pinyin, letters and digits, joined by hyphens.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c.to_pinyin().map(pinyin::Pinyin::plain) {
            Some(syllable) => slug.extend(syllable.chars().filter(char::is_ascii_lowercase)),
            None if c.is_ascii_lowercase() || c.is_ascii_digit() => slug.push(c),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    slug.truncate(MAX_SLUG);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "x".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_that_agree_with_ours_are_ours_and_others_make_a_branch_once() {
        let tree = CategoryTree::standard();
        let mut branch = Branch::new(&tree, "12345");
        let water = tree.all().iter().find(|row| row.name_zh == "供水").unwrap();
        let parent = tree.get(water.parent.as_deref().unwrap()).unwrap();
        assert_eq!(branch.code(&path(&["供水"])), water.code);
        assert_eq!(branch.code(&path(&[&parent.name_zh, "供水"])), water.code);
        assert_eq!(branch.code(&path(&[&water.code])), water.code);
        assert!(branch.made.is_empty());
        let theirs = branch.code(&path(&["公用部件", "供水"]));
        assert_eq!(theirs, "import.12345.gongshui");
        assert_eq!(branch.code(&path(&["公用部件", "供水"])), theirs);
        assert_ne!(branch.code(&path(&["公用事业", "供水"])), theirs);
        assert_eq!(
            branch.code(&path(&["公用事业", "供水"])),
            "import.12345.gongshui-2"
        );
        let codes: Vec<_> = branch.made.iter().map(|row| row.code.as_str()).collect();
        assert_eq!(codes[0], "import.12345");
        let rows: Vec<Category> = tree.all().iter().chain(&branch.made).cloned().collect();
        let grown = CategoryTree::try_from(rows).unwrap();
        let mut again = Branch::new(&grown, "12345");
        assert_eq!(again.code(&path(&["公用部件", "供水"])), theirs);
        assert!(again.made.is_empty());
    }

    #[test]
    fn any_name_gives_a_code() {
        assert_eq!(slug("市容 / 城管（投诉）"), "shirong-chengguan-tousu");
        assert_eq!(
            slug("Park - Neighborhood_Services_Area"),
            "park-neighborhood-services-area"
        );
        assert_eq!(slug("？！"), "x");
        assert!(slug(&"很长的名字".repeat(40)).len() <= MAX_SLUG);
    }
}
