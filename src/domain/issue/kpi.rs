//! The figures about issues (`domain.md` §5.4), each computed here and nowhere else.
//!
//! Not the heat (households are not known here). Invariant: an empty denominator gives no value, and what is
//! unknown is in no numerator and no denominator but counted beside.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::{Level, Source};
use crate::domain::text_enum::text_enum;

/// Days after a closing in which a reopening counts.
const REOPEN_DAYS: i64 = 30;

/// Returns from which an issue is a case of ping-pong.
const PING_PONG_FROM: u32 = 2;

text_enum! {
    /// A figure.
    pub enum KpiCode {
        /// Acknowledged in time.
        AcknowledgedOnTime => "acknowledged_on_time", "按时受理率";
        /// Issues that should be closed (a count).
        Due => "due", "应结案";
        /// Closed issues that were not due in the period (a count).
        ClosedOutsideDue => "closed_outside_due", "应结案之外的结案";
        /// Closed of those due.
        CloseRate => "close_rate", "结案率";
        /// Closed in time of those due.
        OnTimeCloseRate => "on_time_close_rate", "按期结案率";
        /// Inspections failed.
        ReworkRate => "rework_rate", "返工率";
        /// Reopened.
        ReopenRate => "reopen_rate", "重开率";
        /// Returns by dispatches.
        ReturnRate => "return_rate", "退回率";
        /// Issues returned twice or more (a count).
        PingPong => "ping_pong", "反复退回件数";
        /// Resolved inside the compound.
        Containment => "containment", "小事不出小区率";
        /// Resolved by the keeper alone.
        SelfSolved => "self_solved", "自行解决率";
        /// Resolved by the party meeting of the compound.
        MeetingSolved => "meeting_solved", "小区会议解决率";
        /// Items of meetings resolved.
        MeetingResolution => "meeting_resolution", "会议问题解决率";
        /// Hotline: the caller was answered.
        HotlineResponse => "hotline_response", "12345响应率";
        /// Hotline: the caller says it is resolved.
        HotlineResolution => "hotline_resolution", "12345解决率";
        /// Hotline: the caller is satisfied.
        HotlineSatisfaction => "hotline_satisfaction", "12345满意率";
        /// Satisfied of those who rated.
        Satisfaction => "satisfaction", "满意率";
        /// Closed issues that were rated.
        Rated => "rated", "评价率";
    }
}

impl KpiCode {
    /// Numerator and denominator in Chinese words.
    pub const fn formula_zh(self) -> &'static str {
        match self {
            Self::AcknowledgedOnTime => "时限内受理 ÷ 本期反馈且已受理或受理时限已到",
            Self::Due => "时限落在本期且截至时点已到，不含该时点缓办中的",
            Self::ClosedOutsideDue => "本期销号、但不在本期应结案内的件数",
            Self::CloseRate => "应结案中截至时点已销号 ÷ 应结案",
            Self::OnTimeCloseRate => "应结案中在各自时限内销号 ÷ 应结案（不是 ÷ 已结案）",
            Self::ReworkRate => "督查不通过次数 ÷ 督查次数（本期反映的问题）",
            Self::ReopenRate => "首次销号后30天内重开 ÷ 本期首次销号",
            Self::ReturnRate => "退回次数 ÷ 派单次数（本期反映的问题）",
            Self::PingPong => "本期反映的问题中退回两次及以上的件数",
            Self::Containment => "在小区及以下解决 ÷ 本期销号且解决层级已知",
            Self::SelfSolved => "小管家自行解决 ÷ 本期销号且解决层级已知",
            Self::MeetingSolved => "小区党组织会议解决 ÷ 本期销号且解决层级已知",
            Self::MeetingResolution => "截至时点已销号 ÷ 本期会议提出",
            Self::HotlineResponse => "已响应 ÷ 本期热线件中已知是否响应的",
            Self::HotlineResolution => "反映人认为已解决 ÷ 本期热线件中有回访结果的",
            Self::HotlineSatisfaction => "反映人满意 ÷ 本期热线件中有评价的",
            Self::Satisfaction => "满意 ÷ 本期销号且有评价的",
            Self::Rated => "有评价 ÷ 本期销号",
        }
    }

    /// The same in English.
    pub const fn formula_en(self) -> &'static str {
        match self {
            Self::AcknowledgedOnTime => {
                "acknowledged within the limit ÷ reported in the period and acknowledged, or their limit over"
            }
            Self::Due => {
                "issues whose limit falls in the period and is over at the as-of time, without those deferred then"
            }
            Self::ClosedOutsideDue => "issues closed in the period that are not among those due",
            Self::CloseRate => "those due that are closed at the as-of time ÷ due",
            Self::OnTimeCloseRate => {
                "those due that were closed by their own limit ÷ due (not ÷ closed)"
            }
            Self::ReworkRate => "inspections failed ÷ inspections (issues of the period)",
            Self::ReopenRate => {
                "reopened within 30 days of the first closing ÷ first closed in the period"
            }
            Self::ReturnRate => "returns ÷ dispatches (issues of the period)",
            Self::PingPong => "issues of the period with two returns or more",
            Self::Containment => {
                "resolved inside the compound ÷ closed in the period with a known level"
            }
            Self::SelfSolved => {
                "resolved by the keeper alone ÷ closed in the period with a known level"
            }
            Self::MeetingSolved => {
                "resolved by the compound's party meeting ÷ closed in the period with a known level"
            }
            Self::MeetingResolution => {
                "closed at the as-of time ÷ raised by meetings in the period"
            }
            Self::HotlineResponse => {
                "answered ÷ hotline issues of the period for which that is known"
            }
            Self::HotlineResolution => {
                "resolved, says the caller ÷ hotline issues of the period with a call back"
            }
            Self::HotlineSatisfaction => "satisfied ÷ hotline issues of the period that were rated",
            Self::Satisfaction => "satisfied ÷ closed in the period and rated",
            Self::Rated => "rated ÷ closed in the period",
        }
    }
}

