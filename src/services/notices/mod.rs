//! Door notices (公示牌): what hangs at each building, what should, and the sheets to be printed; and what residents
//! are told about who serves their building.
//!
//! Not the messages of the product. Invariant: a keeper's number or photo leaves this folder only with recorded consent,
//! and only while the appointment lasts.

mod cards;
mod changes;
mod contacts;
mod demo;
mod door_map;
mod doors;
mod listing;
mod marking;
mod posters;
mod resident;
mod views;

pub use crate::formats::pdf::PosterMap;
pub use cards::{Away, Card, Door, Face};
pub use changes::{Roster, roster_written};
pub(in crate::services) use changes::{
    follow_none, follow_plan, portrait_written, portraits_without_ground,
};
pub use listing::NoticeQuery;
pub use posters::{PosterAsk, Posters};
pub use resident::{At, Found, Lookup, ResidentPage};
pub use views::{
    CompoundNotices, NoticeCoverage, NoticeDetail, NoticeMove, NoticePage, NoticeReport,
    NoticeReportRow, NoticeView, PublicContactView,
};
