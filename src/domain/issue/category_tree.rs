//! The tree of categories: checked once, then asked.
//!
//! Not the categories themselves (`category`). Invariant: every code is unique, every parent exists, and no
//! category is its own ancestor, so walks up and down end.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{AnswerType, Category};

/// Why rows are no tree. `row` counts from 1, as a person counts them in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTree {
    /// A code that is empty or has other characters than `a`–`z`, `0`–`9`, `_`, `-` and `.`.
    #[error("row {row}: `{code}` is no code; use a-z, 0-9, `_`, `-` and `.`")]
    Code {
        /// Row.
        row: usize,
        /// The code.
        code: String,
    },
    /// A code that an earlier row has.
    #[error("row {row}: `{code}` is the code of row {first}, too; choose another")]
    Duplicate {
        /// Row.
        row: usize,
        /// The code.
        code: String,
        /// The row that has it.
        first: usize,
    },
    /// A parent that no row has.
    #[error("row {row}: the parent `{parent}` of `{code}` is in no row; add it or name another")]
    UnknownParent {
        /// Row.
        row: usize,
        /// The code.
        code: String,
        /// Its parent.
        parent: String,
    },
    /// A category that is its own ancestor.
    #[error("row {row}: `{code}` lies below itself; give it another parent")]
    Cycle {
        /// Row.
        row: usize,
        /// The code.
        code: String,
    },
    /// A question that is doubled, or whose values do not fit its type.
    #[error(
        "row {row}: question `{question}` of `{code}` is doubled, or its values do not fit its type"
    )]
    Question {
        /// Row.
        row: usize,
        /// The code.
        code: String,
        /// Code of the question.
        question: String,
    },
}

impl InvalidTree {
    /// The row, from 1.
    pub const fn row(&self) -> usize {
        match self {
            Self::Code { row, .. }
            | Self::Duplicate { row, .. }
            | Self::UnknownParent { row, .. }
            | Self::Cycle { row, .. }
            | Self::Question { row, .. } => *row,
        }
    }

    /// Chinese text.
    pub fn zh(&self) -> String {
        match self {
            Self::Code { row, code } => {
                format!("第{row}行：“{code}”不是类别代码；请用小写字母、数字、_、-、.。")
            }
            Self::Duplicate { row, code, first } => {
                format!("第{row}行：代码“{code}”与第{first}行重复；请另取。")
            }
            Self::UnknownParent { row, code, parent } => {
                format!("第{row}行：“{code}”的上级“{parent}”不存在；请补上或改正。")
            }
            Self::Cycle { row, code } => {
                format!("第{row}行：“{code}”成了自己的上级；请改正上级。")
            }
            Self::Question {
                row,
                code,
                question,
            } => format!("第{row}行：“{code}”的问题“{question}”重复，或选项与类型不符；请改正。"),
        }
    }
}

/// A valid tree, in the order of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Category>", into = "Vec<Category>")]
pub struct CategoryTree {
    rows: Vec<Category>,
    by_code: BTreeMap<String, usize>,
}

impl TryFrom<Vec<Category>> for CategoryTree {
    type Error = InvalidTree;

    fn try_from(rows: Vec<Category>) -> Result<Self, InvalidTree> {
        let mut by_code = BTreeMap::new();
        for (at, category) in rows.iter().enumerate() {
            let (row, code) = (at + 1, category.code.clone());
            if !is_code(&code) {
                return Err(InvalidTree::Code { row, code });
            }
            if let Some(question) = wrong_question(category) {
                return Err(InvalidTree::Question {
                    row,
                    code,
                    question,
                });
            }
            if let Some(first) = by_code.insert(code.clone(), at) {
                let first = first + 1;
                return Err(InvalidTree::Duplicate { row, code, first });
            }
        }
        let tree = Self { rows, by_code };
        for (at, category) in tree.rows.iter().enumerate() {
            let (row, code) = (at + 1, category.code.clone());
            if let Some(parent) = &category.parent
                && tree.get(parent).is_none()
            {
                let parent = parent.clone();
                return Err(InvalidTree::UnknownParent { row, code, parent });
            }
            // A walk of as many steps as there are rows has come back somewhere.
            if tree
                .ancestors(&code)
                .take(tree.rows.len())
                .any(|up| up.code == code)
            {
                return Err(InvalidTree::Cycle { row, code });
            }
        }
        Ok(tree)
    }
}

impl From<CategoryTree> for Vec<Category> {
    fn from(tree: CategoryTree) -> Self {
        tree.rows
    }
}

impl CategoryTree {
    /// The tree that a new installation begins with.
    pub fn standard() -> Self {
        serde_json::from_str(include_str!("../../../assets/categories.json"))
            .expect("a test reads this file")
    }

    /// All categories, in the order of their rows.
    pub fn all(&self) -> &[Category] {
        &self.rows
    }

    /// The category with that code.
    pub fn get(&self, code: &str) -> Option<&Category> {
        self.by_code.get(code).and_then(|at| self.rows.get(*at))
    }

    /// The categories directly below.
    pub fn children<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Category> {
        self.rows
            .iter()
            .filter(move |row| row.parent.as_deref() == Some(code))
    }

    /// Whether the code is known and nothing lies below it.
    pub fn is_leaf(&self, code: &str) -> bool {
        self.get(code).is_some() && self.children(code).next().is_none()
    }

