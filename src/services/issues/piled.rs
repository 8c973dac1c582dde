//! Where issues pile up, for a sentence: the compounds of a heatmap, and nothing else of it.
//!
//! Invariant: names stand in the order of the heatmap, and none that it does not tell.

use super::IssueQuery;
use super::heatmap::{compound_rows, highest_first, level_of, rates_of, spots, told_rates};
use super::query::{Ground, Period};
use super::telling::Telling;
use crate::domain::access::SMALL;
use crate::heat::{By, Selection, count};

/// Where issues pile up, for a sentence: compounds in the order of the heatmap, without what it does not tell.
pub(super) struct Piled {
    /// Hot spots at 95 % and more.
    pub hot: Vec<String>,
    /// Compounds with a rate.
    pub high: Vec<String>,
}

/// The hot spots and highest rates among the compounds: the heatmap of one selection, and nothing else of it.
pub(super) fn piled(
    ground: &Ground<'_>,
    query: &IssueQuery,
    selection: &Selection,
    period: Period,
    how: Telling,
) -> Piled {
    let n = ground.ledger.names().compounds.len();
    let found = count(&ground.ledger.columns, selection, By::Compound { n });
    let rows = compound_rows(ground, query);
    let at = |row: Option<usize>| row.and_then(|row| found.by.get(row)).map_or(0, |at| at.n);
    let counts: Vec<u64> = rows.iter().map(|(_, row)| at(*row).into()).collect();
    let (from, to) = period.minutes(ground.offset_min);
    let minutes = to.saturating_sub(from);
    let spots = spots(ground.picture, &rows, &rates_of(&rows, &counts, minutes));
    let rates = told_rates(&rows, &counts, minutes, how);
    let shown = how.counts(&counts);
    let mut told: Vec<usize> = (0..rows.len())
        .filter(|&i| counts[i] >= SMALL && (shown[i].is_some() || !how.hides()))
        .collect();
    let key = |i: usize| {
        let place = &rows[i].0;
        let rate = rates[i].filter(|_| shown[i].is_some());
        (
            rate.map(|rate| place.told(rate)),
            shown[i],
            place.name.as_str(),
        )
    };
    told.sort_by(|a, b| highest_first(key(*a), key(*b)));
    let name = |i: &usize| rows[*i].0.name.clone();
    let hot = |i: &&usize| {
        let level = spots.get(*i).copied().and_then(level_of);
        level.is_some_and(|sure| sure >= 95)
    };
    Piled {
        hot: told.iter().filter(hot).map(name).collect(),
        high: (told.iter().filter(|i| rates[**i].is_some()))
            .map(name)
            .collect(),
    }
}
