//! Assessments: judges and their secretary in scope, a keeper their own, leaders a spread without people.
//!
//! Invariant: rows come by place and name and nothing here can sort them by a score; a spread is told per street alone,
//! so that no difference of two spreads tells of a few.

use super::{
    event, is_self, leading, place_of, posts_by_keeper, region_asked, sees, text, verdict,
};
use crate::domain::access::{Action, Object, Place, Verdict};
use crate::domain::assessment::{
    APPEAL_DAYS, Assessment, AssessmentMove, AssessmentRefusal, AssessmentState, Grade, Judge,
    Quarter, median, spread,
};
use crate::domain::{Appointment, Housekeeper, HousekeeperId, RegionCode, RegionLevel};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest appeal or answer, in characters.
const MAX_APPEAL: usize = 500;

/// A score that a judge enters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScore {
    /// Whose.
    pub housekeeper: Uuid,
    /// Quarter, for example `2026Q3`.
    pub period: String,
    /// organisation or residents.
    #[schema(value_type = String)]
    pub judge: Judge,
    /// 0 to 100.
    pub score: u8,
}

/// What is done with an assessment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum AssessmentAct {
    /// The keeper is told.
    Show,
    /// The keeper says something against it, 2 to 500 characters.
    Appeal {
        /// What.
        text: String,
    },
    /// The appeal is answered.
    Answer {
        /// What is said, 2 to 500 characters.
        text: String,
        /// Corrected score of the organisation.
        organisation: Option<u8>,
        /// Corrected score of the residents.
        residents: Option<u8>,
    },
    /// It becomes final.
    Finish,
}

/// An assessment.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentView {
    /// Identity; absent while no judge spoke.
    pub id: Option<Uuid>,
    /// Quarter.
    pub period: String,
    /// Whose.
    pub housekeeper: Uuid,
    /// Name.
    pub name: String,
    /// Community.
    pub community_name: String,
    /// Compound.
    pub compound_name: Option<String>,
    /// draft, shown, appealed, final.
    pub state: String,
    /// In Chinese.
    pub state_zh: String,
    /// Score of the organisation.
    pub organisation: Option<u8>,
    /// Score of the residents.
    pub residents: Option<u8>,
    /// Mean of both.
    pub mean: Option<f64>,
    /// Grade.
    pub grade: Option<String>,
    /// In Chinese.
    pub grade_zh: Option<String>,
    /// When the keeper was told.
    pub shown_at: Option<DateTime<Utc>>,
    /// What the keeper says against it.
    pub appeal: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
    /// When it became final.
    pub final_at: Option<DateTime<Utc>>,
    /// Whether it is one's own.
    pub own: bool,
    /// What the asker may do: score, show, appeal, answer, finish.
    pub may: Vec<String>,
}

/// Assessments of a quarter in one's scope.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentsView {
    /// When.
    pub as_of: DateTime<Utc>,
    /// Data version.
    pub data_version: u64,
    /// Quarter.
    pub period: String,
    /// Quarters that there are.
    pub periods: Vec<String>,
    /// People in sight.
    pub n: u64,
    /// Median of the mean scores of one's own community, for a keeper; absent of fewer than five.
    pub median: Option<f64>,
    /// By community, compound and name.
    pub items: Vec<AssessmentView>,
}

/// One grade.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpreadView {
    /// Word.
    pub grade: String,
    /// In Chinese.
    pub grade_zh: String,
    /// How many; absent when few.
    pub n: Option<u64>,
}

/// A street's figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreetFigures {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// People with a grade that was told them; absent when fewer than five.
    pub n: Option<u64>,
    /// By grade; absent when fewer than five.
    pub spread: Option<Vec<SpreadView>>,
    /// Median of the mean scores; absent when fewer than five.
    pub median: Option<f64>,
}

/// Figures without people.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentFiguresView {
    /// When.
    pub as_of: DateTime<Utc>,
    /// Data version.
    pub data_version: u64,
    /// Quarter.
    pub period: String,
    /// Fewer people than this have no figures.
    pub least: u64,
    /// Street by street.
    pub streets: Vec<StreetFigures>,
}

/// What is counted: what the keeper was told.
fn is_told(one: &Assessment) -> bool {
    one.state != AssessmentState::Draft
}