    /// The categories without others below them.
    pub fn leaves(&self) -> impl Iterator<Item = &Category> {
        let parents: BTreeSet<_> = self
            .rows
            .iter()
            .filter_map(|row| row.parent.as_deref())
            .collect();
        self.rows
            .iter()
            .filter(move |row| !parents.contains(row.code.as_str()))
    }

    /// What lies above, from the parent to the top; without the category itself.
    pub fn ancestors<'a>(&'a self, code: &str) -> impl Iterator<Item = &'a Category> + use<'a> {
        let up = |category: &'a Category| self.get(category.parent.as_deref()?);
        std::iter::successors(self.get(code).and_then(up), move |category| up(category))
    }

    /// The category and everything below it, in the order of the rows.
    pub fn descendants<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Category> {
        self.rows
            .iter()
            .filter(move |row| self.is_within(&row.code, code))
    }

    /// Whether `code` is `top` or lies below it.
    pub fn is_within(&self, code: &str, top: &str) -> bool {
        let known = self.get(code).is_some();
        known && (code == top || self.ancestors(code).any(|up| up.code == top))
    }

    /// Whether the category or one above it is sensitive.
    pub fn is_sensitive(&self, code: &str) -> bool {
        self.get(code).is_some_and(|own| own.sensitive)
            || self.ancestors(code).any(|up| up.sensitive)
    }
}

fn is_code(code: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.');
    !code.is_empty() && code.len() <= 80 && code.bytes().all(fits)
}

fn wrong_question(category: &Category) -> Option<String> {
    let mut codes = BTreeSet::new();
    let wrong = category.questions.iter().find(|question| {
        let list = matches!(
            question.datatype,
            AnswerType::SingleValueList | AnswerType::MultiValueList
        );
        let keys: BTreeSet<_> = question.values.iter().map(|value| &value.key).collect();
        !codes.insert(&question.code)
            || list == question.values.is_empty()
            || keys.len() != question.values.len()
    });
    wrong.map(|question| question.code.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<CategoryTree, InvalidTree> {
        let row = |(code, parent): (&str, &str)| Category {
            code: code.to_owned(),
            parent: (!parent.is_empty()).then(|| parent.to_owned()),
            ..CategoryTree::standard().all()[0].clone()
        };
        let pairs = text
            .split(' ')
            .map(|pair| pair.split_once('<').unwrap_or((pair, "")));
        CategoryTree::try_from(pairs.map(row).collect::<Vec<_>>())
    }

    #[test]
    fn the_standard_tree_has_two_levels_names_limits_and_the_mechanisms_of_the_source() {
        let tree = CategoryTree::standard();
        let leaves: Vec<_> = tree.leaves().collect();
        assert!((35..=45).contains(&leaves.len()), "{}", leaves.len());
        for leaf in &leaves {
            assert_eq!(tree.ancestors(&leaf.code).count(), 1, "{}", leaf.code);
            assert!(tree.is_leaf(&leaf.code) && leaf.active && leaf.near_m > 0);
            for priority in super::super::Priority::ALL {
                assert!(leaf.limits.dispose.of(*priority).is_some());
                assert!(leaf.limits.acknowledge.of(*priority).is_some());
            }
        }
        for name in [
            "占道停车",
            "飞线充电",
            "随意晾晒",
            "占用应急车道",
            "私设地桩锁",
            "乱停乱放",
            "健身器材",
            "晾衣架",
            "车牌识别",
            "车棚",
            "充电桩",
            "农田水利",
            "人居环境",
            "道路硬化",
            "土地纠纷",
            "供水",
            "排水",
            "供电",
            "照明",
            "电梯",
            "楼道杂物",
            "垃圾",
            "噪声",
            "绿化",
            "宠物",
            "消防",
            "邻里纠纷",
        ] {
            assert!(leaves.iter().any(|leaf| leaf.name_zh == name), "{name}");
        }
        let names: BTreeSet<_> = tree.all().iter().map(|row| &row.name_zh).collect();
        assert_eq!(names.len(), tree.all().len());
        assert!(tree.is_sensitive("people.neighbours") && !tree.is_sensitive("safety.fire"));
        let json = serde_json::to_string(&tree).unwrap();
        assert_eq!(serde_json::from_str::<CategoryTree>(&json).unwrap(), tree);
    }

    #[test]
    fn walks_up_and_down_agree() {
        let tree = rows("a b<a c<b d<a e").unwrap();
        let up: Vec<_> = tree.ancestors("c").map(|row| row.code.as_str()).collect();
        assert_eq!(up, ["b", "a"]);
        let down: Vec<_> = tree.descendants("a").map(|row| row.code.as_str()).collect();
        assert_eq!(down, ["a", "b", "c", "d"]);
        let leaves: Vec<_> = tree.leaves().map(|row| row.code.as_str()).collect();
        assert_eq!(leaves, ["c", "d", "e"]);
        assert!(!tree.is_within("x", "x") && !tree.is_leaf("x"));
    }

    #[test]
    fn what_is_no_tree_is_refused_by_row() {
        for (text, row, word) in [
            ("a b<a a", 3, "重复"),
            ("a b<x", 2, "不存在"),
            ("a<a", 1, "自己的上级"),
            ("a b<c c<b", 2, "自己的上级"),
            ("a 垃圾", 2, "不是类别代码"),
        ] {
            let error = rows(text).unwrap_err();
            assert_eq!(error.row(), row, "{text}");
            assert!(error.zh().contains(word), "{}", error.zh());
        }
    }
}
