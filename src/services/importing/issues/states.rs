//! The words that other systems have for where an issue stands.
//!
//! Standard words are known, others are mapped by whoever imports. Invariant: a word that nobody explained is never
//! guessed.

use crate::domain::issue::State;
use crate::formats::values::normalise_text;
use std::collections::BTreeMap;

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A state of ours.
    In(State),
    /// Not closed, no more: with a responsible body it is being handled, without one it was only reported.
    Open,
}

const STANDARD: &[(State, &[&str])] = &[
    (
        State::Reported,
        &[
            "new",
            "submitted",
            "received",
            "pending",
            "acknowledged",
            "待受理",
            "已受理",
            "受理",
            "新建",
            "已登记",
            "登记",
            "待办",
            "未处理",
        ],
    ),
    (
        State::Coordinating,
        &[
            "待派单",
            "待派发",
            "待分派",
            "待交办",
            "triage",
            "unassigned",
        ],
    ),
    (
        State::Disposing,
        &[
            "inprogress",
            "assigned",
            "workinprogress",
            "dispatched",
            "processing",
            "办理中",
            "处理中",
            "处置中",
            "待处理",
            "待处置",
            "已派单",
            "已派发",
            "已交办",
            "在办",
        ],
    ),
    (State::Returned, &["returned", "已退回", "退单", "回退"]),
    (
        State::Deferred,
        &["onhold", "deferred", "suspended", "延期", "挂起", "已延期"],
    ),
    (
        State::Inspecting,
        &[
            "pendingreview",
            "待核查",
            "待督查",
            "待回访",
            "待评价",
            "办结待审",
            "待结案",
            "已处置",
        ],
    ),
    (State::Rework, &["重办", "待重办"]),
    (
        State::Closed,
        &[
            "closed",
            "resolved",
            "completed",
            "complete",
            "done",
            "fixed",
            "archived",
            "已办结",
            "办结",
            "已结案",
            "结案",
            "已归档",
            "归档",
            "已完成",
            "完成",
            "已关闭",
            "关闭",
            "已销号",
            "已解决",
            "已答复办结",
        ],
    ),
    (State::Reopened, &["reopened", "再次打开"]),
    (State::Escalated, &["escalated", "已上报"]),
    (State::Answered, &["answered", "已回复", "答复"]),
    (
        State::Merged,
        &["duplicate", "merged", "重复", "重复件", "已合并"],
    ),
    (
        State::Rejected,
        &[
            "rejected",
            "declined",
            "invalid",
            "不受理",
            "已驳回",
            "无效",
        ],
    ),
    (
        State::Cancelled,
        &[
            "cancelled",
            "canceled",
            "withdrawn",
            "已撤销",
            "撤单",
            "已作废",
            "作废",
        ],
    ),
];

/// A word in the form in which words are compared.
fn plain(word: &str) -> String {
    let word = normalise_text(word).to_lowercase();
    word.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.'))
        .collect()
}

/// Words and what they mean.
pub struct StateWords {
    own: BTreeMap<String, State>,
}

impl StateWords {
    /// The standard words, and before them those that whoever imports explained.
    pub fn new(own: &BTreeMap<String, State>) -> Self {
        let own = own.iter().map(|(word, state)| (plain(word), *state));
        Self { own: own.collect() }
    }

    /// What a word says; `None` when nobody knows.
    pub fn read(&self, word: &str) -> Option<Standing> {
        let word = plain(word);
        if let Some(state) = self.own.get(&word) {
            return Some(Standing::In(*state));
        }
        if ["open", "active", "未办结", "未结案", "未完成", "未结"].contains(&word.as_str())
        {
            return Some(Standing::Open);
        }
        let ours = State::ALL
            .iter()
            .find(|state| plain(state.as_str()) == word || plain(state.label_zh()) == word);
        let standard = || {
            STANDARD
                .iter()
                .find(|(_, words)| words.contains(&word.as_str()))
        };
        (ours.copied())
            .or_else(|| standard().map(|(state, _)| *state))
            .map(Standing::In)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_words_are_known_own_ones_come_first_and_others_are_not_guessed() {
        let words = StateWords::new(&BTreeMap::from([
            ("转 企业".to_owned(), State::Escalated),
            ("Pending".to_owned(), State::Disposing),
        ]));
        for (word, wanted) in [
            ("Closed", Some(Standing::In(State::Closed))),
            (" 已办结 ", Some(Standing::In(State::Closed))),
            ("In Progress", Some(Standing::In(State::Disposing))),
            ("督查", Some(Standing::In(State::Inspecting))),
            ("self_done", Some(Standing::In(State::SelfDone))),
            ("OPEN", Some(Standing::Open)),
            ("转企业", Some(Standing::In(State::Escalated))),
            ("pending", Some(Standing::In(State::Disposing))),
            ("Referred", None),
        ] {
            assert_eq!(words.read(word), wanted, "{word}");
        }
    }

    #[test]
    fn every_word_is_plain_and_means_one_thing() {
        let mut seen = BTreeMap::new();
        for (state, words) in STANDARD {
            for word in *words {
                assert_eq!(plain(word), *word);
                assert_eq!(seen.insert(*word, *state), None, "{word}");
            }
        }
    }
}
