//! Recruitment as people see it: whose move it is, one case, the funnel of a community.
//!
//! Invariant: the funnel holds counts alone; a case is shown to who may read it.

use super::recruitment::{is_own, may_read, place_of_case, roles_at};
use super::{region_asked, sees};
use crate::domain::access::{Object, Place};
use crate::domain::recruitment::{
    CaseState, Decider, Decision, RecruitmentCase, Refusal, StepRow, Template, check, overdue,
    replay, verdict,
};
use crate::domain::{RegionCode, RegionLevel};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A step of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    /// Word.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Role whose step it is.
    pub by: String,
    /// In Chinese.
    pub by_zh: String,
    /// done, open, refused or later.
    pub state: String,
    /// Whether the asker may decide it now.
    pub mine: bool,
    /// Who decided.
    pub actor_name: Option<String>,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// Why.
    pub note: Option<String>,
}

/// Something that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// Word.
    pub code: String,
    /// blocks, undecided or warns.
    pub weight: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Community code.
    pub community: String,
    /// Its name.
    pub community_name: String,
    /// Compound.
    pub compound: Uuid,
    /// Its name.
    pub compound_name: String,
    /// full_time or part_time.
    pub kind: String,
    /// Category, in Chinese.
    pub category_zh: Option<String>,
    /// Template, in Chinese.
    pub template_zh: String,
    /// open, suspended, refused, withdrawn, appointed.
    pub state: String,
    /// In Chinese.
    pub state_zh: String,
    /// The steps.
    pub steps: Vec<StepView>,
    /// What else was decided: withdrawn, suspended, resumed; in Chinese, with who and when.
    pub asides: Vec<String>,
    /// Whether a step waits for the asker.
    pub mine: bool,
    /// Whether it is about the asker.
    pub own: bool,
    /// Whether it waits longer than its template says.
    pub overdue: bool,
    /// Days since the last step.
    pub waiting_days: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// eligible, undecided or not_eligible, for an appointment today.
    pub verdict: String,
    /// In Chinese.
    pub verdict_zh: String,
    /// Why.
    pub findings: Vec<FindingView>,
    /// The appointment that came of it.
    pub appointment: Option<Uuid>,
}

/// Cases in one's scope.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasesView {
    /// When.
    pub as_of: DateTime<Utc>,
    /// Data version.
    pub data_version: u64,
    /// Day of the verdicts.
    pub today: NaiveDate,
    /// Name of the region; empty for everything in one's scope.
    pub scope: String,
    /// Cases that fit.
    pub n: u64,
    /// Cases that wait for the asker.
    pub mine: u64,
    /// Those that wait for the asker first, then by how long they wait.
    pub items: Vec<CaseView>,
    /// Where the next page begins.
    pub next: Option<u64>,
}

/// Cases that wait for a step.
#[derive(Debug, Serialize, ToSchema)]
pub struct FunnelStep {
    /// Word.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// How many.
    pub n: u64,
}

/// The funnel of a community beside its shortage.
#[derive(Debug, Serialize, ToSchema)]
pub struct FunnelCommunity {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Required.
    pub required: u64,
    /// In post.
    pub in_post: u64,
    /// Missing.
    pub short: u64,
    /// Open cases by the first step that waits.
    pub waiting: Vec<FunnelStep>,
    /// Open cases.
    pub open: u64,
    /// Waiting too long.
    pub overdue: u64,
    /// Set aside.
    pub suspended: u64,
    /// Refused.
    pub refused: u64,
    /// Withdrawn.
    pub withdrawn: u64,
    /// Appointed.
    pub appointed: u64,
}

/// The funnel, by community; counts alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct FunnelView {
    /// When.
    pub as_of: DateTime<Utc>,
    /// Data version.
    pub data_version: u64,
    /// Name of the region.
    pub scope: String,
    /// Cases that are counted.
    pub n: u64,
    /// Rows of steps that were recorded.
    pub steps: u64,
    /// By community code.
    pub communities: Vec<FunnelCommunity>,
}

impl Services {
    /// Cases in one's scope.
    ///
    /// # Errors
    /// `NotFound` for an unknown region, `Invalid` for an unknown state, the store's own.
    pub async fn cases(
        &self,
        asker: &Asker,
        region: Option<&str>,
        state: Option<&str>,
        page: (Option<usize>, Option<usize>),
    ) -> Result<CasesView> {
        let picture = self.picture();
        let region = region_asked(&picture, region)?;
        let fits: fn(CaseState) -> bool = match state.unwrap_or("open") {
            "open" => |state| !state.is_over(),
            "over" => CaseState::is_over,
            "all" => |_| true,
            _ => {
                return Err(Error::invalid(
                    "state_unknown",
                    "state 可用 open、over、all",
                    "state is one of open, over, all",
                ));
            }
        };
        let all = {
            let mut lease = self.store().read().await?;
            lease.conn().recruitment_list(region).await?
        };
        let now = self.now();
        let mut items: Vec<CaseView> = all
            .iter()
            .filter(|(case, _)| region.is_none_or(|region| region.contains(case.community)))
            .filter(|(case, steps)| fits(replay(&case.template, steps).state))
            .filter(|(case, _)| may_read(asker, &picture, case))
            .map(|(case, steps)| self.case_view(asker, &picture, case, steps, now))
            .collect();
        items.sort_by_key(|case| (!case.mine, std::cmp::Reverse(case.waiting_days), case.id));
        let n = items.len();
        let mine = items.iter().filter(|case| case.mine).count() as u64;
        let from = page.0.unwrap_or(0).min(n);
        let limit = page.1.unwrap_or(200).clamp(1, 500);
        let items: Vec<CaseView> = items.into_iter().skip(from).take(limit).collect();
        Ok(CasesView {
            as_of: now,
            data_version: picture.version,
            today: picture.today,
            scope: region.map_or_else(String::new, |code| picture.region_name(code)),
            n: n as u64,
            mine,
            items,
            next: (from + limit < n).then_some((from + limit) as u64),
        })
    }

