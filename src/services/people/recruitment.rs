//! Recruitment: a case begins, is prepared, goes through its steps, and becomes an appointment.
//!
//! Invariant: only the last step makes an appointment, in the transaction that records the step; a decision is checked
//! against the newest record inside that transaction.

use super::recruitment_views::refused;
use super::{MAX_NAME, MAX_NOTE, event, is_self, text, verdict};
use crate::domain::access::{Action, Object, Place, Role, Verdict};
use crate::domain::recruitment::{
    Decider, Decision, Finding, RecruitmentCase, StepKind, StepRow, Template, TemplateFault, check,
    replay,
};
use crate::domain::{AppointmentId, AppointmentKind, CompoundId, PartTimeCategory, RegionCode};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use crate::storage::Conn;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where templates beside the two that come along are kept.
const TEMPLATES: &str = "recruitment_templates";
/// Days before and after today on which an appointment may begin.
const START_DAYS: i64 = 366;

/// A case that begins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// The compound to be served.
    pub compound: Uuid,
    /// Name, 2 to 40 characters.
    pub name: String,
    /// full_time or part_time.
    #[schema(value_type = String)]
    pub kind: AppointmentKind,
    /// Category of a part-time keeper.
    #[schema(value_type = Option<String>)]
    pub category: Option<PartTimeCategory>,
    /// Word of the template; `five_steps` when absent.
    pub template: Option<String>,
    /// The step that is taken with it: the application, or a recommendation.
    pub step: String,
    /// Note to that step.
    #[serde(default)]
    pub note: String,
    /// What else is known.
    #[serde(default)]
    pub known: Prepare,
}

/// What is known of somebody; what is absent stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// Duty number.
    pub duty_phone: Option<String>,
    /// Private number; sealed.
    pub private_phone: Option<String>,
    /// Day of birth; sealed.
    pub birth_date: Option<NaiveDate>,
    /// Whether a member of the Party.
    pub party_member: Option<bool>,
    /// Day of joining it; sealed.
    pub party_join_date: Option<NaiveDate>,
    /// The building that the person lives in.
    pub residence: Option<Uuid>,
    /// Who is a keeper already, part-time for example.
    pub housekeeper: Option<Uuid>,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// Word of the step.
    pub step: String,
    /// approved, refused, withdrawn, suspended, resumed.
    #[schema(value_type = String)]
    pub decision: Decision,
    /// Why; at least 2 characters unless approved.
    #[serde(default)]
    pub note: String,
    /// First day in post, with the last step; today when absent.
    pub start: Option<NaiveDate>,
    /// Last day of the term, with the last step.
    pub term_end: Option<NaiveDate>,
}

/// Where a case lies: at its compound, and with the person alone.
pub(super) fn place_of_case(picture: &Picture, case: &RecruitmentCase) -> Place {
    let mut place = picture.compound_index(case.compound).map_or_else(
        || Place::region(case.community),
        |at| picture.place_of_compound(at),
    );
    place.keepers = case.housekeeper.into_iter().collect();
    place
}

/// Whether a case is about the asker.
pub(super) fn is_own(asker: &Asker, case: &RecruitmentCase) -> bool {
    case.applicant == Some(asker.actor.id) || case.housekeeper.is_some_and(|id| is_self(asker, id))
}

/// The asker's roles at a place.
pub(super) fn roles_at(asker: &Asker, place: &Place) -> Vec<Role> {
    let here = asker
        .grants
        .iter()
        .filter(|grant| grant.scope.covers(place));
    here.map(|grant| grant.role).collect()
}

/// Whether the asker may read a case.
pub(super) fn may_read(asker: &Asker, picture: &Picture, case: &RecruitmentCase) -> bool {
    super::sees(asker, Object::Recruitment, &place_of_case(picture, case)) || is_own(asker, case)
}

