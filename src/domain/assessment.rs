//! The quarterly assessment: two judges, an appeal, and figures without people.
//!
//! Not a ranking: nothing here puts people in an order. Invariant: no judge is alone, nothing is final while an appeal
//! is open, and a spread of fewer than [`SMALL`] people is not told.

use super::access::{SMALL, suppress};
use super::text_enum::text_enum;
use super::{ActorId, CompoundId, HousekeeperId, RegionCode};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Days in which somebody may appeal before their assessment can become final.
pub const APPEAL_DAYS: i64 = 7;
/// Highest score of a judge.
pub const MAX_SCORE: u8 = 100;

/// A quarter, `2026Q3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    number: u8,
}

/// A text that names no quarter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” 不是季度，例如 2026Q3 / “{0}” is no quarter, for example 2026Q3")]
pub struct NoQuarter(String);

impl Quarter {
    /// The quarter that holds a day.
    pub fn of(day: NaiveDate) -> Self {
        Self {
            year: day.year(),
            number: (day.month0() / 3 + 1) as u8,
        }
    }

    /// The quarter before.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.number == 1 {
            Self {
                year: self.year - 1,
                number: 4,
            }
        } else {
            Self {
                number: self.number - 1,
                ..self
            }
        }
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Q{}", self.year, self.number)
    }
}

impl FromStr for Quarter {
    type Err = NoQuarter;

    fn from_str(text: &str) -> Result<Self, NoQuarter> {
        let wrong = || NoQuarter(text.chars().take(20).collect());
        let (year, number) = text.trim().split_once(['Q', 'q']).ok_or_else(wrong)?;
        let year: i32 = year.parse().map_err(|_no_number| wrong())?;
        let number: u8 = number.parse().map_err(|_no_number| wrong())?;
        if (2000..=2200).contains(&year) && (1..=4).contains(&number) {
            Ok(Self { year, number })
        } else {
            Err(wrong())
        }
    }
}

text_enum! {
    /// Who judges.
    pub enum Judge {
        /// The Party organisation of the compound (组织指导评价).
        Organisation => "organisation", "组织评价";
        /// The residents (群众监督评议), as the secretary enters their review.
        Residents => "residents", "群众评议";
    }
}

text_enum! {
    /// What comes of both scores.
    pub enum Grade {
        /// 90 and more.
        Excellent => "excellent", "优秀";
        /// 70 and more.
        Competent => "competent", "称职";
        /// 60 and more.
        Basic => "basic", "基本称职";
        /// Less.
        Incompetent => "incompetent", "不称职";
    }
}

text_enum! {
    /// Where an assessment stands.
    pub enum AssessmentState {
        /// Judges enter their scores.
        Draft => "draft", "评分中";
        /// The keeper sees it and may appeal.
        Shown => "shown", "已告知";
        /// The keeper appealed; nothing becomes final.
        Appealed => "appealed", "申诉中";
        /// Done.
        Final => "final", "已定";
    }
}

/// A score of 0 to 100, and who gave it.
type Judged = (u8, ActorId);

/// The assessment of a keeper in a quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Identity.
    pub id: Uuid,
    /// When.
    pub period: Quarter,
    /// Whose.
    pub housekeeper: HousekeeperId,
    /// Community at the time.
    pub community: RegionCode,
    /// Compound at the time.
    pub compound: Option<CompoundId>,
    /// Where it stands.
    pub state: AssessmentState,
    /// Score of the organisation, 0 to 100, and who entered it.
    pub organisation: Option<Judged>,
    /// Score of the residents, 0 to 100, and who entered it.
    pub residents: Option<Judged>,
    /// When the keeper was told.
    pub shown_at: Option<DateTime<Utc>>,
    /// What the keeper says against it, and when.
    pub appeal: Option<(String, DateTime<Utc>)>,
    /// What was answered, and when.
    pub answer: Option<(String, DateTime<Utc>)>,
    /// When it became final.
    pub final_at: Option<DateTime<Utc>>,
}

/// What somebody does with an assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssessmentMove {
    /// A judge enters a score.
    Score(Judge, u8),
    /// The keeper is told.
    Show,
    /// The keeper says something against it.
    Appeal(String),
    /// The appeal is answered, with scores that are corrected where it was right.
    Answer {
        /// What is said.
        text: String,
        /// Corrected scores.
        scores: Vec<(Judge, u8)>,
    },
    /// It becomes final.
    Finish,
}

/// Why a move is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssessmentRefusal {
    /// Not in this state.
    NotNow(AssessmentState),
    /// A score above 100.
    Score,
    /// The other judge is the same person.
    SameJudge,
    /// A judge has not spoken.
    JudgeMissing(Judge),
    /// The appeal is open.
    Appealed,
    /// The keeper may still appeal until then.
    TooSoon(DateTime<Utc>),
    /// There was an appeal already.
    AppealedBefore,
}