impl Services {
    fn quarter(&self, text: Option<&str>) -> Result<Quarter> {
        let current = Quarter::of(self.today(self.now())).previous();
        text.map_or(Ok(current), |text| {
            text.parse::<Quarter>()
                .map_err(|error| Error::bilingual("period_invalid", &error))
        })
    }

    /// Assessments in one's scope; a keeper's own.
    ///
    /// # Errors
    /// `NotFound` for an unknown region, `Invalid` for no quarter, the store's own.
    pub async fn assessments(
        &self,
        asker: &Asker,
        region: Option<&str>,
        period: Option<&str>,
    ) -> Result<AssessmentsView> {
        let picture = self.picture();
        let region = region_asked(&picture, region)?;
        let period = self.quarter(period)?;
        let all = {
            let mut lease = self.store().read().await?;
            lease.conn().assessment_list(region).await?
        };
        let posts = posts_by_keeper(&picture);
        let of: HashMap<HousekeeperId, &Assessment> = all
            .iter()
            .filter(|one| one.period == period)
            .map(|one| (one.housekeeper, one))
            .collect();
        let (mut items, mut median_of) = (Vec::new(), None);
        for keeper in &picture.housekeepers {
            let post = posts
                .get(&keeper.id)
                .and_then(|posts| leading(posts, picture.today));
            if region.is_some_and(|region| !region.contains(keeper.community)) {
                continue;
            }
            let found = of.get(&keeper.id).copied();
            let place = place_of(&picture, keeper, post);
            let in_post = post.is_some_and(|post| post.active_on(picture.today));
            if (found.is_none() && !in_post) || !sees(asker, Object::Assessments, &place) {
                continue;
            }
            let own = is_self(asker, keeper.id);
            // Before being told, one's own is not there yet.
            let found = found.filter(|one| !own || is_told(one));
            if own {
                median_of = Some(keeper.community);
            }
            if found.is_none() && own {
                continue;
            }
            items.push(self.assessment_view(
                asker,
                &picture,
                &place,
                (keeper, period, post),
                found,
            ));
        }
        items.sort_by_cached_key(|one| {
            (
                one.community_name.clone(),
                one.compound_name.clone(),
                one.name.clone(),
                one.housekeeper,
            )
        });
        let halves = |community| {
            let told = of
                .values()
                .filter(|one| is_told(one) && one.community == community);
            told.filter_map(|one| one.halves()).collect()
        };
        let periods: BTreeSet<Quarter> = all.iter().map(|one| one.period).chain([period]).collect();
        Ok(AssessmentsView {
            as_of: self.now(),
            data_version: picture.version,
            period: period.to_string(),
            periods: periods.iter().rev().map(ToString::to_string).collect(),
            n: items.len() as u64,
            median: median_of.and_then(|community| median(halves(community))),
            items,
        })
    }

