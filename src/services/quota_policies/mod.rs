//! Quota policies as data: who may save one, what holds when, what would hold.
//!
//! A policy that ever held is history: it can be ended, not rewritten. Invariant: no two policies of one region hold on
//! the same day, and every change is an event with its author.

mod views;

pub use views::{
    PolicyLevel, PolicySide, PolicyWhatIf, PolicyWhatIfBody, QuotaPolicyBody, QuotaPolicyList,
    QuotaPolicySaved, QuotaPolicyView,
};

use super::Services;
use super::accounts::Asker;
use super::error::{Error, Result};
use super::picture::Picture;
use super::regions;
use crate::domain::access::{Action, Object, Place, Verdict};
use crate::domain::{
    Coverage, NewEvent, PolicyBook, PolicyRefusal, QuotaPolicy, QuotaPolicyId, RegionCode,
    RegionLevel, ScopedPolicy, UnknownWord,
};
use chrono::{Days, NaiveDate};
use std::collections::HashMap;
use uuid::Uuid;

/// Most keepers, and most households, of a block.
const MOST: u32 = 1_000_000;

fn words<T: std::str::FromStr<Err = UnknownWord>>(field: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error: UnknownWord| {
        Error::invalid(
            &format!("{field}_invalid"),
            format!("{field} 取值有误：{error}"),
            format!("{field}: {error}"),
        )
    })
}

fn policy_of(
    (keepers, per_households): (u32, u32),
    rule: &str,
    round_at: &str,
    part_time_counts: bool,
    basis: Option<&str>,
) -> Result<QuotaPolicy> {
    if keepers > MOST || per_households > MOST {
        return Err(Error::invalid(
            "policy_too_large",
            format!("每多少户、多少名都不能超过 {MOST}"),
            format!("keepers and households of a block are at most {MOST}"),
        ));
    }
    Ok(QuotaPolicy {
        keepers,
        per_households,
        rule: words("rule", rule)?,
        round_at: words("round_at", round_at)?,
        part_time_counts,
        basis: basis.map(|basis| words("basis", basis)).transpose()?,
    })
}

/// What is in the way, in words that tell how to mend it.
fn refused(refusal: &PolicyRefusal, book: &PolicyBook) -> Error {
    let from = |id: &QuotaPolicyId| {
        let other = book.policies().iter().find(|policy| policy.id == *id);
        other.map_or_else(String::new, |policy| policy.valid_from.to_string())
    };
    match refusal {
        PolicyRefusal::Empty => Error::invalid(
            "policy_empty",
            "名额与户数必须大于 0，例如每 500 户 2 名",
            "keepers and households must be above 0, for example 2 per 500",
        ),
        PolicyRefusal::EndsBeforeItBegins => Error::invalid(
            "policy_ends_before_it_begins",
            "截止日期早于生效日期",
            "the last day is before the first",
        ),
        PolicyRefusal::RoundsAboveItsRegion { region, round_at } => Error::invalid(
            "policy_rounds_above_its_region",
            format!(
                "该标准只管一个{}，却按{}取整：只有部分小区，总数无从取整；请改为按{}或更低一级取整，或改用逐小区的规则（unit_ceil、unit_pairs）",
                region.label_zh(),
                round_at.label_zh(),
                region.label_zh()
            ),
            format!(
                "the policy holds for a {region} but rounds at the level `{round_at}`, of which it holds only a part: round at `{region}` or below, or use unit_ceil or unit_pairs"
            ),
        ),
        PolicyRefusal::Overlaps(id) => Error::conflict(
            "policy_overlaps",
            format!(
                "该区划已有自 {} 起的标准，时段重叠；请先撤回它，或把截止日期设在它之前",
                from(id)
            ),
            format!(
                "this region has a policy from {} on; withdraw it first, or end the new one before it",
                from(id)
            ),
        ),
        PolicyRefusal::RewritesThePast(id) => Error::conflict(
            "policy_rewrites_the_past",
            format!(
                "生效日期在过去，会改写自 {} 起的标准已经用过的日子；请从今天或以后生效",
                from(id)
            ),
            format!(
                "the first day is over and the policy from {} on held then; begin today or later",
                from(id)
            ),
        ),
    }
}