impl Assessment {
    /// A new one.
    pub fn new(
        id: Uuid,
        period: Quarter,
        housekeeper: HousekeeperId,
        community: RegionCode,
        compound: Option<CompoundId>,
    ) -> Self {
        Self {
            id,
            period,
            housekeeper,
            community,
            compound,
            state: AssessmentState::Draft,
            organisation: None,
            residents: None,
            shown_at: None,
            appeal: None,
            answer: None,
            final_at: None,
        }
    }

    /// Twice the mean of both scores, a whole number of half points; `None` before both judges spoke.
    pub fn halves(&self) -> Option<u16> {
        Some(u16::from(self.organisation?.0) + u16::from(self.residents?.0))
    }

    /// The grade; `None` before both judges spoke.
    pub fn grade(&self) -> Option<Grade> {
        Some(match self.halves()? {
            180.. => Grade::Excellent,
            140.. => Grade::Competent,
            120.. => Grade::Basic,
            _ => Grade::Incompetent,
        })
    }

    fn judge(&mut self, judge: Judge) -> (&mut Option<Judged>, Option<Judged>) {
        match judge {
            Judge::Organisation => (&mut self.organisation, self.residents),
            Judge::Residents => (&mut self.residents, self.organisation),
        }
    }

    /// The assessment after a move.
    ///
    /// # Errors
    /// Why it is not made; nothing changed then.
    pub fn after(
        &self,
        step: AssessmentMove,
        by: ActorId,
        now: DateTime<Utc>,
    ) -> Result<Self, AssessmentRefusal> {
        use AssessmentState as State;
        let mut next = self.clone();
        let not_now = Err(AssessmentRefusal::NotNow(self.state));
        match step {
            AssessmentMove::Score(judge, score) => {
                if self.state != State::Draft {
                    return not_now;
                }
                if score > MAX_SCORE {
                    return Err(AssessmentRefusal::Score);
                }
                let (own, other) = next.judge(judge);
                if other.is_some_and(|(_, who)| who == by) {
                    return Err(AssessmentRefusal::SameJudge);
                }
                *own = Some((score, by));
            }
            AssessmentMove::Show => {
                if self.state != State::Draft {
                    return not_now;
                }
                for (judge, score) in [
                    (Judge::Organisation, self.organisation),
                    (Judge::Residents, self.residents),
                ] {
                    if score.is_none() {
                        return Err(AssessmentRefusal::JudgeMissing(judge));
                    }
                }
                next.state = State::Shown;
                next.shown_at = Some(now);
            }
            AssessmentMove::Appeal(text) => {
                if self.state != State::Shown {
                    return not_now;
                }
                if self.appeal.is_some() {
                    return Err(AssessmentRefusal::AppealedBefore);
                }
                next.state = State::Appealed;
                next.appeal = Some((text, now));
            }
            AssessmentMove::Answer { text, scores } => {
                if self.state != State::Appealed {
                    return not_now;
                }
                for (judge, score) in scores {
                    if score > MAX_SCORE {
                        return Err(AssessmentRefusal::Score);
                    }
                    // Who judged stays who judged; the answer says that the score was corrected.
                    if let (Some(own), _) = next.judge(judge) {
                        own.0 = score;
                    }
                }
                next.answer = Some((text, now));
                next.state = State::Shown;
            }
            AssessmentMove::Finish => {
                match self.state {
                    State::Shown => {}
                    State::Appealed => return Err(AssessmentRefusal::Appealed),
                    _ => return not_now,
                }
                let until = self.shown_at.unwrap_or(now) + chrono::Duration::days(APPEAL_DAYS);
                if self.answer.is_none() && now < until {
                    return Err(AssessmentRefusal::TooSoon(until));
                }
                next.state = State::Final;
                next.final_at = Some(now);
            }
        }
        Ok(next)
    }
}

/// How grades are spread over people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// People with a grade.
    pub n: u64,
    /// Grade by grade, in their order; `None` = hidden because few.
    pub counts: Vec<(Grade, Option<u64>)>,
}

/// The spread of grades; `None` when fewer than [`SMALL`] people have one, or what is left would tell who.
pub fn spread(grades: &[Grade]) -> Option<Spread> {
    let n = grades.len() as u64;
    if n < SMALL {
        return None;
    }
    let of = |grade: &Grade| Some(grades.iter().filter(|one| *one == grade).count() as u64);
    let counts: Vec<Option<u64>> = Grade::ALL.iter().map(of).collect();
    let shown = suppress(&counts, SMALL);
    Some(Spread {
        n,
        counts: Grade::ALL.iter().copied().zip(shown).collect(),
    })
}