    /// A judge enters a score.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for one's own, another role or the other judge, `Conflict` when told.
    pub async fn assessment_score(&self, asker: &Asker, new: NewScore) -> Result<Uuid> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let period = self.quarter(Some(&new.period))?;
        if period > Quarter::of(picture.today) {
            return Err(Error::invalid(
                "period_invalid",
                "这个季度还没有开始",
                "the quarter has not begun",
            ));
        }
        let what = format!("housekeeper {}", new.housekeeper);
        let keeper = picture
            .housekeepers
            .iter()
            .find(|keeper| keeper.id.uuid() == new.housekeeper)
            .ok_or_else(|| Error::NotFound(what.clone()))?;
        let posts = posts_by_keeper(&picture);
        let post = posts
            .get(&keeper.id)
            .and_then(|posts| leading(posts, picture.today));
        let place = place_of(&picture, keeper, post);
        super::require(asker, Object::Assessments, Action::Create, &place, &what)?;
        not_own(asker, keeper.id)?;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let all = conn.assessment_list(Some(keeper.community)).await?;
        let before = all
            .into_iter()
            .find(|one| one.period == period && one.housekeeper == keeper.id)
            .unwrap_or_else(|| {
                let compound = post.and_then(|post| post.compound);
                Assessment::new(
                    Uuid::now_v7(),
                    period,
                    keeper.id,
                    keeper.community,
                    compound,
                )
            });
        let step = AssessmentMove::Score(new.judge, new.score);
        let after = before
            .after(step, asker.actor.id, self.now())
            .map_err(refused)?;
        conn.assessment_put(std::slice::from_ref(&after)).await?;
        let district = after.community.district_code();
        conn.event_append(&event(
            asker,
            self.now(),
            district,
            "assessment.scored",
            after.id.to_string(),
        ))
        .await?;
        tx.commit().await?;
        Ok(after.id)
    }

    /// Does something with an assessment.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for another role, `Conflict` with what comes first.
    pub async fn assessment_act(&self, asker: &Asker, id: Uuid, act: AssessmentAct) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let what = format!("assessment {id}");
        let missing = || Error::NotFound(what.clone());
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let before = conn.assessment_find(id).await?.ok_or_else(missing)?;
        let keeper = picture
            .housekeepers
            .iter()
            .find(|keeper| keeper.id == before.housekeeper)
            .ok_or_else(missing)?;
        let posts = posts_by_keeper(&picture);
        let post = posts
            .get(&keeper.id)
            .and_then(|posts| leading(posts, picture.today));
        let place = place_of(&picture, keeper, post);
        super::require(asker, Object::Assessments, Action::Read, &place, &what)?;
        let own = is_self(asker, keeper.id);
        let step = match act {
            AssessmentAct::Appeal { text: words } => {
                if !own {
                    return Err(Error::Forbidden {
                        code: "not_own",
                        zh: "只能由被考核的小管家本人申诉".into(),
                        en: "only the keeper appeals".into(),
                    });
                }
                if !is_told(&before) {
                    return Err(missing());
                }
                AssessmentMove::Appeal(text(&words, "text", "申诉", MAX_APPEAL, 2)?)
            }
            other => {
                super::require(asker, Object::Assessments, Action::Approve, &place, &what)?;
                not_own(asker, keeper.id)?;
                match other {
                    AssessmentAct::Answer {
                        text: words,
                        organisation,
                        residents,
                    } => AssessmentMove::Answer {
                        text: text(&words, "text", "答复", MAX_APPEAL, 2)?,
                        scores: [
                            (Judge::Organisation, organisation),
                            (Judge::Residents, residents),
                        ]
                        .into_iter()
                        .filter_map(|(judge, score)| Some((judge, score?)))
                        .collect(),
                    },
                    AssessmentAct::Finish => AssessmentMove::Finish,
                    AssessmentAct::Show | AssessmentAct::Appeal { .. } => AssessmentMove::Show,
                }
            }
        };
        let now = self.now();
        let after = before.after(step, asker.actor.id, now).map_err(refused)?;
        conn.assessment_put(std::slice::from_ref(&after)).await?;
        let district = after.community.district_code();
        conn.event_append(&event(
            asker,
            now,
            district,
            "assessment.moved",
            id.to_string(),
        ))
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Figures of the streets in one's scope, without people.
    ///
    /// # Errors
    /// `NotFound` for an unknown region, `Invalid` for no quarter, the store's own.
    pub async fn assessment_figures(
        &self,
        asker: &Asker,
        region: Option<&str>,
        period: Option<&str>,
    ) -> Result<AssessmentFiguresView> {
        let picture = self.picture();
        let region = region_asked(&picture, region)?;
        let period = self.quarter(period)?;
        let all = {
            let mut lease = self.store().read().await?;
            lease.conn().assessment_list(region).await?
        };
        let codes = picture.regions.iter().map(|region| region.code);
        let streets = codes
            .filter(|code| code.level() == RegionLevel::Street)
            .filter(|code| region.is_none_or(|region| region.contains(*code)))
            .filter(|code| sees(asker, Object::AssessmentFigures, &Place::region(*code)));
        let of_street = |code: RegionCode| {
            let told = all.iter().filter(move |one| {
                one.period == period
                    && is_told(one)
                    && one.community.at_level(RegionLevel::Street) == Some(code)
            });
            let told: Vec<&Assessment> = told.collect();
            let grades: Vec<Grade> = told.iter().filter_map(|one| one.grade()).collect();
            let found = spread(&grades);
            StreetFigures {
                code: code.to_string(),
                name: picture.region_name(code),
                n: found.as_ref().map(|found| found.n),
                spread: found.map(|found| {
                    let view = |(grade, n): (Grade, Option<u64>)| SpreadView {
                        grade: grade.to_string(),
                        grade_zh: grade.label_zh().to_owned(),
                        n,
                    };
                    found.counts.into_iter().map(view).collect()
                }),
                median: median(told.iter().filter_map(|one| one.halves()).collect()),
            }
        };
        Ok(AssessmentFiguresView {
            as_of: self.now(),
            data_version: picture.version,
            period: period.to_string(),
            least: crate::domain::access::SMALL,
            streets: streets.map(of_street).collect(),
        })
    }

    fn assessment_view(
        &self,
        asker: &Asker,
        picture: &Picture,
        place: &Place,
        (keeper, period, post): (&Housekeeper, Quarter, Option<&Appointment>),
        found: Option<&Assessment>,
    ) -> AssessmentView {
        let fresh;
        let one = match found {
            Some(one) => one,
            None => {
                fresh = Assessment::new(Uuid::nil(), period, keeper.id, keeper.community, None);
                &fresh
            }
        };
        let own = is_self(asker, keeper.id);
        let can =
            |action| !own && verdict(asker, Object::Assessments, action, place) == Verdict::Allowed;
        let now = self.now();
        let mut may = Vec::new();
        let fits = |step: AssessmentMove| one.after(step, asker.actor.id, now).is_ok();
        if can(Action::Create) && one.state == AssessmentState::Draft {
            may.push("score");
        }
        if can(Action::Approve) {
            if fits(AssessmentMove::Show) {
                may.push("show");
            }
            if one.state == AssessmentState::Appealed {
                may.push("answer");
            }
            if fits(AssessmentMove::Finish) {
                may.push("finish");
            }
        }
        if own && fits(AssessmentMove::Appeal(String::new())) {
            may.push("appeal");
        }
        let compound = one.compound.or_else(|| post.and_then(|post| post.compound));
        AssessmentView {
            id: found.map(|one| one.id),
            period: period.to_string(),
            housekeeper: keeper.id.uuid(),
            name: keeper.name.clone(),
            community_name: picture.region_name(one.community),
            compound_name: compound.map(|id| picture.compound_name(id).to_owned()),
            state: one.state.to_string(),
            state_zh: one.state.label_zh().to_owned(),
            organisation: one.organisation.map(|(score, _)| score),
            residents: one.residents.map(|(score, _)| score),
            mean: one.halves().map(|halves| f64::from(halves) / 2.0),
            grade: one.grade().map(|grade| grade.to_string()),
            grade_zh: one.grade().map(|grade| grade.label_zh().to_owned()),
            shown_at: one.shown_at,
            appeal: one.appeal.as_ref().map(|(text, _)| text.clone()),
            answer: one.answer.as_ref().map(|(text, _)| text.clone()),
            final_at: one.final_at,
            own,
            may: may.into_iter().map(str::to_owned).collect(),
        }
    }
}

