//! Why a unit changes its area, in words.

use crate::districting::reasons::Reason;
use crate::domain::WeighBy;

/// Stable identifier of a reason.
pub(super) fn code(reason: Reason) -> &'static str {
    match reason {
        Reason::Removed => "removed",
        Reason::New => "new",
        Reason::Dissolved => "dissolved",
        Reason::CrossedBorder => "crossed_border",
        Reason::CutOff => "cut_off",
        Reason::CompoundJoined { .. } => "compound_joined",
        Reason::Relieves { .. } => "relieves",
        Reason::Fills { .. } => "fills",
        Reason::ZoneBalance { .. } => "zone_balance",
        Reason::Nearer { .. } => "nearer",
        Reason::Arranged => "arranged",
    }
}

/// A deviation with its sign, in percent.
fn percent(bp: i32) -> String {
    format!("{:+.1} %", f64::from(bp) / 100.0)
}

/// One sentence in Chinese and in English; `from` and `to` name the areas.
pub(super) fn reason(
    reason: Reason,
    by: WeighBy,
    from: Option<&str>,
    to: Option<&str>,
) -> [String; 2] {
    let (from, to) = (from.unwrap_or("—"), to.unwrap_or("—"));
    let (zh, en) = (by.label_zh(), by.as_str());
    match reason {
        Reason::Removed => [
            "新方案中没有片区".to_owned(),
            "it has no area in the new plan".to_owned(),
        ],
        Reason::New => [
            format!("原先没有片区，现划入 {to}"),
            format!("it had no area before and joins {to}"),
        ],
        Reason::Dissolved => [
            format!("{from} 在新方案中不再设立"),
            format!("{from} has no successor in the new plan"),
        ],
        Reason::CrossedBorder => [
            format!("{from} 跨越了社区边界或河流、铁路、主干道，须分开"),
            format!("{from} lay on both sides of a border, river, railway or major road"),
        ],
        Reason::CutOff => [
            format!("与 {from} 的其余部分步行不连通"),
            format!("it was cut off on foot from the rest of {from}"),
        ],
        Reason::CompoundJoined { areas } => [
            format!("所在小区原分属 {areas} 个片区，现归于 {to} 一个片区"),
            format!("its compound lay in {areas} areas and lies in {to} alone now"),
        ],
        Reason::Relieves {
            before_bp,
            after_bp,
        } => {
            let (before, after) = (percent(before_bp), percent(after_bp));
            [
                format!("{from} {zh}偏多（{before}），调整后为 {after}"),
                format!("{from} had too many {en} ({before}), now {after}"),
            ]
        }
        Reason::Fills {
            before_bp,
            after_bp,
        } => {
            let (before, after) = (percent(before_bp), percent(after_bp));
            [
                format!("{to} {zh}偏少（{before}），调整后为 {after}"),
                format!("{to} had too few {en} ({before}), now {after}"),
            ]
        }
        Reason::ZoneBalance {
            before_bp,
            after_bp,
        } => {
            let [before, after] = [before_bp, after_bp].map(|bp| f64::from(bp) / 100.0);
            [
                format!("连环调整的一步：所在分区最大偏差由 {before:.1} % 降至 {after:.1} %"),
                format!(
                    "a link of a chain: the zone's worst deviation falls from {before:.1} % to {after:.1} %"
                ),
            ]
        }
        Reason::Nearer { from_dm, to_dm } => {
            let [far, near] = [from_dm, to_dm].map(|dm| dm / 10);
            [
                format!("距 {to} 中心 {near} 米，距原片区中心 {far} 米"),
                format!(
                    "it lies {near} m from the middle of {to}, {far} m from that of its old area"
                ),
            ]
        }
        Reason::Arranged => [
            format!("划入 {to} 由方案安排，没有单独的均衡理由"),
            format!("the plan puts it into {to}; no figure of its own asks for it"),
        ],
    }
}
