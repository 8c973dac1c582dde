//! One sentence for each compound: what is the matter, in numbers.

use super::views::Sentence;
use crate::coverage::{CompoundGap, minutes};
use crate::domain::{CompoundQuota, GapReason};

/// Areas that a sentence names.
const MOST_AREAS: usize = 5;

/// What a sentence says beside the counts.
pub(super) struct Said<'a> {
    pub gap: &'a CompoundGap,
    pub quota: &'a CompoundQuota,
    /// Areas of the compound without any keeper, by their labels, ascending.
    pub empty_areas: &'a [String],
    pub speed_m_per_min: u32,
    pub unvisited_days: u32,
    pub too_far_minutes: u32,
}

/// What is the matter with a compound, in the order of reasons.
pub(super) fn of_compound(said: &Said<'_>) -> Sentence {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    let gap = said.gap;
    let count = |reason| gap.of(reason).units;
    if count(GapReason::Unassigned) == gap.units && gap.units > 0 {
        zh.push("全部未划片".to_owned());
        en.push("nothing is in an area".to_owned());
    } else if count(GapReason::Unassigned) > 0 {
        let n = count(GapReason::Unassigned);
        zh.push(format!("{n} 栋未划片"));
        en.push(format!("{n} {} in no area", buildings(n)));
    }
    if count(GapReason::Unstaffed) > 0 {
        let areas = said.empty_areas;
        let named = areas[..areas.len().min(MOST_AREAS)].join("、");
        let rest = areas.len().saturating_sub(MOST_AREAS);
        if !areas.is_empty() {
            let more_zh = if rest > 0 {
                format!("等 {} 个片区", areas.len())
            } else {
                // A space between a number and a word, as everywhere.
                " ".to_owned()
            };
            let more_en = if rest > 0 {
                format!(" and {rest} more")
            } else {
                String::new()
            };
            zh.push(format!("片区 {named}{more_zh}无人在岗"));
            let named = named.replace('、', ", ");
            let word = if areas.len() == 1 { "area" } else { "areas" };
            en.push(format!("nobody in post in {word} {named}{more_en}"));
        }
        match said.quota.short.filter(|short| *short > 0) {
            Some(short) => {
                zh.push(format!("缺 {short} 人"));
                en.push(format!("{short} short"));
            }
            None if areas.is_empty() => {
                zh.push("有片区在岗不足".to_owned());
                en.push("an area has fewer keepers than seats".to_owned());
            }
            None => {}
        }
    }
    if count(GapReason::Unvisited) > 0 {
        match gap.longest_days.filter(|days| *days > said.unvisited_days) {
            Some(days) => {
                zh.push(format!("{days} 天未访"));
                en.push(format!("{days} days without a visit"));
            }
            None => {
                let n = count(GapReason::Unvisited);
                zh.push(format!("{n} 栋从未走访"));
                en.push(format!("{n} {} never visited", buildings(n)));
            }
        }
    }
    if count(GapReason::TooFar) > 0 {
        if gap.beyond {
            zh.push("有楼栋步行超过 30 分钟".to_owned());
            en.push("more than 30 minutes on foot".to_owned());
        } else if let Some(dm) = gap.farthest_dm {
            let far = minutes(dm, said.speed_m_per_min).max(said.too_far_minutes + 1);
            zh.push(format!("最远步行 {far} 分钟"));
            en.push(format!("up to {far} minutes on foot"));
        }
    }
    if said.quota.other_basis.is_some() {
        let basis = said.quota.basis;
        zh.push(format!("只有{}数，标准要求的口径未知", basis.label_zh()));
        en.push(format!(
            "counted as {basis} only, not on the basis of the policy"
        ));
    } else if said.quota.households.is_none() {
        zh.push("户数未知，应配无从计算".to_owned());
        en.push("households unknown, so the quota is unknown".to_owned());
    }
    if zh.is_empty() {
        if let Some(short) = said.quota.short.filter(|short| *short > 0) {
            zh.push(format!("缺 {short} 人"));
            en.push(format!("{short} short"));
        } else {
            zh.push("没有缺口".to_owned());
            en.push("no gap".to_owned());
        }
    }
    let mut en = en.join("; ");
    if let Some(first) = en.get(..1).map(str::to_uppercase) {
        en.replace_range(..1, &first);
    }
    Sentence {
        zh: format!("{}。", zh.join("；")),
        en: format!("{en}."),
    }
}