/// A stored policy for people.
pub fn view(picture: &Picture, scoped: &ScopedPolicy) -> QuotaPolicyView {
    let today = picture.today;
    let state = if scoped.withdrawn_at.is_some() {
        "withdrawn"
    } else if scoped.holds_on(today) {
        "in_force"
    } else if scoped.valid_from > today {
        "future"
    } else {
        "past"
    };
    QuotaPolicyView {
        id: Some(scoped.id.uuid()),
        region: Some(scoped.region.to_string()),
        region_name: picture.region_name(scoped.region),
        valid_from: Some(scoped.valid_from),
        valid_to: scoped.valid_to,
        state: state.to_owned(),
        made_by: Some(scoped.made_by.clone()),
        made_at: Some(scoped.made_at),
        ..bare(&scoped.policy)
    }
}

fn bare(policy: &QuotaPolicy) -> QuotaPolicyView {
    QuotaPolicyView {
        id: None,
        region: None,
        region_name: String::new(),
        keepers: policy.keepers,
        per_households: policy.per_households,
        rule: policy.rule.to_string(),
        round_at: policy.round_at.to_string(),
        basis: policy.basis.map(|basis| basis.to_string()),
        part_time_counts: policy.part_time_counts,
        can_be_odd: policy.can_be_odd(),
        valid_from: None,
        valid_to: None,
        state: "default".to_owned(),
        words: regions::words_of(policy),
        made_by: None,
        made_at: None,
    }
}

/// The policy that holds for a region today.
pub fn in_force(picture: &Picture, region: RegionCode) -> QuotaPolicyView {
    picture
        .policies
        .scoped_at(region, picture.today)
        .map_or_else(
            || bare(picture.policies.default_policy()),
            |scoped| view(picture, scoped),
        )
}

fn side(sum: &Coverage, policy: &QuotaPolicy) -> PolicySide {
    PolicySide {
        required: sum.required,
        in_post: sum.in_post,
        part_time: sum.part_time,
        counted: sum.counted,
        short: sum.short,
        coverage_bp: sum.coverage_bp,
        uncovered_households: sum.uncovered_households,
        households: sum.households,
        n: sum.known_compounds,
        unknown_compounds: sum.unknown_compounds,
        other_basis_compounds: sum.other_basis_compounds,
        policy: regions::words_of(policy),
    }
}

impl Services {
    /// Policies of the regions where whoever asks reads them, and of those above.
    pub fn quota_policies(&self, asker: &Asker) -> QuotaPolicyList {
        let picture = self.picture();
        let read: Vec<RegionCode> = picture
            .regions
            .iter()
            .map(|region| region.code)
            .filter(|code| {
                let place = Place::region(*code);
                let verdict = asker
                    .grants
                    .verdict(Object::QuotaPolicy, Action::Read, &place);
                verdict == Verdict::Allowed
            })
            .collect();
        let concerns =
            |policy: &&ScopedPolicy| read.iter().any(|code| policy.region.contains(*code));
        QuotaPolicyList {
            as_of: picture.today,
            default: bare(picture.policies.default_policy()),
            items: picture
                .policies
                .policies()
                .iter()
                .filter(concerns)
                .map(|policy| view(&picture, policy))
                .collect(),
        }
    }

    /// Saves a policy; the former one of its region ends on the day before it begins.
    ///
    /// # Errors
    /// `NotFound` region; `Invalid` policy; `Conflict` with another one.
    pub async fn quota_policy_make(
        &self,
        asker: &Asker,
        body: QuotaPolicyBody,
    ) -> Result<QuotaPolicySaved> {
        self.quota_policy_save(asker, None, body).await
    }

    /// Changes a policy that has not begun; of one that holds, only the last day.
    ///
    /// # Errors
    /// As [`Self::quota_policy_make`]; `Conflict` when it would rewrite the past.
    pub async fn quota_policy_change(
        &self,
        asker: &Asker,
        id: Uuid,
        body: QuotaPolicyBody,
    ) -> Result<QuotaPolicySaved> {
        self.quota_policy_save(asker, Some(QuotaPolicyId::new(id)), body)
            .await
    }

