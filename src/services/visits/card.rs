//! The card of three numbers (三个数据一口清): households, priority and hardship households, visits by day, week, month.
//!
//! With it the buildings of the keeper and how long nobody was there. Invariant: all of it is of the plan in force, so
//! it changes when a plan comes into force and not before.

use super::reach::{KeeperReach, in_force, places_of_keeper, wholly};
use crate::domain::access::{Action, Object};
use crate::domain::visit::{Compliance, Entry, Periods, TierCounts, largest_reached, median};
use crate::domain::{BuildingId, HousekeeperId};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Result;
use crate::services::picture::Picture;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Fewest areas whose median is told.
const LEAST_OF_MEDIAN: usize = 5;

/// The plan that a card is of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanOfCard {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Version.
    pub version: i64,
    /// Since when it is in force.
    pub effective_at: Option<DateTime<Utc>>,
}

/// An area of a card.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaOfCard {
    /// Identity.
    pub id: Uuid,
    /// Number as the map shows it: `07`.
    pub label: String,
    /// Name.
    pub name: String,
    /// Colour index.
    pub colour: u8,
    /// The plan that it belongs to.
    pub plan: PlanOfCard,
}

/// Frequency compliance: requirements met out of requirements, in basis points; absent where none is required.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComplianceView {
    /// The month, by its first day.
    pub month: NaiveDate,
    /// Of daily requirements.
    pub daily_bp: Option<u32>,
    /// Of weekly ones.
    pub weekly_bp: Option<u32>,
    /// Of monthly ones.
    pub monthly_bp: Option<u32>,
    /// Mean of the tiers.
    pub mean_bp: Option<u32>,
    /// Requirements.
    pub n: u64,
    /// The median of the areas of the street; absent for fewer than five.
    pub median_bp: Option<u32>,
    /// Areas that the median is of.
    pub median_of: usize,
}

/// A building of a card.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BuildingOfCard {
    /// Identity.
    pub id: Uuid,
    /// Name within its compound.
    pub name: String,
    /// Name of the compound.
    pub compound_name: String,
    /// Households; absent when nobody counted.
    pub households: Option<u32>,
    /// Whether they are an estimate.
    pub estimated: bool,
    /// Priority households; absent when nobody noted.
    pub priority: Option<u32>,
    /// Hardship households; absent when nobody noted.
    pub hardship: Option<u32>,
    /// Households to be visited daily, weekly, monthly; absent when nobody noted.
    #[schema(value_type = Option<Object>)]
    pub tiers: Option<TierCounts>,
    /// Day of the last visit; absent when none is known.
    pub last: Option<NaiveDate>,
    /// Days since; absent when none is known.
    pub days: Option<i64>,
    /// Households reached this month, at least.
    pub reached: u32,
    /// Not of the own area: covered for somebody.
    pub covered: bool,
}

/// The card of a keeper.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CardView {
    /// The keeper.
    pub keeper: Uuid,
    /// Name.
    pub name: String,
    /// Whether it is the asker's own.
    pub own: bool,
    /// When the answer was made.
    pub as_of: DateTime<Utc>,
    /// Local day.
    pub today: NaiveDate,
    /// Own areas in the plan in force; none while there is none.
    pub areas: Vec<AreaOfCard>,
    /// First number: households of the own areas; absent when no building was counted.
    pub households: Option<u64>,
    /// Households of these that are estimates.
    pub estimated: u64,
    /// Buildings whose households nobody counted.
    pub unknown_buildings: usize,
    /// Second number: priority households; absent when nobody noted any building.
    pub priority: Option<u64>,
    /// Hardship households.
    pub hardship: Option<u64>,
    /// Households to be visited daily, weekly, monthly.
    #[schema(value_type = Option<Object>)]
    pub tiers: Option<TierCounts>,
    /// Household visits that these ask for in a month of 22 working days: the load as work, beside the households.
    pub required_visits: Option<u64>,
    /// Third number: visits to the own areas today …
    pub visits_today: usize,
    /// … this week, from Monday …
    pub visits_week: usize,
    /// … and this month.
    pub visits_month: usize,
    /// Households of the own areas reached this month, at least.
    pub reached: u64,
    /// Compliance of the last month that is over.
    pub compliance: ComplianceView,
    /// Own and covered buildings, by name.
    pub buildings: Vec<BuildingOfCard>,
}

