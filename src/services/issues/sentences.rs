//! The answer line: what happened, how much more than before, where it piles up, what is overdue.
//!
//! Invariant: every number in a sentence is one of the figures beside it.

use super::piled::Piled;
use super::query::Period;
use super::telling::Telling;

/// Places that a sentence names, at most.
const MOST_NAMED: usize = 2;

fn number(n: Option<u64>) -> String {
    n.map_or_else(|| "<5".to_owned(), |n| n.to_string())
}

/// The answer in one sentence, Chinese and English. `counts` are those of the period, of the one before, and overdue.
pub(super) fn answer(
    period: Period,
    counts: (u64, u64, Option<u64>),
    piled: &Piled,
    how: Telling,
) -> (String, String) {
    let (n, previous, overdue) = counts;
    let days = period.days();
    let (zh_change, en_change) = match (how.count(n), how.count(previous)) {
        (Some(n), Some(previous)) => change(n, previous, days),
        _ => (String::new(), String::new()),
    };
    let (zh_where, en_where) = piled_up(piled);
    let late = match overdue {
        Some(overdue) => number(how.count(overdue)),
        None => "—".to_owned(),
    };
    let n = number(how.count(n));
    let zh = format!("近 {days} 天 {n} 件{zh_change}{zh_where}；超时未结 {late} 件。");
    let en =
        format!("{n} issues in {days} days{en_change}{en_where}; {late} open beyond their limit.");
    (zh, en)
}

fn change(n: u64, previous: u64, days: i64) -> (String, String) {
    if previous == 0 {
        return (
            format!("，前 {days} 天没有"),
            format!(", none in the {days} days before"),
        );
    }
    let per_cent = (n as f64 / previous as f64 - 1.0) * 100.0;
    let delta = n as i64 - previous as i64;
    let zh = match delta {
        0 => format!("，与前 {days} 天持平"),
        1.. => format!("，比前 {days} 天多 {delta} 件（{per_cent:+.0}%）"),
        _ => format!("，比前 {days} 天少 {} 件（{per_cent:+.0}%）", -delta),
    };
    (
        zh,
        format!(", {delta:+} against the {days} days before ({per_cent:+.0} %)"),
    )
}

fn named(names: &[String], comma: &str) -> String {
    names[..names.len().min(MOST_NAMED)].join(comma)
}

/// Where it piles up: hot spots at 95 % and more, else the highest rates that are not small.
fn piled_up(piled: &Piled) -> (String, String) {
    let (hot, high) = (&piled.hot, &piled.high);
    if hot.is_empty() {
        if high.is_empty() {
            return (String::new(), String::new());
        }
        return (
            format!("；没有显著热点，率最高的是{}", named(high, "、")),
            format!(
                "; no significant hot spot, highest rate in {}",
                named(high, ", ")
            ),
        );
    }
    let more = hot.len() > MOST_NAMED;
    (
        format!(
            "；显著集中在{}{}",
            named(hot, "、"),
            if more {
                format!("等 {} 个小区", hot.len())
            } else {
                String::new()
            }
        ),
        format!(
            "; significantly many in {}{}",
            named(hot, ", "),
            if more {
                format!(" and {} more", hot.len() - MOST_NAMED)
            } else {
                String::new()
            }
        ),
    )
}
