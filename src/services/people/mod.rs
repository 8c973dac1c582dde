//! People as use cases: the roster, organisations of compounds, recruitment, assessments.
//!
//! Not their private fields (`contacts.rs`) and not their areas (`planning`). Invariant: a row about somebody is shown
//! only where the table of rights covers that very person; what is outside does not exist, a wrong role is told so.

mod appointing;
mod assessments;
mod changing;
mod export;
mod groups;
mod naming;
mod organisations;
mod photos;
mod recruitment;
mod recruitment_views;
mod roster;

pub use assessments::{
    AssessmentAct, AssessmentFiguresView, AssessmentView, AssessmentsView, NewScore, SpreadView,
    StreetFigures,
};
pub use changing::AppointmentAct;
pub use export::people_key;
pub use groups::{NewMentorGroup, NewTraining};
pub use organisations::{NewOrganisation, OrganisationView, TriadView, TriadsView, WordView};
pub use photos::KeeperPhotoView;
pub use recruitment::{Decide, NewCase, Prepare};
pub use recruitment_views::{
    CaseView, CasesView, FindingView, FunnelCommunity, FunnelStep, FunnelView, StepView,
};
pub use roster::{
    AppointmentView, AreaChoice, CoverView, KeeperCardView, KeeperRowView, KitNeedView, KitView,
    LeaveView, MentorGroupView, RosterNeeds, RosterQuery, RosterView, TrainingView, VacancyView,
};

use super::accounts::Asker;
use super::error::{Error, Result};
use super::picture::Picture;
use crate::domain::access::{Action, Object, Place, Scope, Verdict};
use crate::domain::{Appointment, CompoundId, Housekeeper, HousekeeperId, NewEvent, RegionCode};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// Longest name of a person or organisation, in characters.
const MAX_NAME: usize = 40;
/// Longest note, in characters.
const MAX_NOTE: usize = 200;
/// Days around today in which something can be entered.
const ENTRY_DAYS: i64 = 10 * 366;

/// Whether somebody may do something to a person's rows: a right to one's own counts for oneself alone.
fn verdict(asker: &Asker, object: Object, action: Action, place: &Place) -> Verdict {
    let mut inside = false;
    for grant in asker
        .grants
        .iter()
        .filter(|grant| grant.scope.covers(place))
    {
        let rights = crate::domain::access::rights(grant.role, object);
        let reaches = !rights.own_only() || matches!(grant.scope, Scope::Keeper(_));
        if reaches && rights.allows(action) {
            return Verdict::Allowed;
        }
        // A role that has nothing to do with the object does not know that the thing is there.
        inside |= reaches && rights.allows(Action::Read);
    }
    if inside {
        Verdict::WrongRole
    } else {
        Verdict::OutOfScope
    }
}

fn sees(asker: &Asker, object: Object, place: &Place) -> bool {
    verdict(asker, object, Action::Read, place) == Verdict::Allowed
}

fn require(asker: &Asker, object: Object, action: Action, place: &Place, what: &str) -> Result<()> {
    match verdict(asker, object, action, place) {
        Verdict::Allowed => Ok(()),
        Verdict::OutOfScope => Err(Error::NotFound(what.to_owned())),
        Verdict::WrongRole => Err(asker.wrong_role(object, action)),
    }
}

/// Whether somebody is this keeper.
fn is_self(asker: &Asker, keeper: HousekeeperId) -> bool {
    let own = Scope::Keeper(keeper);
    asker.grants.iter().any(|grant| grant.scope == own)
}

/// Posts by person, oldest first.
fn posts_by_keeper(picture: &Picture) -> HashMap<HousekeeperId, Vec<&Appointment>> {
    let mut all: HashMap<HousekeeperId, Vec<&Appointment>> = HashMap::new();
    for one in &picture.appointments {
        all.entry(one.housekeeper).or_default().push(one);
    }
    for posts in all.values_mut() {
        posts.sort_by_key(|one| (one.start, one.id));
    }
    all
}