/// A keeper that a secretary may write for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeeperChoice {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Areas: `07`.
    pub areas: Vec<String>,
    /// Compounds of the appointments.
    pub compounds: Vec<String>,
}

impl Services {
    /// The card of a keeper: one's own, or of one in a secretary's scope.
    ///
    /// # Errors
    /// `NotFound` for a keeper out of scope; `Invalid` when none is named and there is no own.
    pub fn visit_card(&self, asker: &Asker, keeper: Option<Uuid>) -> Result<CardView> {
        let (picture, now) = (self.picture(), self.now());
        let asked = keeper.map(HousekeeperId::new);
        let (keeper, own) = Self::keeper_asked(asker, &picture, asked, Action::Read)?;
        let reach = KeeperReach::of(&picture, keeper, now);
        let today = self.today(now);
        let month = (today.with_day(1).unwrap_or(today), today);
        let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
        let (ledger, tiers) = (self.visits().ledger(), self.visits().tiers());
        let mut card = CardView {
            keeper: keeper.id.uuid(),
            name: keeper.name.clone(),
            own,
            as_of: now,
            today,
            areas: reach
                .areas
                .iter()
                .map(|(plan, at)| AreaOfCard {
                    id: plan.areas[*at].id.uuid(),
                    label: plan.areas[*at].label(),
                    name: plan.areas[*at].name.clone(),
                    colour: plan.areas[*at].colour,
                    plan: PlanOfCard {
                        id: plan.plan.id.uuid(),
                        name: plan.plan.name.clone(),
                        version: plan.plan.version,
                        effective_at: plan.plan.effective_at,
                    },
                })
                .collect(),
            households: None,
            estimated: 0,
            unknown_buildings: 0,
            priority: None,
            hardship: None,
            tiers: None,
            required_visits: None,
            visits_today: 0,
            visits_week: 0,
            visits_month: 0,
            reached: 0,
            compliance: self.compliance_of(&picture, &reach),
            buildings: Vec::new(),
        };
        for &row in reach.own.iter().chain(&reach.covered) {
            let building = &picture.buildings[row];
            let covered = reach.covered.contains(&row);
            let visits = ledger.visits(building.id);
            let noted = tiers.get(&building.id);
            let largest = largest_reached(visits, month.0, month.1);
            let reached = building
                .households
                .count
                .map_or(largest, |all| largest.min(all));
            let last = visits.last().map(|entry| entry.day);
            if !covered {
                let since = |from: NaiveDate| count_since(visits, from, today);
                card.visits_today += since(today);
                card.visits_week += since(monday);
                card.visits_month += since(month.0);
                card.reached += u64::from(reached);
                match building.households.count {
                    Some(count) => {
                        *card.households.get_or_insert(0) += u64::from(count);
                        card.estimated +=
                            u64::from(count) * u64::from(building.households.estimated);
                    }
                    None => card.unknown_buildings += 1,
                }
                if let Some(noted) = noted {
                    *card.priority.get_or_insert(0) += u64::from(noted.priority);
                    *card.hardship.get_or_insert(0) += u64::from(noted.hardship);
                    let sum = card.tiers.get_or_insert_with(TierCounts::default);
                    sum.daily += noted.tiers.daily;
                    sum.weekly += noted.tiers.weekly;
                    sum.monthly += noted.tiers.monthly;
                }
            }
            card.buildings.push(BuildingOfCard {
                id: building.id.uuid(),
                name: building.name.clone().unwrap_or_default(),
                compound_name: building
                    .compound
                    .map_or_else(String::new, |id| picture.compound_name(id).to_owned()),
                households: building.households.count,
                estimated: building.households.estimated,
                priority: noted.map(|row| row.priority),
                hardship: noted.map(|row| row.hardship),
                tiers: noted.map(|row| row.tiers),
                last,
                days: last.map(|day| (today - day).num_days().max(0)),
                reached,
                covered,
            });
        }
        card.required_visits = card.tiers.map(TierCounts::visits_a_month);
        card.buildings
            .sort_by_key(|one| (one.compound_name.clone(), number_first(&one.name)));
        Ok(card)
    }

