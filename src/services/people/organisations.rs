//! Organisations of compounds, and what each compound lacks.
//!
//! Invariant: a duty number is whole only with consent; gaps are computed on a day, never stored.

use super::{day, event, in_order, region_asked, require, sees, text};
use crate::domain::access::{Action, Object};
use crate::domain::organisation::{Organisation, OrganisationKind, holding, standing};
use crate::domain::roster::holds;
use crate::domain::{CompoundId, mask_phone};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// An organisation, or who leads one.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationView {
    /// Identity; absent where the compound's own record names the property company.
    pub id: Option<Uuid>,
    /// branch, secretary, party_guide, owners_committee, property_company.
    pub kind: String,
    /// In Chinese.
    pub kind_zh: String,
    /// Name.
    pub name: String,
    /// Duty number; whole with consent, else masked.
    pub duty_phone: Option<String>,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub to: Option<NaiveDate>,
}

/// A word with its Chinese.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordView {
    /// Word.
    pub code: String,
    /// In Chinese.
    pub zh: String,
}

/// What a compound has and lacks.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriadView {
    /// Compound.
    pub compound: Uuid,
    /// Its name.
    pub name: String,
    /// Community code.
    pub community: String,
    /// Its name.
    pub community_name: String,
    /// What there is today.
    pub organisations: Vec<OrganisationView>,
    /// What there was.
    pub former: Vec<OrganisationView>,
    /// Keepers in post or covering.
    pub keepers: u32,
    /// Who of the triad is missing.
    pub triad_missing: Vec<WordView>,
    /// Which of the three parties is missing.
    pub parties_missing: Vec<WordView>,
    /// What is odd.
    pub warnings: Vec<WordView>,
    /// Whether the asker may enter organisations here.
    pub may_change: bool,
}

/// Compounds with their organisations, those with gaps first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriadsView {
    /// When.
    pub as_of: DateTime<Utc>,
    /// Data version.
    pub data_version: u64,
    /// Name of the region; empty for everything in one's scope.
    pub scope: String,
    /// Compounds in sight.
    pub n: u64,
    /// With the whole triad.
    pub triad_complete: u64,
    /// With all three parties.
    pub parties_complete: u64,
    /// With a warning.
    pub warned: u64,
    /// One by one.
    pub items: Vec<TriadView>,
}

/// An organisation that is entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganisation {
    /// branch, secretary, party_guide, owners_committee, property_company.
    #[schema(value_type = String)]
    pub kind: OrganisationKind,
    /// Name, 2 to 40 characters.
    pub name: String,
    /// Duty number of a person.
    pub duty_phone: Option<String>,
    /// Day of consent that the duty number is shown.
    pub consent: Option<NaiveDate>,
    /// First day.
    pub from: NaiveDate,
}