impl Services {
    /// Open cases by compound, for the places where the roster is short.
    pub(super) async fn open_cases_by_compound(
        &self,
        region: Option<RegionCode>,
    ) -> Result<HashMap<Uuid, u32>> {
        let cases = {
            let mut lease = self.store().read().await?;
            lease.conn().recruitment_list(region).await?
        };
        let mut open: HashMap<Uuid, u32> = HashMap::new();
        for (case, steps) in &cases {
            if !replay(&case.template, steps).state.is_over() {
                *open.entry(case.compound.uuid()).or_default() += 1;
            }
        }
        Ok(open)
    }

    /// The templates that a case can begin with.
    ///
    /// # Errors
    /// The store's own.
    pub async fn recruitment_templates(&self) -> Result<Vec<Template>> {
        let mut all = vec![Template::five_steps(), Template::three_and_three()];
        let stored: Option<Vec<Template>> = {
            let mut lease = self.store().read().await?;
            lease.conn().issue_setting(TEMPLATES).await?
        };
        for template in stored.unwrap_or_default() {
            all.retain(|one| one.code != template.code);
            all.push(template);
        }
        Ok(all)
    }

    /// Sets the templates beside the two that come along; one with the same word takes the place of it. Cases keep the
    /// template that they began with.
    ///
    /// # Errors
    /// `Invalid` with what is wrong.
    pub async fn recruitment_templates_set(&self, templates: Vec<Template>) -> Result<()> {
        for template in &templates {
            template.check().map_err(|fault| {
                let (zh, en) = match fault {
                    TemplateFault::Number => ("步骤须为 2 至 12 个", "2 to 12 steps"),
                    TemplateFault::Words => (
                        "步骤名称为空、过长或重复",
                        "a word is empty, too long or there twice",
                    ),
                    TemplateFault::Stages => ("阶段须从 1 起连续", "stages go 1, 2, 3 …"),
                    TemplateFault::LastStep => (
                        "最后一步须是唯一的任命步骤",
                        "the last step is the one appointment",
                    ),
                    TemplateFault::NoConsent => {
                        ("缺少本人意愿步骤", "no step says that the person wants it")
                    }
                    TemplateFault::Role => (
                        "有步骤的角色没有相应权限",
                        "a step's role has no such right",
                    ),
                    TemplateFault::Days => {
                        ("提醒天数须为 1 至 365", "reminder after 1 to 365 days")
                    }
                };
                let code = &template.code;
                Error::invalid(
                    "template_invalid",
                    format!("模板“{code}”：{zh}"),
                    format!("template {code}: {en}"),
                )
            })?;
        }
        let mut tx = self.store().begin().await?;
        tx.conn().issue_setting_put(TEMPLATES, &templates).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins a case with its first step.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for another role, `Conflict` where the person has an open case here.
    pub async fn case_begin(&self, asker: &Asker, new: NewCase) -> Result<Uuid> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let what = format!("compound {}", new.compound);
        let at = picture
            .compound_index(CompoundId::new(new.compound))
            .ok_or_else(|| Error::NotFound(what.clone()))?;
        let place = picture.place_of_compound(at);
        super::require(asker, Object::Recruitment, Action::Create, &place, &what)?;
        let compound = &picture.compounds[at];
        let wanted = new.template.as_deref().unwrap_or("five_steps");
        let template = self.recruitment_templates().await?;
        let template = template
            .into_iter()
            .find(|one| one.code == wanted)
            .ok_or_else(|| {
                Error::invalid(
                    "template_unknown",
                    format!("没有模板“{wanted}”"),
                    format!("no template {wanted}"),
                )
            })?;
        let begins = template
            .step(&new.step)
            .filter(|step| step.kind.action() == Action::Create);
        if begins.is_none() {
            return Err(Error::invalid(
                "step_unknown",
                format!(
                    "案卷须从报名或推荐开始，不能从“{}”开始",
                    new.step.chars().take(40).collect::<String>()
                ),
                "a case begins with the application or a recommendation",
            ));
        }
        if new.category.is_some() && new.kind == AppointmentKind::FullTime {
            return Err(Error::invalid(
                "category_of_full_time",
                "专职小管家没有兼职类别",
                "full-time keepers have no category",
            ));
        }
        let now = self.now();
        let mut case = RecruitmentCase {
            id: Uuid::now_v7(),
            community: compound.community,
            compound: compound.id,
            name: text(&new.name, "name", "姓名", MAX_NAME, 2)?,
            kind: new.kind,
            category: new.category,
            duty_phone: None,
            private_phone: None,
            birth_date: None,
            party_join_date: None,
            party_member: None,
            residence: None,
            template,
            applicant: None,
            housekeeper: None,
            appointment: None,
            created_at: now,
            created_by: asker.actor.name.clone(),
        };
        self.fill_case(&picture, &mut case, &new.known)?;
        Self::checked_step(asker, &picture, &case, &[], &new.step, Decision::Approved)?;
        let note = text(&new.note, "note", "说明", MAX_NOTE, 0)?;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        for (other, steps) in conn.recruitment_list(Some(case.community)).await? {
            let same = other.compound == case.compound && other.name == case.name;
            if same && !replay(&other.template, &steps).state.is_over() {
                return Err(Error::conflict(
                    "case_exists",
                    format!("“{}”在本小区已有进行中的招募", case.name),
                    "this person has an open case in this compound",
                ));
            }
        }
        let district = case.community.district_code();
        let step = step_row(asker, 1, &new.step, Decision::Approved, note, now);
        conn.recruitment_put(std::slice::from_ref(&case)).await?;
        conn.recruitment_step_insert(district, &[(case.id, step)])
            .await?;
        conn.event_append(&event(
            asker,
            now,
            district,
            "recruitment.begun",
            case.id.to_string(),
        ))
        .await?;
        tx.commit().await?;
        Ok(case.id)
    }