    /// Keepers that a secretary may write for, by name.
    pub fn visit_keepers(&self, asker: &Asker) -> Vec<KeeperChoice> {
        let (picture, now) = (self.picture(), self.now());
        let mut choices: Vec<KeeperChoice> = picture
            .housekeepers
            .iter()
            .filter(|keeper| {
                let places = places_of_keeper(&picture, keeper);
                // The community of a keeper is the last of the places; who is not appointed is no choice.
                places.len() > 1
                    && places
                        .iter()
                        .any(|place| wholly(asker, Object::Visits, Action::Create, place))
            })
            .map(|keeper| {
                let reach = KeeperReach::of(&picture, keeper, now);
                let posts = picture
                    .appointments
                    .iter()
                    .filter(|one| one.housekeeper == keeper.id && one.active_on(picture.today));
                KeeperChoice {
                    id: keeper.id.uuid(),
                    name: keeper.name.clone(),
                    areas: reach
                        .areas
                        .iter()
                        .map(|(plan, at)| plan.areas[*at].label())
                        .collect(),
                    compounds: posts
                        .filter_map(|one| one.compound)
                        .map(|id| picture.compound_name(id).to_owned())
                        .collect(),
                }
            })
            .collect();
        choices.sort_by(|a, b| a.name.cmp(&b.name));
        choices
    }

    /// Compliance of the own areas in the last month that is over, beside the median of the street's areas.
    fn compliance_of(&self, picture: &Picture, reach: &KeeperReach<'_>) -> ComplianceView {
        let now = self.now();
        let today = self.today(now);
        let month = last_month(today);
        let periods = Periods::of_month(month, today, &self.issues().catalog().calendar);
        let (ledger, tiers) = (self.visits().ledger(), self.visits().tiers());
        let add = |of: &mut Compliance, id: BuildingId| {
            if let Some(row) = tiers.get(&id) {
                of.add(row.tiers, ledger.visits(id), &periods);
            }
        };
        let mut own = Compliance::default();
        for &row in &reach.own {
            add(&mut own, picture.buildings[row].id);
        }
        let street = reach.areas.first().map(|(plan, _)| plan.plan.street);
        let mut means = Vec::new();
        for plan in in_force(picture, now).filter(|plan| Some(plan.plan.street) == street) {
            let mut areas = vec![Compliance::default(); plan.areas.len()];
            for (row, area) in plan.area_of_building.iter() {
                if let Some(of) = areas.get_mut(area as usize) {
                    add(of, picture.buildings[row].id);
                }
            }
            means.extend(areas.iter().filter_map(Compliance::mean_bp));
        }
        let median_of = means.len();
        ComplianceView {
            month,
            daily_bp: own.daily.bp(),
            weekly_bp: own.weekly.bp(),
            monthly_bp: own.monthly.bp(),
            mean_bp: own.mean_bp(),
            n: own.daily.required + own.weekly.required + own.monthly.required,
            median_bp: median(means, LEAST_OF_MEDIAN),
            median_of,
        }
    }
}

fn count_since(visits: &[Entry], from: NaiveDate, to: NaiveDate) -> usize {
    let start = visits.partition_point(|visit| visit.day < from);
    visits[start..]
        .iter()
        .take_while(|visit| visit.day <= to)
        .count()
}

/// First day of the month before.
fn last_month(today: NaiveDate) -> NaiveDate {
    let first = today.with_day(1).unwrap_or(today);
    let before = first.pred_opt().unwrap_or(first);
    before.with_day(1).unwrap_or(before)
}

/// So that 2幢 comes before 10幢.
fn number_first(name: &str) -> (u32, String) {
    let digits: String = name
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    (digits.parse().unwrap_or(u32::MAX), name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buildings_stand_in_the_order_of_their_numbers() {
        let mut names = vec!["10幢", "2幢", "甲楼", "1幢"];
        names.sort_by_key(|name| number_first(name));
        assert_eq!(names, ["1幢", "2幢", "10幢", "甲楼"]);
    }

    #[test]
    fn the_last_month_of_january_is_december() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(last_month(day(2026, 1, 31)), day(2025, 12, 1));
        assert_eq!(last_month(day(2026, 3, 1)), day(2026, 2, 1));
    }
}