/// Median of mean scores, in half points doubled as [`Assessment::halves`]; `None` of fewer than [`SMALL`] people.
pub fn median(mut halves: Vec<u16>) -> Option<f64> {
    if (halves.len() as u64) < SMALL {
        return None;
    }
    halves.sort_unstable();
    let middle = halves.len() / 2;
    let upper = f64::from(halves[middle]);
    let twice = if halves.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(f64::from(halves[middle - 1]), upper)
    };
    Some(twice / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn who(n: u128) -> ActorId {
        ActorId::new(Uuid::from_u128(n))
    }

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + chrono::Duration::days(days)
    }

    fn fresh() -> Assessment {
        let period = "2026Q3".parse().unwrap();
        let community = "340104001001".parse().unwrap();
        Assessment::new(
            Uuid::nil(),
            period,
            HousekeeperId::new(Uuid::nil()),
            community,
            None,
        )
    }

    fn shown(organisation: u8, residents: u8) -> Assessment {
        let step = |of: &Assessment, step, by| of.after(step, who(by), at(0)).unwrap();
        let one = step(
            &fresh(),
            AssessmentMove::Score(Judge::Organisation, organisation),
            1,
        );
        let two = step(&one, AssessmentMove::Score(Judge::Residents, residents), 2);
        step(&two, AssessmentMove::Show, 3)
    }

    #[test]
    fn a_quarter_survives_its_text_and_holds_its_days() {
        let quarter = Quarter::of("2026-11-29".parse().unwrap());
        assert_eq!(quarter.to_string(), "2026Q4");
        assert_eq!("2026q4".parse::<Quarter>().unwrap(), quarter);
        assert_eq!(
            "2026Q1".parse::<Quarter>().unwrap().previous().to_string(),
            "2025Q4"
        );
        for wrong in ["", "2026", "2026Q5", "Q1", "1999Q1", "2026Q-1"] {
            assert!(wrong.parse::<Quarter>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn two_judges_are_two_people_and_both_speak_before_the_keeper_is_told() {
        let one = fresh()
            .after(
                AssessmentMove::Score(Judge::Organisation, 88),
                who(1),
                at(0),
            )
            .unwrap();
        assert_eq!(
            one.after(AssessmentMove::Score(Judge::Residents, 90), who(1), at(0)),
            Err(AssessmentRefusal::SameJudge)
        );
        assert_eq!(
            one.after(AssessmentMove::Show, who(3), at(0)),
            Err(AssessmentRefusal::JudgeMissing(Judge::Residents))
        );
        assert_eq!(one.grade(), None);
        assert_eq!(shown(88, 92).grade(), Some(Grade::Excellent));
        assert_eq!(shown(88, 91).grade(), Some(Grade::Competent));
        assert_eq!(shown(59, 60).grade(), Some(Grade::Incompetent));
    }

    #[test]
    fn an_appeal_freezes_and_its_answer_frees() {
        let told = shown(70, 60);
        assert_eq!(
            told.after(AssessmentMove::Finish, who(3), at(6)),
            Err(AssessmentRefusal::TooSoon(at(7)))
        );
        assert_eq!(
            told.after(AssessmentMove::Finish, who(3), at(7))
                .unwrap()
                .state,
            AssessmentState::Final
        );
        let appealed = told
            .after(AssessmentMove::Appeal("少算一次".into()), who(9), at(1))
            .unwrap();
        assert_eq!(
            appealed.after(AssessmentMove::Finish, who(3), at(30)),
            Err(AssessmentRefusal::Appealed)
        );
        let answer = AssessmentMove::Answer {
            text: "已补记".into(),
            scores: vec![(Judge::Organisation, 80)],
        };
        let answered = appealed.after(answer, who(3), at(2)).unwrap();
        assert_eq!(
            (answered.state, answered.halves()),
            (AssessmentState::Shown, Some(140))
        );
        assert_eq!(
            answered.after(AssessmentMove::Appeal("再".into()), who(9), at(3)),
            Err(AssessmentRefusal::AppealedBefore)
        );
        let done = answered
            .after(AssessmentMove::Finish, who(3), at(2))
            .unwrap();
        assert!(
            done.after(AssessmentMove::Score(Judge::Residents, 1), who(2), at(3))
                .is_err()
        );
    }

    #[test]
    fn fewer_than_five_people_have_no_spread_and_no_median() {
        assert_eq!(spread(&[Grade::Competent; 4]), None);
        let five = spread(&[Grade::Competent; 5]).unwrap();
        assert_eq!(five.counts[1], (Grade::Competent, Some(5)));
        assert_eq!(median(vec![140, 150, 160, 170]), None);
        assert_eq!(median(vec![170, 140, 150, 160, 180]), Some(80.0));
        assert_eq!(median(vec![140, 150, 160, 170, 180, 190]), Some(82.5));
    }

    proptest! {
        /// A grade that a few have never comes out, not by subtraction either.
        #[test]
        fn no_spread_gives_a_few_away(grades in proptest::collection::vec(0usize..4, 0..60)) {
            let grades: Vec<Grade> = grades.into_iter().map(|n| Grade::ALL[n]).collect();
            if let Some(found) = spread(&grades) {
                for (grade, count) in found.counts {
                    let n = grades.iter().filter(|one| **one == grade).count() as u64;
                    prop_assert!(count.is_none_or(|count| count == n && (n == 0 || n >= SMALL)));
                }
            }
        }
    }
}