    async fn quota_policy_save(
        &self,
        asker: &Asker,
        id: Option<QuotaPolicyId>,
        body: QuotaPolicyBody,
    ) -> Result<QuotaPolicySaved> {
        let action = if id.is_some() {
            Action::Update
        } else {
            Action::Create
        };
        let code = regions::require(&self.picture(), &body.region)?;
        let may = |region: RegionCode| {
            let what = format!("region {region}");
            asker.require(Object::QuotaPolicy, action, &Place::region(region), &what)
        };
        may(code)?;
        let block = (body.keepers, body.per_households);
        let policy = policy_of(
            block,
            &body.rule,
            &body.round_at,
            body.part_time_counts,
            body.basis.as_deref(),
        )?;
        let _one_at_a_time = self.writer().await;
        let book = self.quota_book().await?;
        let now = self.now();
        let today = self.today(now);
        let before = match id {
            None => None,
            Some(id) => Some(stored(&book, id, may)?),
        };
        let saved = ScopedPolicy {
            id: id.unwrap_or_else(|| QuotaPolicyId::new(Uuid::now_v7())),
            region: code,
            policy,
            valid_from: body.valid_from,
            valid_to: body.valid_to,
            withdrawn_at: None,
            made_by: asker.actor.name.clone(),
            made_at: now,
        };
        if let Some(before) = &before {
            may_change(before, &saved, today)?;
        }
        let ended = book
            .admit(&saved, today)
            .map_err(|refusal| refused(&refusal, &book))?;
        let mut rows = vec![saved.clone()];
        rows.extend(ended.clone());
        self.quota_policy_store(asker, "quota.policy_saved", &rows)
            .await?;
        let picture = self.picture();
        Ok(QuotaPolicySaved {
            policy: view(&picture, &saved),
            ended: ended.map(|ended| view(&picture, &ended)),
        })
    }

    /// Takes a policy back that has not begun; one that holds ends yesterday.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is over.
    pub async fn quota_policy_end(&self, asker: &Asker, id: Uuid) -> Result<QuotaPolicyView> {
        let _one_at_a_time = self.writer().await;
        let book = self.quota_book().await?;
        let now = self.now();
        let today = self.today(now);
        let mut policy = stored(&book, QuotaPolicyId::new(id), |region| {
            let what = format!("quota policy {id}");
            let place = Place::region(region);
            asker.require(Object::QuotaPolicy, Action::Update, &place, &what)
        })?;
        if !policy.holds_on(today) && policy.valid_from <= today {
            return Err(over());
        }
        if policy.valid_from < today {
            policy.valid_to = today.checked_sub_days(Days::new(1));
        } else {
            policy.withdrawn_at = Some(now);
        }
        self.quota_policy_store(asker, "quota.policy_ended", std::slice::from_ref(&policy))
            .await?;
        Ok(view(&self.picture(), &policy))
    }

    async fn quota_book(&self) -> Result<PolicyBook> {
        let mut lease = self.store().read().await?;
        let policies = lease.conn().quota_policy_list().await?;
        Ok(PolicyBook::new(self.policy(), policies))
    }