/// A period: from (included) until (not included).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Begin.
    pub from: DateTime<Utc>,
    /// End.
    pub until: DateTime<Utc>,
}

impl Period {
    /// Whether an instant lies in it.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }
}

/// What the figures need to know of one issue, as it was at the as-of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueFacts {
    /// When it came.
    pub reported: DateTime<Utc>,
    /// By which way.
    pub source: Source,
    /// Until when it must be acknowledged.
    pub ack_due: Option<DateTime<Utc>>,
    /// When it was acknowledged.
    pub acknowledged: Option<DateTime<Utc>>,
    /// Until when it must be closed.
    pub due: Option<DateTime<Utc>>,
    /// Whether it was put off at the as-of time.
    pub deferred: bool,
    /// When it was closed; `None` while it is open.
    pub closed: Option<DateTime<Utc>>,
    /// Whether it was closed in time, where another system says so without saying the time.
    pub closed_within_limit: Option<bool>,
    /// When it was closed for the first time, even if it is open again.
    pub first_closed: Option<DateTime<Utc>>,
    /// When it was reopened for the first time.
    pub reopened: Option<DateTime<Utc>>,
    /// At which level it was resolved.
    pub level: Option<Level>,
    /// Dispatches.
    pub dispatches: u32,
    /// Returns.
    pub returns: u32,
    /// Inspections.
    pub inspections: u32,
    /// Inspections failed.
    pub reworks: u32,
    /// Whether the reporter was answered.
    pub responded: Option<bool>,
    /// Whether it is resolved, says the reporter.
    pub resolved: Option<bool>,
    /// Whether the reporter is satisfied.
    pub satisfied: Option<bool>,
}

impl IssueFacts {
    /// An issue of which nothing more is known.
    pub const fn new(reported: DateTime<Utc>, source: Source) -> Self {
        Self {
            reported,
            source,
            ack_due: None,
            acknowledged: None,
            due: None,
            deferred: false,
            closed: None,
            closed_within_limit: None,
            first_closed: None,
            reopened: None,
            level: None,
            dispatches: 0,
            returns: 0,
            inspections: 0,
            reworks: 0,
            responded: None,
            resolved: None,
            satisfied: None,
        }
    }
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kpi {
    /// Which.
    pub code: KpiCode,
    /// Numerator, or the count itself.
    pub numerator: u64,
    /// Denominator; `None` for a count.
    pub denominator: Option<u64>,
    /// The ratio from 0 to 1, or the count; `None` ("—") for an empty denominator.
    pub value: Option<f64>,
    /// Issues that were looked at.
    pub n: u64,
    /// Issues of these about which too little is known, or too early.
    pub unknown: u64,
    /// Formula, Chinese.
    pub formula_zh: &'static str,
    /// Formula, English.
    pub formula_en: &'static str,
}

/// A fraction that is being added up.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    numerator: u64,
    denominator: u64,
    n: u64,
    unknown: u64,
}

impl Tally {
    /// One issue; `None` when it cannot be said.
    fn add(&mut self, hit: Option<bool>) {
        match hit {
            Some(hit) => self.add_counts(u64::from(hit), 1),
            None => {
                self.n += 1;
                self.unknown += 1;
            }
        }
    }

    /// One issue with counts of its own.
    fn add_counts(&mut self, numerator: u64, denominator: u64) {
        self.n += 1;
        self.numerator += numerator;
        self.denominator += denominator;
    }

    fn ratio(self, code: KpiCode) -> Kpi {
        let value = self.numerator as f64 / self.denominator as f64;
        self.kpi(
            code,
            Some(self.denominator),
            (self.denominator > 0).then_some(value),
        )
    }

    fn count(self, code: KpiCode) -> Kpi {
        self.kpi(code, None, Some(self.numerator as f64))
    }

    const fn kpi(self, code: KpiCode, denominator: Option<u64>, value: Option<f64>) -> Kpi {
        Kpi {
            code,
            numerator: self.numerator,
            denominator,
            value,
            n: self.n,
            unknown: self.unknown,
            formula_zh: code.formula_zh(),
            formula_en: code.formula_en(),
        }
    }
}