impl Services {
    /// What the compounds in one's scope have and lack.
    ///
    /// # Errors
    /// `NotFound` for an unknown region, the store's own.
    pub async fn triads(&self, asker: &Asker, region: Option<&str>) -> Result<TriadsView> {
        let picture = self.picture();
        let region = region_asked(&picture, region)?;
        let (all, covers) = {
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            (
                conn.organisation_list(region).await?,
                conn.cover_list(region).await?,
            )
        };
        let mut of: HashMap<CompoundId, Vec<Organisation>> = HashMap::new();
        for one in all {
            of.entry(one.compound).or_default().push(one);
        }
        let mut keepers: HashMap<CompoundId, u32> = HashMap::new();
        let today = picture.today;
        for post in picture
            .appointments
            .iter()
            .filter(|post| post.active_on(today))
        {
            if let Some(id) = post.compound {
                *keepers.entry(id).or_default() += 1;
            }
        }
        for cover in covers.iter().filter(|one| holds(one.from, one.to, today)) {
            *keepers.entry(cover.compound).or_default() += 1;
        }
        let mut items = Vec::new();
        for (at, compound) in picture.compounds.iter().enumerate() {
            if region.is_some_and(|region| !region.contains(compound.community)) {
                continue;
            }
            let place = picture.place_of_compound(at);
            if sees(asker, Object::Organisations, &place) {
                let own = of.get(&compound.id).map_or(&[][..], Vec::as_slice);
                let n = keepers.get(&compound.id).copied().unwrap_or(0);
                let may = require(asker, Object::Organisations, Action::Update, &place, "").is_ok();
                items.push(triad(&picture, at, own, n, may));
            }
        }
        let gaps = |one: &TriadView| one.triad_missing.len() + one.parties_missing.len();
        items.sort_by_cached_key(|one| {
            (
                std::cmp::Reverse(gaps(one)),
                one.community.clone(),
                one.name.clone(),
            )
        });
        let count =
            |fits: fn(&TriadView) -> bool| items.iter().filter(|one| fits(one)).count() as u64;
        Ok(TriadsView {
            as_of: picture.as_of,
            data_version: picture.version,
            scope: region.map_or_else(String::new, |code| picture.region_name(code)),
            n: items.len() as u64,
            triad_complete: count(|one| one.triad_missing.is_empty()),
            parties_complete: count(|one| one.parties_missing.is_empty()),
            warned: count(|one| !one.warnings.is_empty()),
            items,
        })
    }

    /// Enters an organisation; the one before of its kind ends the day before.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Invalid` texts and days, `Conflict` with a later one.
    pub async fn organisation_add(
        &self,
        asker: &Asker,
        compound: Uuid,
        new: NewOrganisation,
    ) -> Result<Uuid> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let what = format!("compound {compound}");
        let at = picture
            .compound_index(CompoundId::new(compound))
            .ok_or_else(|| Error::NotFound(what.clone()))?;
        require(
            asker,
            Object::Organisations,
            Action::Update,
            &picture.place_of_compound(at),
            &what,
        )?;
        let of = &picture.compounds[at];
        let from = day(new.from, picture.today, "开始日期")?;
        let person = new.kind.is_person();
        let phone = new
            .duty_phone
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        if !person && phone.is_some() {
            return Err(Error::invalid(
                "phone_of_organisation",
                "值班电话只登记书记和指导员的",
                "only people have duty numbers here",
            ));
        }
        let duty_phone = phone
            .map(|text| {
                let parsed = crate::formats::values::phone(text);
                parsed.value.ok_or_else(|| {
                    Error::invalid(
                        "phone_invalid",
                        "值班电话不是电话号码",
                        "that is no telephone number",
                    )
                })
            })
            .transpose()?;
        let organisation = Organisation {
            id: Uuid::now_v7(),
            community: of.community,
            compound: of.id,
            kind: new.kind,
            name: text(&new.name, "name", "名称", super::MAX_NAME, 2)?,
            duty_phone,
            consent: new.consent.filter(|_| person),
            from,
            to: None,
        };
        let district = of.community.district_code();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let all = conn.organisation_list(Some(of.community)).await?;
        let same = |one: &&Organisation| one.compound == of.id && one.kind == new.kind;
        for before in all
            .iter()
            .filter(same)
            .filter(|one| one.to.is_none_or(|to| to >= from))
        {
            let last = from.pred_opt().filter(|last| *last >= before.from);
            let Some(last) = last else {
                return Err(Error::conflict(
                    "organisation_later",
                    format!(
                        "已有 {} 起的“{}”，新的开始日期须在其后",
                        before.from, before.name
                    ),
                    format!("one of {} is there; the new one begins later", before.from),
                ));
            };
            conn.organisation_end(district, before.id, last).await?;
        }
        conn.organisation_insert(std::slice::from_ref(&organisation))
            .await?;
        let subject = organisation.id.to_string();
        conn.event_append(&event(
            asker,
            self.now(),
            district,
            "organisation.noted",
            subject,
        ))
        .await?;
        tx.commit().await?;
        self.secretary_changed(new.kind).await?;
        Ok(organisation.id)
    }

    /// Ends an organisation.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Conflict` when it ended before, `Invalid` days.
    pub async fn organisation_end(&self, asker: &Asker, id: Uuid, last: NaiveDate) -> Result<()> {
        let picture = self.picture();
        day(last, picture.today, "结束日期")?;
        let what = format!("organisation {id}");
        let missing = || Error::NotFound(what.clone());
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let all = conn.organisation_list(None).await?;
        let found = all.iter().find(|one| one.id == id).ok_or_else(missing)?;
        let at = picture.compound_index(found.compound).ok_or_else(missing)?;
        require(
            asker,
            Object::Organisations,
            Action::Update,
            &picture.place_of_compound(at),
            &what,
        )?;
        in_order(found.from, Some(last))?;
        if let Some(to) = found.to {
            return Err(Error::conflict(
                "organisation_ended",
                format!("已于 {to} 结束"),
                format!("it ended on {to}"),
            ));
        }
        let district = found.community.district_code();
        conn.organisation_end(district, id, last).await?;
        conn.event_append(&event(
            asker,
            self.now(),
            district,
            "organisation.ended",
            id.to_string(),
        ))
        .await?;
        let kind = found.kind;
        tx.commit().await?;
        self.secretary_changed(kind).await
    }

    /// Secretaries stand on the public cards, which are made from the picture.
    async fn secretary_changed(&self, kind: OrganisationKind) -> Result<()> {
        if kind == OrganisationKind::Secretary {
            self.reload().await?;
        }
        Ok(())
    }
}

