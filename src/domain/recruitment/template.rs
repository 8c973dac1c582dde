//! The steps of recruitment as data, stored with each case.
//!
//! Invariant: steps of one stage are done in any order, a stage opens when the one before is complete, and the last
//! stage is the one step that appoints.

use crate::domain::access::{Action, Role};
use crate::domain::text_enum::text_enum;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

text_enum! {
    /// What a step is.
    pub enum StepKind {
        /// The person wants it: their own application, or consent to a recommendation.
        Consent => "consent", "本人意愿";
        /// Somebody who knows the person speaks for them.
        Recommendation => "recommendation", "推荐";
        /// A Party organisation looks at it.
        Review => "review", "审核";
        /// The appointment.
        Appointment => "appointment", "任命";
    }
}

impl StepKind {
    /// The right on recruitment that the step takes.
    pub const fn action(self) -> Action {
        match self {
            Self::Consent | Self::Recommendation => Action::Create,
            Self::Review | Self::Appointment => Action::Approve,
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateStep {
    /// Stable word.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What it is.
    pub kind: StepKind,
    /// Stage, from 1.
    pub stage: u8,
    /// Whose step it is: the role that decides, at the place of the case.
    pub by: Role,
}

/// The steps of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Stable word.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Days without a step after which a case is shown as waiting too long.
    pub remind_after_days: u16,
    /// The steps, by stage.
    pub steps: Vec<TemplateStep>,
}

/// What is wrong with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateFault {
    /// Fewer than 2 steps, or more than 12.
    Number,
    /// Two steps with one word, or a word that is empty or longer than 40 characters.
    Words,
    /// Stages that do not go 1, 2, 3 … in the order of the steps.
    Stages,
    /// The last stage is not exactly one appointment, or another step is one.
    LastStep,
    /// No step says that the person wants it.
    NoConsent,
    /// A step whose role has no such right anywhere.
    Role,
    /// Days of the reminder: 1 to 365.
    Days,
}

impl Template {
    /// The five steps (`domain.md` M03).
    pub fn five_steps() -> Self {
        use Role::{CommunitySecretary, CompoundSecretary, GridWorker, StreetLeader};
        use StepKind::{Appointment, Consent, Recommendation, Review};
        Self::of(
            ("five_steps", "五步选聘", "five steps"),
            &[
                (
                    "self_application",
                    "党员报名",
                    "application",
                    Consent,
                    1,
                    GridWorker,
                ),
                (
                    "grid_worker_recommendation",
                    "网格员推荐",
                    "recommendation",
                    Recommendation,
                    1,
                    GridWorker,
                ),
                (
                    "compound_party_review",
                    "小区党组织初审",
                    "compound review",
                    Review,
                    2,
                    CompoundSecretary,
                ),
                (
                    "community_party_review",
                    "社区党组织复审",
                    "community review",
                    Review,
                    3,
                    CommunitySecretary,
                ),
                (
                    "street_appointment",
                    "街道党工委任命",
                    "appointment",
                    Appointment,
                    4,
                    StreetLeader,
                ),
            ],
        )
    }

    /// Three recommendations, three reviews (三荐三审).
    pub fn three_and_three() -> Self {
        use Role::{CommunitySecretary, CompoundSecretary, GridWorker, StreetLeader};
        use StepKind::{Appointment, Consent, Recommendation, Review};
        Self::of(
            (
                "three_and_three",
                "三荐三审",
                "three recommendations, three reviews",
            ),
            &[
                (
                    "self_recommendation",
                    "党员自荐",
                    "own recommendation",
                    Consent,
                    1,
                    GridWorker,
                ),
                (
                    "residents_recommendation",
                    "群众举荐",
                    "residents’ recommendation",
                    Recommendation,
                    1,
                    GridWorker,
                ),
                (
                    "organisation_recommendation",
                    "组织推荐",
                    "organisation’s recommendation",
                    Recommendation,
                    1,
                    GridWorker,
                ),
                (
                    "compound_party_review",
                    "小区党组织初审",
                    "compound review",
                    Review,
                    2,
                    CompoundSecretary,
                ),
                (
                    "community_party_review",
                    "社区党组织复审",
                    "community review",
                    Review,
                    3,
                    CommunitySecretary,
                ),
                (
                    "street_appointment",
                    "街道党工委终审任命",
                    "final review and appointment",
                    Appointment,
                    4,
                    StreetLeader,
                ),
            ],
        )
    }

    fn of(
        (code, zh, en): (&str, &str, &str),
        steps: &[(&str, &str, &str, StepKind, u8, Role)],
    ) -> Self {
        Self {
            code: code.into(),
            zh: zh.into(),
            en: en.into(),
            remind_after_days: 15,
            steps: steps
                .iter()
                .map(|&(code, zh, en, kind, stage, by)| TemplateStep {
                    code: code.into(),
                    zh: zh.into(),
                    en: en.into(),
                    kind,
                    stage,
                    by,
                })
                .collect(),
        }
    }

    /// The step of this word.
    pub fn step(&self, code: &str) -> Option<&TemplateStep> {
        self.steps.iter().find(|step| step.code == code)
    }

    /// Whether the template may be used.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), TemplateFault> {
        let steps = &self.steps;
        let word = |text: &str| (1..=40).contains(&text.chars().count());
        let words: HashSet<&str> = steps.iter().map(|step| step.code.as_str()).collect();
        let named = steps
            .iter()
            .all(|step| word(&step.code) && word(&step.zh) && word(&step.en));
        let mut before = 0;
        let in_order = steps.iter().all(|step| {
            let fits = step.stage == before || step.stage == before + 1;
            before = step.stage;
            fits && step.stage > 0
        });
        let appoints: Vec<usize> = (0..steps.len())
            .filter(|at| steps[*at].kind == StepKind::Appointment)
            .collect();
        let last = steps.len().wrapping_sub(1);
        let alone = steps.iter().filter(|step| step.stage == before).count() == 1;
        let able = steps.iter().all(|step| {
            crate::domain::access::rights(step.by, crate::domain::access::Object::Recruitment)
                .allows(step.kind.action())
        });
        match () {
            () if !(2..=12).contains(&steps.len()) => Err(TemplateFault::Number),
            () if words.len() < steps.len() || !named || !word(&self.code) || !word(&self.zh) => {
                Err(TemplateFault::Words)
            }
            () if !in_order => Err(TemplateFault::Stages),
            () if appoints != [last] || !alone => Err(TemplateFault::LastStep),
            () if !steps.iter().any(|step| step.kind == StepKind::Consent) => {
                Err(TemplateFault::NoConsent)
            }
            () if !able => Err(TemplateFault::Role),
            () if !(1..=365).contains(&self.remind_after_days) => Err(TemplateFault::Days),
            () => Ok(()),
        }
    }
}