/// All figures of a period at once, in the order of [`KpiCode::ALL`], of issues as they are at `as_of`. What came after
/// `as_of` does not count.
pub fn kpis(
    facts: impl IntoIterator<Item = IssueFacts>,
    period: Period,
    as_of: DateTime<Utc>,
) -> Vec<Kpi> {
    let mut tallies = vec![Tally::default(); KpiCode::ALL.len()];
    let mut tally = |code: KpiCode, add: &dyn Fn(&mut Tally)| add(&mut tallies[code as usize]);
    for facts in facts {
        let past = |at: Option<DateTime<Utc>>| at.filter(|at| *at <= as_of);
        if facts.reported > as_of {
            continue;
        }
        let closed = past(facts.closed);
        let closed_here = closed.filter(|at| period.contains(*at));
        add_due(&facts, closed, closed_here, period, as_of, &mut tally);
        if period.contains(facts.reported) {
            add_reported(&facts, closed, as_of, &mut tally);
        }
        if let Some(first) =
            past(facts.first_closed.or(facts.closed)).filter(|at| period.contains(*at))
        {
            let soon = |at: DateTime<Utc>| at <= first + Duration::days(REOPEN_DAYS);
            let again = past(facts.reopened).is_some_and(soon);
            tally(KpiCode::ReopenRate, &|t| t.add(Some(again)));
        }
        if closed_here.is_some() {
            let level = |hit: fn(Level) -> bool| facts.level.map(hit);
            tally(KpiCode::Containment, &|t| {
                t.add(level(Level::within_compound));
            });
            tally(KpiCode::SelfSolved, &|t| t.add(level(|l| l == Level::Own)));
            tally(KpiCode::MeetingSolved, &|t| {
                t.add(level(|l| l == Level::CompoundMeeting));
            });
            tally(KpiCode::Satisfaction, &|t| t.add(facts.satisfied));
            tally(KpiCode::Rated, &|t| t.add(Some(facts.satisfied.is_some())));
        }
    }
    let figure = |(code, tally): (&KpiCode, Tally)| match code {
        KpiCode::Due | KpiCode::ClosedOutsideDue | KpiCode::PingPong => tally.count(*code),
        _ => tally.ratio(*code),
    };
    KpiCode::ALL.iter().zip(tallies).map(figure).collect()
}

type Add<'a> = &'a mut dyn FnMut(KpiCode, &dyn Fn(&mut Tally));

fn add_due(
    facts: &IssueFacts,
    closed: Option<DateTime<Utc>>,
    closed_here: Option<DateTime<Utc>>,
    period: Period,
    as_of: DateTime<Utc>,
    tally: Add<'_>,
) {
    let due_here = facts
        .due
        .filter(|due| period.contains(*due) && *due <= as_of);
    let put_off = facts.deferred && closed.is_none();
    let Some(due) = due_here.filter(|_| !put_off) else {
        if closed_here.is_some() {
            tally(KpiCode::ClosedOutsideDue, &|t| t.add(Some(true)));
        }
        return;
    };
    let on_time = |at| facts.closed_within_limit.unwrap_or(at <= due);
    tally(KpiCode::Due, &|t| t.add(Some(true)));
    tally(KpiCode::CloseRate, &|t| t.add(Some(closed.is_some())));
    tally(KpiCode::OnTimeCloseRate, &|t| {
        t.add(Some(closed.is_some_and(on_time)));
    });
}

fn add_reported(
    facts: &IssueFacts,
    closed: Option<DateTime<Utc>>,
    as_of: DateTime<Utc>,
    tally: Add<'_>,
) {
    let acknowledged = facts.acknowledged.filter(|at| *at <= as_of);
    let in_time = match (facts.ack_due, acknowledged) {
        (Some(due), Some(at)) => Some(at <= due),
        (Some(due), None) if due < as_of => Some(false),
        _ => None,
    };
    tally(KpiCode::AcknowledgedOnTime, &|t| t.add(in_time));
    tally(KpiCode::ReworkRate, &|t| {
        t.add_counts(facts.reworks.into(), facts.inspections.into());
    });
    tally(KpiCode::ReturnRate, &|t| {
        t.add_counts(facts.returns.into(), facts.dispatches.into());
    });
    let ping_pong = facts.returns >= PING_PONG_FROM;
    tally(KpiCode::PingPong, &|t| t.add(Some(ping_pong)));
    match facts.source {
        Source::Meeting => tally(KpiCode::MeetingResolution, &|t| {
            t.add(Some(closed.is_some()));
        }),
        Source::Hotline => {
            tally(KpiCode::HotlineResponse, &|t| t.add(facts.responded));
            tally(KpiCode::HotlineResolution, &|t| t.add(facts.resolved));
            tally(KpiCode::HotlineSatisfaction, &|t| t.add(facts.satisfied));
        }
        _ => {}
    }
}