fn triad(picture: &Picture, at: usize, own: &[Organisation], keepers: u32, may: bool) -> TriadView {
    let compound = &picture.compounds[at];
    let today = picture.today;
    let company = compound.property_company.as_deref();
    let found = standing(own, keepers as usize, company.is_some(), today);
    let mut organisations: Vec<OrganisationView> = OrganisationKind::ALL
        .iter()
        .filter_map(|kind| holding(own, *kind, today))
        .map(view)
        .collect();
    if let (Some(name), None) = (company, holding(own, OrganisationKind::Property, today)) {
        let kind = OrganisationKind::Property;
        organisations.push(OrganisationView {
            id: None,
            kind: kind.to_string(),
            kind_zh: kind.label_zh().to_owned(),
            name: name.to_owned(),
            duty_phone: None,
            from: None,
            to: None,
        });
    }
    let past = own.iter().filter(|one| one.to.is_some_and(|to| to < today));
    let word = |code: &str, zh: &str| WordView {
        code: code.to_owned(),
        zh: zh.to_owned(),
    };
    TriadView {
        compound: compound.id.uuid(),
        name: compound.name.clone(),
        community: compound.community.to_string(),
        community_name: picture.region_name(compound.community),
        organisations,
        former: past.map(view).collect(),
        keepers,
        triad_missing: found
            .triad_missing
            .iter()
            .map(|one| word(one.as_str(), one.label_zh()))
            .collect(),
        parties_missing: found
            .parties_missing
            .iter()
            .map(|one| word(one.as_str(), one.label_zh()))
            .collect(),
        warnings: found
            .warnings
            .iter()
            .map(|one| word(one.as_str(), one.label_zh()))
            .collect(),
        may_change: may,
    }
}

fn view(one: &Organisation) -> OrganisationView {
    let phone = one.duty_phone.as_deref();
    OrganisationView {
        id: Some(one.id),
        kind: one.kind.to_string(),
        kind_zh: one.kind.label_zh().to_owned(),
        name: one.name.clone(),
        duty_phone: phone.map(|phone| {
            if one.consent.is_some() && one.to.is_none() {
                phone.to_owned()
            } else {
                mask_phone(phone)
            }
        }),
        from: Some(one.from),
        to: one.to,
    }
}