    /// Adds what is known of somebody.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for who neither registers nor prepares, `Conflict` when it is over.
    pub async fn case_prepare(&self, asker: &Asker, id: Uuid, what: &Prepare) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let (mut case, steps) = self.case_of(&mut conn, asker, &picture, id).await?;
        let place = place_of_case(&picture, &case);
        let may = |action| verdict(asker, Object::Recruitment, action, &place) == Verdict::Allowed;
        if is_own(asker, &case) {
            return Err(own_case());
        }
        if !(may(Action::Update) || may(Action::Create)) {
            return Err(asker.wrong_role(Object::Recruitment, Action::Update));
        }
        let state = replay(&case.template, &steps).state;
        if state.is_over() {
            return Err(refused(
                &case.template,
                crate::domain::recruitment::Refusal::Over(state),
            ));
        }
        self.fill_case(&picture, &mut case, what)?;
        conn.recruitment_put(std::slice::from_ref(&case)).await?;
        let district = case.community.district_code();
        conn.event_append(&event(
            asker,
            self.now(),
            district,
            "recruitment.prepared",
            id.to_string(),
        ))
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a decision. Gives the appointment that came of it.
    ///
    /// # Errors
    /// `NotFound` outside one's scope; `Forbidden` for one's own case, another one's step, or a second step of one
    /// person; `Conflict` naming the open step, or why the person may not be appointed.
    pub async fn case_decide(
        &self,
        asker: &Asker,
        id: Uuid,
        ask: &Decide,
    ) -> Result<Option<AppointmentId>> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let (mut case, steps) = self.case_of(&mut conn, asker, &picture, id).await?;
        Self::checked_step(asker, &picture, &case, &steps, &ask.step, ask.decision)?;
        let least = usize::from(ask.decision != Decision::Approved) * 2;
        let note = text(&ask.note, "note", "理由", MAX_NOTE, least)?;
        let kind = case.template.step(&ask.step).map(|step| step.kind);
        let appoints = ask.decision == Decision::Approved && kind == Some(StepKind::Appointment);
        let start = ask.start.unwrap_or(picture.today);
        if appoints {
            in_start_days(start, picture.today)?;
        }
        let reviews = matches!(kind, Some(StepKind::Review | StepKind::Appointment));
        if ask.decision == Decision::Approved && reviews {
            let found = self.findings(&picture, &case, start)?;
            decidable(&found, start, appoints)?;
        }
        let district = case.community.district_code();
        let seq = steps.len() as i32 + 1;
        let step = step_row(asker, seq, &ask.step, ask.decision, note, now);
        conn.recruitment_step_insert(district, &[(id, step)])
            .await?;
        let mut made = None;
        if appoints {
            let post = self
                .appoint(&mut conn, asker, &picture, &case, start, ask.term_end)
                .await?;
            case.housekeeper = Some(post.housekeeper);
            case.appointment = Some(post.id);
            conn.recruitment_put(std::slice::from_ref(&case)).await?;
            made = Some(post.id);
        }
        let word = if appoints {
            "appointment.made"
        } else {
            "recruitment.decided"
        };
        conn.event_append(&event(asker, now, district, word, id.to_string()))
            .await?;
        tx.commit().await?;
        if appoints {
            self.reload().await?;
        }
        Ok(made)
    }

    /// A case that the asker may read.
    async fn case_of(
        &self,
        conn: &mut Conn<'_>,
        asker: &Asker,
        picture: &Picture,
        id: Uuid,
    ) -> Result<(RecruitmentCase, Vec<StepRow>)> {
        let found = conn.recruitment_find(id).await?;
        found
            .filter(|(case, _)| may_read(asker, picture, case))
            .ok_or_else(|| Error::NotFound(format!("recruitment case {id}")))
    }

    fn checked_step(
        asker: &Asker,
        picture: &Picture,
        case: &RecruitmentCase,
        steps: &[StepRow],
        step: &str,
        decision: Decision,
    ) -> Result<()> {
        let roles = roles_at(asker, &place_of_case(picture, case));
        let by = Decider {
            actor: asker.actor.id,
            own: is_own(asker, case),
            roles: &roles,
        };
        check(&case.template, steps, step, decision, by)
            .map_err(|refusal| refused(&case.template, refusal))
    }
}