/// The post that tells where somebody is: the one they hold, else the last.
fn leading<'a>(posts: &[&'a Appointment], today: NaiveDate) -> Option<&'a Appointment> {
    let active = posts.iter().rev().find(|post| post.active_on(today));
    active.or_else(|| posts.last()).copied()
}

/// Where a person's rows lie: in their community, at the compound of their post, and with nobody but themselves.
fn place_of(picture: &Picture, keeper: &Housekeeper, post: Option<&Appointment>) -> Place {
    let compound = post.and_then(|post| picture.compound_index(post.compound?));
    Place {
        region: Some(keeper.community),
        keepers: vec![keeper.id],
        ..compound.map_or_else(Place::default, |at| picture.place_of_compound(at))
    }
}

/// A keeper, where their rows lie, and their name in errors.
fn keeper_at(picture: &Picture, id: Uuid) -> Result<(&Housekeeper, Place, String)> {
    let what = format!("housekeeper {id}");
    let keeper = picture
        .housekeepers
        .iter()
        .find(|keeper| keeper.id.uuid() == id)
        .ok_or_else(|| Error::NotFound(what.clone()))?;
    let posts = posts_by_keeper(picture);
    let post = posts
        .get(&keeper.id)
        .and_then(|posts| leading(posts, picture.today));
    let place = place_of(picture, keeper, post);
    Ok((keeper, place, what))
}

/// A compound as a place where nobody is at home.
fn place_of_compound(picture: &Picture, id: CompoundId) -> Option<Place> {
    let mut place = picture.place_of_compound(picture.compound_index(id)?);
    place.keepers.clear();
    Some(place)
}

/// A region that a question names; unknown ones do not exist.
fn region_asked(picture: &Picture, code: Option<&str>) -> Result<Option<RegionCode>> {
    let Some(text) = code.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let missing = || Error::NotFound(format!("region {text}"));
    let code: RegionCode = text.parse().map_err(|_no_code| missing())?;
    picture.region(code).map(|_| Some(code)).ok_or_else(missing)
}

/// Text that people type: trimmed, of a length, without control characters.
fn text(value: &str, field: &str, zh: &str, most: usize, least: usize) -> Result<String> {
    let value = value.trim();
    let n = value.chars().count();
    if (least..=most).contains(&n) && !value.chars().any(char::is_control) {
        return Ok(value.to_owned());
    }
    Err(Error::invalid(
        "text_invalid",
        format!("“{zh}”须为 {least} 至 {most} 字，不含换行等控制字符"),
        format!("{field}: {least} to {most} characters, without control characters"),
    ))
}

/// A day that somebody enters: not ages away.
fn day(value: NaiveDate, today: NaiveDate, zh: &str) -> Result<NaiveDate> {
    if (value - today).num_days().abs() <= ENTRY_DAYS {
        return Ok(value);
    }
    Err(Error::invalid(
        "day_invalid",
        format!("{zh}“{value}”离今天太远，请核对年份"),
        format!("{value} is too far from today; check the year"),
    ))
}

/// A time that ends before it begins.
fn in_order(from: NaiveDate, to: Option<NaiveDate>) -> Result<()> {
    if to.is_none_or(|to| from <= to) {
        return Ok(());
    }
    Err(Error::invalid(
        "days_out_of_order",
        "结束日期早于开始日期",
        "the last day comes before the first",
    ))
}

/// An event of the feed: what it is about, without words about somebody.
fn event(asker: &Asker, at: DateTime<Utc>, district: i32, kind: &str, subject: String) -> NewEvent {
    NewEvent {
        district_code: district,
        at,
        actor: asker.actor.id.to_string(),
        kind: kind.to_owned(),
        subject,
        payload: serde_json::json!({}),
    }
}

fn missing(what: &str, id: Uuid) -> Error {
    Error::NotFound(format!("{what} {id}"))
}
