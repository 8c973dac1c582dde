//! Visits to households, how often they are due, what became of that, and the diary of a keeper.
//!
//! Not patrol tracks: nothing here knows where anybody was, only what they say they did. Invariant: figures are of
//! buildings and compounds; a person appears only in their own records.

mod compliance;
mod diary;
mod load;
mod record;

pub use compliance::{
    Compliance, Entry, Periods, Ratio, Tier, TierCounts, largest_reached, median,
};
pub use diary::{DiaryEntry, MAX_DIARY_CHARS, red_refused};
pub use load::{Home, told};
pub use record::{MAX_NOTE_CHARS, Visit, VisitKind, VisitTerms, check_visit};
