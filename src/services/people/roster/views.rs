//! What the roster shows.
//!
//! Shapes alone, no rule. Invariant: no private number, no day of birth, no rank.

use super::super::photos::KeeperPhotoView;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The roster.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterView {
    /// When.
    pub as_of: DateTime<Utc>,
    /// Day of the figures.
    pub today: NaiveDate,
    /// Data version.
    pub data_version: u64,
    /// Name of the region asked for; empty for everything in one's scope.
    pub scope: String,
    /// People that fit.
    pub total: u64,
    /// Of all in scope: full-time in post.
    pub in_post: u64,
    /// Part-time in post.
    pub part_time: u64,
    /// On leave today.
    pub on_leave: u64,
    /// Compounds that are short; absent for who is not told staffing figures.
    pub vacancies: Option<Vec<VacancyView>>,
    /// What is to be done: kit, training, mentors; absent for who reads only themselves.
    pub needs: Option<RosterNeeds>,
    /// By community, compound and name.
    pub items: Vec<KeeperRowView>,
    /// Where the next page begins.
    pub next: Option<u64>,
}

/// A compound that is short of keepers.
#[derive(Debug, Serialize, ToSchema)]
pub struct VacancyView {
    /// Compound.
    pub compound: Uuid,
    /// Its name.
    pub name: String,
    /// Community.
    pub community_name: String,
    /// Households; absent when not known.
    pub households: Option<u32>,
    /// Required.
    pub required: u32,
    /// Full-time in post.
    pub in_post: u32,
    /// Missing.
    pub short: u32,
    /// Who covers meanwhile.
    pub covered_by: Vec<CoverView>,
    /// Open recruitment cases.
    pub recruiting: u32,
}

/// Who covers where, why and how long.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverView {
    /// Identity.
    pub id: Uuid,
    /// Name of whoever covers.
    pub name: String,
    /// Appointment of whoever covers.
    pub appointment: Uuid,
    /// The compound that is covered.
    pub compound: Uuid,
    /// Its name.
    pub compound_name: String,
    /// vacancy, leave or load.
    pub reason: String,
    /// In Chinese.
    pub reason_zh: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: Option<NaiveDate>,
}

/// Days off.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeaveView {
    /// Identity.
    pub id: Uuid,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// One kind of kit.
#[derive(Debug, Serialize, ToSchema)]
pub struct KitNeedView {
    /// Word.
    pub item: String,
    /// In Chinese.
    pub item_zh: String,
    /// Posts, one piece each.
    pub posts: u32,
    /// Posts whose holder has one.
    pub out: u32,
    /// Pieces that leavers still have.
    pub unreturned: u32,
    /// To order.
    pub order: u32,
}

/// What is to be done for the roster in sight.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterNeeds {
    /// Required posts that kit is counted for: those of the policy, or those in post where it is not told.
    pub posts: u32,
    /// Kit by item.
    pub kit: Vec<KitNeedView>,
    /// Pieces to order in all.
    pub order: u32,
    /// Full-time keepers who came to no training since they were appointed.
    pub untrained: u32,
    /// Keepers in their first 90 days without a mentor.
    pub unmentored: u32,
    /// Communities for which no training was held, their own or their street's.
    pub communities_without_training: Vec<String>,
}