fn own_case() -> Error {
    Error::Forbidden {
        code: "own_case",
        zh: "这是您本人的案卷，须由他人办理".into(),
        en: "this case is about you; somebody else decides".into(),
    }
}

fn in_start_days(start: NaiveDate, today: NaiveDate) -> Result<()> {
    if (start - today).num_days().abs() <= START_DAYS {
        return Ok(());
    }
    Err(Error::invalid(
        "day_invalid",
        format!("上岗日期“{start}”离今天超过一年，请核对"),
        format!("{start} is more than a year away; check it"),
    ))
}

/// What was found lets a step be approved; the last one wants everything known.
fn decidable(found: &[Finding], start: NaiveDate, appoints: bool) -> Result<()> {
    use crate::domain::recruitment::{Verdict, Weight, verdict};
    let of = |weight| -> Vec<&Finding> {
        let all = found.iter();
        all.filter(|finding| finding.weight() == weight).collect()
    };
    let conflict = |code, head_zh: &str, head_en: &str, which: Vec<&Finding>| {
        let zh: Vec<&str> = which.iter().map(|finding| finding.label_zh()).collect();
        let en: Vec<&str> = which.iter().map(|finding| finding.en()).collect();
        Err(Error::Conflict {
            code,
            zh: format!("{head_zh}（任命之日 {start}）：{}", zh.join("；")),
            en: format!("{head_en} (appointed on {start}): {}", en.join("; ")),
            details: which.iter().map(|finding| finding.to_string()).collect(),
        })
    };
    match verdict(found) {
        Verdict::NotEligible => conflict(
            "not_eligible",
            "不符合条件",
            "not eligible",
            of(Weight::Blocks),
        ),
        Verdict::Undecided if appoints => conflict(
            "eligibility_undecided",
            "条件无法判定，请先补充资料",
            "cannot be decided; add what is missing",
            of(Weight::Undecided),
        ),
        _ => Ok(()),
    }
}

fn step_row(
    asker: &Asker,
    seq: i32,
    step: &str,
    decision: Decision,
    note: String,
    at: DateTime<Utc>,
) -> StepRow {
    StepRow {
        seq,
        step: step.to_owned(),
        decision,
        actor: asker.actor.id,
        actor_name: asker.actor.name.clone(),
        at,
        note,
    }
}
