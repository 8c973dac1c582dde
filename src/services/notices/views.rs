//! What is told about notices. Ratios are basis points; an empty denominator is `None`, shown as “—”.

use crate::domain::PublicContact;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::views::{Identified, Named};

/// The board of a building.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeView {
    /// The building.
    pub building: Uuid,
    /// Its name with its compound's.
    pub name: String,
    /// Its word in public addresses: the code on the door leads to `/r/<door>`.
    pub door: String,
    /// The compound.
    pub compound: Option<Identified>,
    /// The community.
    pub community: Named,
    /// Number of the area: 07; absent where the building lies in none.
    pub area_label: Option<String>,
    /// Colour index of the area, 0–5.
    pub area_colour: Option<u8>,
    /// to_print, posted, verified, due_check, to_replace, to_remove, removed.
    pub state: String,
    /// Why it has to change: plan_changed, keeper_changed, keeper_left, no_area, by_hand.
    pub reason: Option<String>,
    /// States that may be asked for.
    pub legal: Vec<String>,
    /// Whether what should hang is already printed, so that it can be hung.
    pub printed: bool,
    /// Last print.
    pub printed_at: Option<DateTime<Utc>>,
    /// Last time that one was hung.
    pub posted_at: Option<DateTime<Utc>>,
    /// Last time that somebody looked.
    pub checked_at: Option<DateTime<Utc>>,
    /// When the last one was taken down.
    pub removed_at: Option<DateTime<Utc>>,
    /// [lon, lat], degrees, WGS 84.
    pub at: Option<[f64; 2]>,
    /// Whether the asker may move it on.
    pub may_update: bool,
}

/// Coverage of notices: buildings with a verified, current notice of the buildings in published areas.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeCoverage {
    /// Buildings in areas in force.
    pub buildings: u64,
    /// Buildings of these whose notice was verified and is current.
    pub verified: u64,
    /// Basis points; absent without buildings.
    pub coverage_bp: Option<u32>,
    /// Boards by state; those of buildings without an area are counted here alone.
    pub states: BTreeMap<String, u64>,
}

/// Coverage of one compound.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompoundNotices {
    /// The compound.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Name of the community.
    pub community_name: String,
    /// [lon, lat], degrees, WGS 84.
    pub at: Option<[f64; 2]>,
    /// Its figures.
    #[serde(flatten)]
    pub coverage: NoticeCoverage,
}

/// A page of the list, with the figures of the whole scope.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticePage {
    /// When it was read.
    pub as_of: DateTime<Utc>,
    /// Code of the region or identity of the compound; empty for everything that the asker sees.
    pub scope: String,
    /// Figures of the scope, whatever states were asked for.
    pub coverage: NoticeCoverage,
    /// By compound, worst first; without buildings that have no compound.
    pub compounds: Vec<CompoundNotices>,
    /// Whether the code on a sheet can lead anywhere: a public address is set.
    pub has_public_url: bool,
    /// Days after which a verified notice is due for a look.
    pub check_after_days: i64,
    /// Rows that were asked for.
    pub total: u64,
    /// The page, by compound and building.
    pub items: Vec<NoticeView>,
}

/// One move of a board.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeMove {
    /// When.
    pub at: DateTime<Utc>,
    /// State before.
    pub from: Option<String>,
    /// State after.
    pub to: String,
    /// Why.
    pub reason: Option<String>,
}

/// A board with its past.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeDetail {
    /// The board.
    #[serde(flatten)]
    pub notice: NoticeView,
    /// Every move, oldest first.
    pub moves: Vec<NoticeMove>,
}

/// What became of one building of many.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeReportRow {
    /// The building.
    pub building: Uuid,
    /// State after.
    pub state: Option<String>,
    /// Stable word of what is wrong; absent when it was done.
    pub code: Option<String>,
    /// The same for people, in Chinese.
    pub detail: Option<String>,
    /// The same in English.
    pub detail_en: Option<String>,
    /// States that could have been asked for.
    pub legal: Vec<String>,
}

/// What became of many.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeReport {
    /// How many were done.
    pub done: usize,
    /// How many were refused.
    pub refused: usize,
    /// Each, in the order of the request.
    pub items: Vec<NoticeReportRow>,
}

/// Whom residents can reach at a place.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PublicContactView {
    /// A name.
    pub name: Option<String>,
    /// A duty number.
    pub phone: Option<String>,
    /// When somebody answers.
    pub hours: Option<String>,
}

impl From<PublicContact> for PublicContactView {
    fn from(contact: PublicContact) -> Self {
        Self {
            name: contact.name,
            phone: contact.phone,
            hours: contact.hours,
        }
    }
}
