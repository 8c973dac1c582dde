//! Collecting what is wrong in a file: the first twenty, and how many more.

use crate::domain::{Problem, Severity};
use crate::services::error::Error;

const SHOWN: usize = 20;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Vec<Problem>,
    more: usize,
}

impl Problems {
    /// A row whose field has this value is refused.
    pub fn add(&mut self, code: &str, place: (u64, &str, &str), zh: &str, en: &str) {
        if self.first.len() == SHOWN {
            self.more += 1;
            return;
        }
        let (row, field, value) = place;
        let problem = Problem::new(
            Severity::Refused,
            code,
            format!("第 {row} 行 {field}“{value}”：{zh}"),
            format!("row {row}, {field} “{value}”: {en}"),
        );
        self.first.push(problem.at_row(row).at_field(field, value));
    }

    /// The error, if anything is wrong.
    pub fn into_result(mut self) -> Result<(), Error> {
        if self.first.is_empty() {
            return Ok(());
        }
        if self.more > 0 {
            self.first.push(Problem::new(
                Severity::Refused,
                "more",
                format!("另有 {} 处类似问题", self.more),
                format!("and {} more", self.more),
            ));
        }
        Err(Error::Invalid(self.first))
    }
}
