//! What hangs on compounds, keepers and the community itself, and goes along.
//!
//! Boards, visits, tiers, diaries and covers know their building, compound or keeper and need no writing: they are
//! counted. Roles and quota policies do not go: somebody decides. Invariant: read and written in one transaction.

use super::super::super::Services;
use super::super::super::error::Result;
use super::super::super::issues::{Held, IssuesMoving, Ways};
use super::ground::{Chosen, Ground};
use crate::domain::access::{GrantState, Scope};
use crate::domain::{
    AreaId, CompoundId, FilterWords, HousekeeperId, PublicContact, RegionCode, WaitingId,
};
use crate::storage::{Conn, Keeps, Placed};
use chrono::NaiveDate;
use geo_types::{Geometry, Point};
use std::collections::HashSet;
use uuid::Uuid;

/// The word of a filter that names a region.
const REGION: &str = "region";

/// Rows that will be written.
pub(super) struct Belongings {
    from: RegionCode,
    to: RegionCode,
    /// Rows that know their community by a column.
    placed: Vec<(Placed, Vec<Uuid>)>,
    filters: Vec<(Keeps, Uuid, FilterWords)>,
    /// What residents call in `to` from now on, when that changes.
    contact: Option<PublicContact>,
    /// Whether nobody is called in `from` any more.
    contact_goes: bool,
    pub issues: IssuesMoving,
}

impl Belongings {
    /// Everything that goes with the ground, counted in its view.
    ///
    /// # Errors
    /// The store's own.
    pub async fn of(
        services: &Services,
        held: &Held<'_>,
        conn: &mut Conn<'_>,
        ground: &mut Ground,
        chosen: &Chosen,
    ) -> Result<Self> {
        let (from, to, all) = (ground.from.code, ground.to.code, chosen.all());
        let goes = |id: CompoundId| ground.goes.contains(&id.uuid());
        let keepers: HashSet<HousekeeperId> =
            ground.housekeepers.iter().map(|one| one.id).collect();

        let organisations = conn.organisation_list(Some(from)).await?;
        let organisations: Vec<Uuid> = (organisations.iter())
            .filter(|one| goes(one.compound) || (all && one.community == from))
            .map(|one| one.id)
            .collect();
        let cases = conn.recruitment_list(Some(from)).await?;
        let cases: Vec<Uuid> = (cases.iter())
            .filter(|(case, _)| goes(case.compound) || (all && case.community == from))
            .map(|(case, _)| case.id)
            .collect();
        let assessments = conn.assessment_list(Some(from)).await?;
        let assessments: Vec<Uuid> = (assessments.iter())
            .filter(|one| {
                let with = match one.compound {
                    Some(compound) => goes(compound),
                    None => keepers.contains(&one.housekeeper),
                };
                with || (all && one.community == from)
            })
            .map(|one| one.id)
            .collect();
        let trainings = conn.training_list(Some(from)).await?;
        let trainings: Vec<Uuid> = (trainings.iter())
            .filter(|one| all && one.region == from)
            .map(|one| one.id)
            .collect();
        let waiting: Vec<Uuid> = (conn.waiting_list().await?.iter())
            .filter(|row| all && row.community == Some(from))
            .map(|row| WaitingId::uuid(row.id))
            .collect();
        let filters: Vec<_> = (conn.filter_words().await?.into_iter())
            .filter_map(|(keeps, id, mut words)| {
                let named = words.get_mut(REGION)?;
                (all && *named == from.to_string()).then(|| *named = to.to_string())?;
                Some((keeps, id, words))
            })
            .collect();

        let contacts = conn.public_contact_list().await?;
        let own = contacts.get(&from.to_string());
        let contact_goes = all && own.is_some();
        let contact = own
            .filter(|_| !contacts.contains_key(&to.to_string()))
            .cloned();

        let compounds: Vec<CompoundId> = ground.compounds.iter().map(|row| row.id).collect();
        let point_goes =
            |lon: f64, lat: f64| chosen.outlines(&Geometry::Point(Point::new(lon, lat)));
        let ways = Ways {
            from,
            to: &ground.to,
            all,
            to_is_new: ground.view.to_is_new,
            compounds: &compounds,
            goes: &ground.goes,
            point_goes: &point_goes,
        };
        let issues = services.issues_moving(held, conn, &ways).await?;

        let boards = conn.notice_list(Some(from.district_code())).await?;
        let boards = boards
            .iter()
            .filter(|one| ground.goes.contains(&one.building.uuid()));
        let covers = conn.cover_list(Some(from)).await?;
        let over = |end: Option<NaiveDate>| end.is_some_and(|end| end < chosen.today);
        let covers = (covers.iter()).filter(|one| goes(one.compound) && !over(one.to));
        let ledger = services.visits().ledger();
        let visits = (ground.buildings.iter()).map(|row| ledger.visits(row.id).len() as u64);
        let scope = Scope::Region(from);
        let roles = conn.grant_list(None).await?;
        let roles = (roles.iter())
            .filter(|row| row.grant.scope == scope && row.state == GrantState::Active);
        let policies = conn.quota_policy_list().await?;
        let policies = (policies.iter())
            .filter(|one| one.region == from && one.withdrawn_at.is_none() && !over(one.valid_to));

        let n = |rows: &[Uuid]| rows.len() as u64;
        let view = &mut ground.view;
        view.organisations = n(&organisations);
        view.cases = n(&cases);
        view.assessments = n(&assessments);
        view.trainings = n(&trainings);
        view.waiting = n(&waiting);
        view.filters = filters.len() as u64;
        view.contacts = u64::from(contact_goes || contact.is_some());
        view.issues_open = issues.open();
        view.issues_closed = issues.closed();
        view.rules = issues.rules();
        view.notices = boards.count() as u64;
        view.covers = covers.count() as u64;
        view.visits = visits.sum();
        view.roles = roles.count() as u64;
        view.policies = policies.count() as u64;
        Ok(Self {
            from,
            to,
            placed: vec![
                (
                    Placed::Area,
                    ground.areas.iter().map(|id| AreaId::uuid(*id)).collect(),
                ),
                (Placed::Waiting, waiting),
                (Placed::Organisation, organisations),
                (Placed::Case, cases),
                (Placed::Assessment, assessments),
                (Placed::Training, trainings),
            ],
            filters,
            contact,
            contact_goes,
            issues,
        })
    }

    /// Writes them.
    ///
    /// # Errors
    /// The store's own.
    pub async fn store(&mut self, conn: &mut Conn<'_>) -> Result<()> {
        let district = self.from.district_code();
        for (of, ids) in &self.placed {
            conn.community_set(*of, district, ids, self.to).await?;
        }
        for (keeps, id, words) in &self.filters {
            conn.filter_words_set(*keeps, *id, words).await?;
        }
        if let Some(contact) = &self.contact {
            conn.public_contact_put(district, &self.to.to_string(), contact)
                .await?;
        }
        if self.contact_goes {
            conn.public_contact_remove(district, &self.from.to_string())
                .await?;
        }
        self.issues.store(conn).await
    }
}