const fn buildings(n: u32) -> &'static str {
    if n == 1 { "building" } else { "buildings" }
}

/// Why a post is best there.
pub(super) fn of_post(compound: &str, short: u32, gain: u32, minutes: u32) -> Sentence {
    Sentence {
        zh: format!("{compound}缺 {short} 人；补 1 人，步行 {minutes} 分钟内可再服务 {gain} 户。"),
        en: format!(
            "{compound} is {short} short; one more serves {gain} further households within {minutes} minutes on foot."
        ),
    }
}

/// What is certain about the best posts.
pub(super) fn guarantee(total: u64, upper_bound: u64, proved: bool) -> Sentence {
    if proved {
        return Sentence {
            zh: "已证明：同样人数的任何选法都不会服务更多户。".to_owned(),
            en: "Proved: no choice of as many posts serves more households.".to_owned(),
        };
    }
    let per_mille = (total * 1000).checked_div(upper_bound).unwrap_or(1000);
    let percent = format!("{}.{}", per_mille / 10, per_mille % 10);
    Sentence {
        zh: format!(
            "逐个选最优，不低于最优解的 63.2%（1−1/e）；按数据算，任何选法不超过 {upper_bound} 户，本方案达到其 {percent}%。"
        ),
        en: format!(
            "Chosen one after the other: at least 63.2% (1−1/e) of the best; by the data no choice serves more than {upper_bound} households, this one serves {percent}% of that."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::ReasonSum;
    use crate::domain::{CompoundId, CompoundLoad, HouseholdBasis, QuotaPolicy};

    fn quota(households: Option<u32>, in_post: u32) -> CompoundQuota {
        let load = CompoundLoad {
            id: CompoundId::new(uuid::Uuid::nil()),
            tie_key: String::new(),
            community: "340104002001".parse().unwrap(),
            households,
            basis: HouseholdBasis::Resident,
            estimated: false,
            in_post,
            part_time: 0,
        };
        QuotaPolicy::default().quotas(&[load]).remove(0)
    }

    fn say(gap: &CompoundGap, quota: &CompoundQuota, areas: &[&str]) -> Sentence {
        let empty_areas: Vec<String> = areas.iter().map(|a| (*a).to_owned()).collect();
        of_compound(&Said {
            gap,
            quota,
            empty_areas: &empty_areas,
            speed_m_per_min: 60,
            unvisited_days: 14,
            too_far_minutes: 10,
        })
    }

    fn gap(units: [u32; 4]) -> CompoundGap {
        let sum = |units| ReasonSum {
            units,
            ..ReasonSum::default()
        };
        CompoundGap {
            units: 9,
            by_reason: units.map(sum),
            ..CompoundGap::default()
        }
    }

    #[test]
    fn a_sentence_names_what_is_the_matter_in_the_order_of_reasons() {
        let mut all = gap([4, 3, 1, 1]);
        all.longest_days = Some(19);
        all.farthest_dm = Some(8_950);
        let said = say(&all, &quota(Some(1012), 1), &["43", "44", "47"]);
        assert_eq!(
            said.zh,
            "4 栋未划片；片区 43、44、47 无人在岗；缺 3 人；19 天未访；最远步行 15 分钟。"
        );
        assert_eq!(
            said.en,
            "4 buildings in no area; nobody in post in areas 43, 44, 47; 3 short; 19 days without a visit; up to 15 minutes on foot."
        );
    }

    #[test]
    fn what_is_well_and_what_is_not_known_are_two_things() {
        let well = gap([0; 4]);
        assert_eq!(say(&well, &quota(Some(250), 1), &[]).zh, "没有缺口。");
        assert_eq!(
            say(&well, &quota(None, 1), &[]).en,
            "Households unknown, so the quota is unknown."
        );
        let many = ["1", "2", "3", "4", "5", "6", "7"];
        let said = say(&gap([0, 9, 0, 0]), &quota(Some(3000), 0), &many);
        assert_eq!(said.zh, "片区 1、2、3、4、5等 7 个片区无人在岗；缺 12 人。");
    }

    #[test]
    fn what_is_certain_is_said_and_no_more() {
        assert!(guarantee(100, 100, true).en.starts_with("Proved"));
        assert!(guarantee(990, 1000, false).zh.contains("99.0%"));
    }
}