    async fn quota_policy_store(
        &self,
        asker: &Asker,
        kind: &str,
        rows: &[ScopedPolicy],
    ) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.conn().quota_policy_upsert(rows).await?;
        for row in rows {
            tx.conn()
                .event_append(&NewEvent {
                    district_code: row.region.district_code(),
                    at: self.now(),
                    actor: asker.actor.id.to_string(),
                    kind: kind.to_owned(),
                    subject: row.id.to_string(),
                    payload: serde_json::json!({ "policy": row, "by": asker.actor.name }),
                })
                .await?;
        }
        tx.commit().await?;
        self.reload().await
    }

    /// What a policy would require of every region below `code`, with today's keepers and households.
    ///
    /// # Errors
    /// `NotFound` region; `Invalid` policy.
    pub fn quota_policy_what_if(
        &self,
        code: &str,
        body: &PolicyWhatIfBody,
    ) -> Result<PolicyWhatIf> {
        let picture = self.picture();
        let region = regions::require(&picture, code)?;
        let block = (body.keepers, body.per_households);
        let policy = policy_of(
            block,
            &body.rule,
            &body.round_at,
            body.part_time_counts,
            body.basis.as_deref(),
        )?;
        let valid_from = body.valid_from.unwrap_or(picture.today).max(picture.today);
        let tried = ScopedPolicy {
            id: QuotaPolicyId::new(Uuid::nil()),
            region,
            policy,
            valid_from,
            valid_to: None,
            withdrawn_at: None,
            made_by: String::new(),
            made_at: picture.as_of,
        };
        // Whatever the region itself has from that day on gives way to what is tried.
        let others: Vec<ScopedPolicy> = picture
            .policies
            .policies()
            .iter()
            .filter(|other| other.region != region)
            .cloned()
            .collect();
        let default = *picture.policies.default_policy();
        let alone = PolicyBook::new(default, Vec::new());
        alone
            .admit(&tried, picture.today)
            .map_err(|refusal| refused(&refusal, &alone))?;
        let book = PolicyBook::new(default, others.into_iter().chain([tried]).collect());
        let mut then: HashMap<RegionCode, Coverage> = HashMap::new();
        for quota in book.quotas(&picture.loads(), valid_from) {
            for code in std::iter::successors(Some(quota.community), |code| code.parent()) {
                then.entry(code).or_default().add(&quota);
            }
        }
        let mut below: Vec<(RegionLevel, RegionCode)> = picture
            .regions
            .iter()
            .map(|found| (found.level(), found.code))
            .filter(|(_, code)| region.contains(*code))
            .collect();
        below.sort_unstable();
        let levels = below
            .into_iter()
            .map(|(level, code)| PolicyLevel {
                level: level.to_string(),
                code: code.to_string(),
                name: picture.region_name(code),
                now: side(&picture.coverage(code), &picture.policy_at(code)),
                then: side(
                    &then.get(&code).copied().unwrap_or_default(),
                    &book.policy_at(code, valid_from),
                ),
            })
            .collect();
        Ok(PolicyWhatIf {
            as_of: picture.today,
            valid_from,
            scope: region.to_string(),
            data_version: picture.version,
            can_be_odd: policy.can_be_odd(),
            levels,
        })
    }
}

fn stored(
    book: &PolicyBook,
    id: QuotaPolicyId,
    may: impl Fn(RegionCode) -> Result<()>,
) -> Result<ScopedPolicy> {
    let missing = || Error::NotFound(format!("quota policy {id}"));
    let found = book.policies().iter().find(|policy| policy.id == id);
    let found = found.ok_or_else(missing)?;
    may(found.region)?;
    if found.withdrawn_at.is_some() {
        return Err(over());
    }
    Ok(found.clone())
}

fn over() -> Error {
    Error::conflict(
        "policy_over",
        "该标准已结束或已撤回，作为历史保留；请另立新标准",
        "the policy is over or withdrawn and stays as history; make a new one",
    )
}

/// A policy that holds keeps everything but its end, and that lies in days to come.
fn may_change(before: &ScopedPolicy, after: &ScopedPolicy, today: NaiveDate) -> Result<()> {
    if before.region != after.region {
        return Err(Error::conflict(
            "policy_region_fixed",
            "标准所属区划不能改；请在另一区划另立标准",
            "the region of a policy stays; make another policy for another region",
        ));
    }
    if before.valid_to.is_some_and(|end| end < today) {
        return Err(over());
    }
    if before.valid_from > today {
        return if after.valid_from < today {
            Err(begins_in_the_past())
        } else {
            Ok(())
        };
    }
    let same = before.policy == after.policy && before.valid_from == after.valid_from;
    let ends_in_the_past = after.valid_to.is_some_and(|end| end < today);
    if !same || ends_in_the_past {
        return Err(Error::conflict(
            "policy_in_force",
            "该标准正在执行，只能改截止日期（今天或以后）；要换标准请另立新的，旧的自动截止",
            "the policy holds: only its last day can be changed, to today or later; make a new one, this one then ends by itself",
        ));
    }
    Ok(())
}

fn begins_in_the_past() -> Error {
    Error::conflict(
        "policy_rewrites_the_past",
        "生效日期已过，请从今天或以后生效",
        "the first day is over; begin today or later",
    )
}