/// A keeper in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeeperRowView {
    /// Housekeeper.
    pub id: Uuid,
    /// The post that tells where.
    pub appointment: Option<Uuid>,
    /// Name.
    pub name: String,
    /// Community code.
    pub community: String,
    /// Its name.
    pub community_name: String,
    /// Compound.
    pub compound: Option<Uuid>,
    /// Its name.
    pub compound_name: Option<String>,
    /// full_time or part_time.
    pub kind: Option<String>,
    /// Category of part-time keepers.
    pub category: Option<String>,
    /// In Chinese.
    pub category_zh: Option<String>,
    /// Whether in post today.
    pub in_post: bool,
    /// First day.
    pub start: Option<NaiveDate>,
    /// Last day.
    pub end: Option<NaiveDate>,
    /// Why it ended, in Chinese.
    pub end_reason_zh: Option<String>,
    /// Last day of the term.
    pub term_end: Option<NaiveDate>,
    /// The term is over and nobody said what follows.
    pub term_over: bool,
    /// Duty number, masked.
    pub duty_phone: Option<String>,
    /// Area of the plan in force.
    pub area: Option<Uuid>,
    /// Its number.
    pub area_label: Option<String>,
    /// Households of the area for each of those who serve it; absent when not told.
    pub households: Option<u32>,
    /// Households that the keeper can look after.
    pub capacity: u32,
    /// Households against capacity, in basis points.
    pub load_bp: Option<u32>,
    /// Leave of today.
    pub leave: Option<LeaveView>,
    /// What the keeper covers today.
    pub covers: Vec<CoverView>,
    /// Who covers for the keeper today.
    pub covered_by: Vec<CoverView>,
    /// Came to a training since the appointment began.
    pub trained: bool,
    /// Kinds of kit that are out.
    pub kit: u32,
    /// Kinds of kit that there are.
    pub kit_of: u32,
    /// The mentor, if there is one.
    pub mentor: Option<String>,
    /// New and without a mentor.
    pub needs_mentor: bool,
    /// Whether it is oneself.
    pub own: bool,
    /// Whether the asker may change the entry.
    pub may_change: bool,
}

/// Kit that was handed out.
#[derive(Debug, Serialize, ToSchema)]
pub struct KitView {
    /// Identity.
    pub id: Uuid,
    /// Word.
    pub item: String,
    /// In Chinese.
    pub item_zh: String,
    /// How many.
    pub quantity: u32,
    /// When.
    pub issued: NaiveDate,
    /// When it came back.
    pub returned: Option<NaiveDate>,
}

/// A training.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrainingView {
    /// Identity.
    pub id: Uuid,
    /// What.
    pub title: String,
    /// For which region.
    pub region_name: String,
    /// When.
    pub held: NaiveDate,
    /// How many came.
    pub attended: u32,
}

/// A mentoring group.
#[derive(Debug, Serialize, ToSchema)]
pub struct MentorGroupView {
    /// Identity.
    pub id: Uuid,
    /// Who takes along.
    pub mentor: String,
    /// Whom.
    pub members: Vec<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: Option<NaiveDate>,
}

/// One appointment of a person's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppointmentView {
    /// Identity.
    pub id: Uuid,
    /// Compound.
    pub compound_name: Option<String>,
    /// full_time or part_time.
    pub kind: String,
    /// Category, in Chinese.
    pub category_zh: Option<String>,
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: Option<NaiveDate>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// In Chinese.
    pub end_reason_zh: Option<String>,
    /// Last day of the term.
    pub term_end: Option<NaiveDate>,
    /// Capacity in households, where one was agreed.
    pub capacity: Option<u32>,
}

/// A person's card for who keeps the roster.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeeperCardView {
    /// As in the list.
    pub row: KeeperRowView,
    /// Day of consent to be named on doors.
    pub consent: Option<NaiveDate>,
    /// The photo; absent without the consent of its own.
    pub photo: Option<KeeperPhotoView>,
    /// Where the person lives, where known.
    pub residence: Option<String>,
    /// Whether that is in the compound served.
    pub lives_there: Option<bool>,
    /// Every appointment, newest first.
    pub history: Vec<AppointmentView>,
    /// Leave, newest first.
    pub leaves: Vec<LeaveView>,
    /// What the person covered, newest first.
    pub covers: Vec<CoverView>,
    /// Kit, newest first.
    pub kit: Vec<KitView>,
    /// Trainings that the person came to.
    pub trainings: Vec<TrainingView>,
    /// Mentoring groups that the person leads or belongs to.
    pub groups: Vec<MentorGroupView>,
    /// Areas that the person can be given: those of the community in the plan in force.
    pub areas: Vec<AreaChoice>,
}

/// An area to choose.
#[derive(Debug, Serialize, ToSchema)]
pub struct AreaChoice {
    /// Identity.
    pub id: Uuid,
    /// Number.
    pub label: String,
    /// Name.
    pub name: String,
    /// Who serves it.
    pub filled: u32,
    /// How many it needs.
    pub seats: u32,
}