    /// One case.
    ///
    /// # Errors
    /// `NotFound` outside one's scope.
    pub async fn case(&self, asker: &Asker, id: Uuid) -> Result<CaseView> {
        let picture = self.picture();
        let found = {
            let mut lease = self.store().read().await?;
            lease.conn().recruitment_find(id).await?
        };
        let (case, steps) = found
            .filter(|(case, _)| may_read(asker, &picture, case))
            .ok_or_else(|| Error::NotFound(format!("recruitment case {id}")))?;
        Ok(self.case_view(asker, &picture, &case, &steps, self.now()))
    }

    /// The funnel of the communities in one's scope, beside what they are short of.
    ///
    /// # Errors
    /// `NotFound` for an unknown region, the store's own.
    pub async fn funnel(&self, asker: &Asker, region: Option<&str>) -> Result<FunnelView> {
        let picture = self.picture();
        let region = region_asked(&picture, region)?;
        let all = {
            let mut lease = self.store().read().await?;
            lease.conn().recruitment_list(region).await?
        };
        let now = self.now();
        let mut by_community: BTreeMap<RegionCode, Vec<&(RecruitmentCase, Vec<StepRow>)>> =
            BTreeMap::new();
        let codes = picture.regions.iter().map(|region| region.code);
        for code in codes.filter(|code| code.level() == RegionLevel::Community) {
            let inside = region.is_none_or(|region| region.contains(code));
            if inside && sees(asker, Object::QuotaPolicy, &Place::region(code)) {
                by_community.insert(code, Vec::new());
            }
        }
        for pair in &all {
            if let Some(cases) = by_community.get_mut(&pair.0.community) {
                cases.push(pair);
            }
        }
        let counted = || by_community.values().flatten();
        Ok(FunnelView {
            as_of: now,
            data_version: picture.version,
            scope: region.map_or_else(String::new, |code| picture.region_name(code)),
            n: counted().count() as u64,
            steps: counted().map(|(_, steps)| steps.len() as u64).sum(),
            communities: by_community
                .iter()
                .map(|(code, cases)| community(&picture, *code, cases, now))
                .collect(),
        })
    }

    fn case_view(
        &self,
        asker: &Asker,
        picture: &Picture,
        case: &RecruitmentCase,
        rows: &[StepRow],
        now: DateTime<Utc>,
    ) -> CaseView {
        let found = replay(&case.template, rows);
        let roles = roles_at(asker, &place_of_case(picture, case));
        let own = is_own(asker, case);
        let by = Decider {
            actor: asker.actor.id,
            own,
            roles: &roles,
        };
        let steps: Vec<StepView> = case
            .template
            .steps
            .iter()
            .map(|step| {
                let row = rows.iter().rev().find(|row| {
                    row.step == step.code
                        && matches!(row.decision, Decision::Approved | Decision::Refused)
                });
                let state = match row.map(|row| row.decision) {
                    Some(Decision::Refused) => "refused",
                    Some(_) => "done",
                    None if !found.state.is_over() && found.open.contains(&step) => "open",
                    None => "later",
                };
                let may = check(&case.template, rows, &step.code, Decision::Approved, by).is_ok();
                StepView {
                    code: step.code.clone(),
                    zh: step.zh.clone(),
                    en: step.en.clone(),
                    by: step.by.to_string(),
                    by_zh: step.by.label_zh().to_owned(),
                    state: state.to_owned(),
                    mine: state == "open" && may,
                    actor_name: row.map(|row| row.actor_name.clone()),
                    at: row.map(|row| row.at),
                    note: row
                        .map(|row| row.note.clone())
                        .filter(|note| !note.is_empty()),
                }
            })
            .collect();
        let asides = rows
            .iter()
            .filter(|row| !matches!(row.decision, Decision::Approved | Decision::Refused))
            .map(|row| {
                let note = Some(row.note.as_str()).filter(|note| !note.is_empty());
                let note = note.map(|note| format!("：{note}")).unwrap_or_default();
                format!(
                    "{} {} {}{note}",
                    row.at.date_naive(),
                    row.actor_name,
                    row.decision.label_zh()
                )
            })
            .collect();
        // A key that is locked leaves things unknown, and the page says that fields are locked.
        let findings = self
            .findings(picture, case, picture.today)
            .unwrap_or_default();
        let answer = verdict(&findings);
        let since = found.last_at.unwrap_or(case.created_at);
        CaseView {
            id: case.id,
            name: case.name.clone(),
            community: case.community.to_string(),
            community_name: picture.region_name(case.community),
            compound: case.compound.uuid(),
            compound_name: picture.compound_name(case.compound).to_owned(),
            kind: case.kind.to_string(),
            category_zh: case.category.map(|one| one.label_zh().to_owned()),
            template_zh: case.template.zh.clone(),
            state: found.state.to_string(),
            state_zh: found.state.label_zh().to_owned(),
            mine: steps.iter().any(|step| step.mine),
            steps,
            asides,
            own,
            overdue: overdue(&case.template, rows, case.created_at, now),
            waiting_days: if found.state.is_over() {
                0
            } else {
                (now - since).num_days()
            },
            created_at: case.created_at,
            verdict: answer.to_string(),
            verdict_zh: answer.label_zh().to_owned(),
            findings: findings
                .iter()
                .map(|finding| FindingView {
                    code: finding.to_string(),
                    weight: finding.weight().to_string(),
                    zh: finding.label_zh().to_owned(),
                    en: finding.en().to_owned(),
                })
                .collect(),
            appointment: case.appointment.map(Into::into),
        }
    }
}