fn not_own(asker: &Asker, keeper: HousekeeperId) -> Result<()> {
    if is_self(asker, keeper) {
        return Err(Error::Forbidden {
            code: "own_case",
            zh: "这是您本人的考核，须由他人办理".into(),
            en: "this is your own assessment; somebody else does it".into(),
        });
    }
    Ok(())
}

fn refused(refusal: AssessmentRefusal) -> Error {
    match refusal {
        AssessmentRefusal::NotNow(state) => Error::conflict(
            "assessment_state",
            format!("考核“{}”，现在不能这样办", state.label_zh()),
            format!("the assessment is {state}; not now"),
        ),
        AssessmentRefusal::Score => {
            Error::invalid("score_invalid", "分数须为 0 至 100", "a score is 0 to 100")
        }
        AssessmentRefusal::SameJudge => Error::Forbidden {
            code: "second_person_needed",
            zh: "组织评价和群众评议须由两人分别录入".into(),
            en: "the two judges are two people".into(),
        },
        AssessmentRefusal::JudgeMissing(judge) => Error::conflict(
            "judge_missing",
            format!("还缺“{}”", judge.label_zh()),
            format!("{judge} is missing"),
        ),
        AssessmentRefusal::Appealed => Error::conflict(
            "appeal_open",
            "申诉还没有答复，考核不能定",
            "the appeal is open; nothing becomes final",
        ),
        AssessmentRefusal::TooSoon(until) => Error::conflict(
            "appeal_days",
            format!(
                "本人在 {} 前可以申诉（{APPEAL_DAYS} 天），之后才能定",
                until.date_naive()
            ),
            format!("the keeper may appeal until {}", until.date_naive()),
        ),
        AssessmentRefusal::AppealedBefore => Error::conflict(
            "appealed_before",
            "已申诉过一次，答复即为结果",
            "there was an appeal already",
        ),
    }
}