fn community(
    picture: &Picture,
    code: RegionCode,
    cases: &[&(RecruitmentCase, Vec<StepRow>)],
    now: DateTime<Utc>,
) -> FunnelCommunity {
    let quota = picture.coverage(code);
    let mut waiting: Vec<FunnelStep> = Vec::new();
    let mut row = FunnelCommunity {
        code: code.to_string(),
        name: picture.region_name(code),
        required: quota.required,
        in_post: quota.in_post,
        short: quota.short,
        waiting: Vec::new(),
        open: 0,
        overdue: 0,
        suspended: 0,
        refused: 0,
        withdrawn: 0,
        appointed: 0,
    };
    for (case, steps) in cases {
        let found = replay(&case.template, steps);
        row.overdue += u64::from(overdue(&case.template, steps, case.created_at, now));
        match found.state {
            CaseState::Open => {
                row.open += 1;
                let Some(step) = found.open.first() else {
                    continue;
                };
                match waiting.iter_mut().find(|one| one.code == step.code) {
                    Some(one) => one.n += 1,
                    None => waiting.push(FunnelStep {
                        code: step.code.clone(),
                        zh: step.zh.clone(),
                        en: step.en.clone(),
                        n: 1,
                    }),
                }
            }
            CaseState::Suspended => row.suspended += 1,
            CaseState::Refused => row.refused += 1,
            CaseState::Withdrawn => row.withdrawn += 1,
            CaseState::Appointed => row.appointed += 1,
        }
    }
    let place = |code: &str| {
        let steps = Template::five_steps().steps;
        steps
            .iter()
            .position(|step| step.code == code)
            .unwrap_or(steps.len())
    };
    waiting.sort_by_key(|one| (place(&one.code), one.code.clone()));
    row.waiting = waiting;
    row
}

/// A refusal in words: what, and how to mend it.
pub(super) fn refused(template: &Template, refusal: Refusal) -> Error {
    let zh_of = |code: &str| {
        template
            .step(code)
            .map_or_else(|| code.to_owned(), |step| step.zh.clone())
    };
    let forbidden = |code, zh: String, en: String| Error::Forbidden { code, zh, en };
    match refusal {
        Refusal::UnknownStep => {
            Error::invalid("step_unknown", "没有这个步骤", "there is no such step")
        }
        Refusal::OwnCase => forbidden(
            "own_case",
            "这是您本人的案卷，须由他人办理".into(),
            "this case is about you; somebody else decides".into(),
        ),
        Refusal::WrongRole(role) => forbidden(
            "wrong_step_role",
            format!("这一步由{}办理", role.label_zh()),
            format!("this step is decided by the role {role}"),
        ),
        Refusal::SamePerson(step) => forbidden(
            "second_person_needed",
            format!("您已办理过“{}”，这一步须由另一人办理", zh_of(&step)),
            format!("you decided {step}; this step needs another person"),
        ),
        Refusal::Over(state) => Error::conflict(
            "case_over",
            format!("案卷“{}”，不能再办理", state.label_zh()),
            format!("the case is {state}"),
        ),
        Refusal::Suspended => Error::conflict(
            "case_suspended",
            "案卷暂缓中，请先恢复",
            "the case is set aside; resume it first",
        ),
        Refusal::NotSuspended => Error::conflict(
            "case_not_suspended",
            "案卷没有暂缓，不需要恢复",
            "the case is not set aside",
        ),
        Refusal::OutOfOrder(open) => {
            let names: Vec<String> = open.iter().map(|code| zh_of(code)).collect();
            Error::Conflict {
                code: "step_out_of_order",
                zh: format!("还没轮到这一步：现在待办的是“{}”", names.join("”“")),
                en: format!("not yet: {} comes first", open.join(", ")),
                details: open,
            }
        }
    }
}
