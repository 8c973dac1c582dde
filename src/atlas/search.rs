//! Names → places: compounds, communities, areas, housekeepers, and buildings by compound and number.
//!
//! Buildings have no index of their own: 幸福苑3幢 is looked up as a compound and a number in it. Invariant:
//! equal queries on equal atlases give equal answers in equal order.

use std::collections::HashSet;

use geo_types::Point;
use uuid::Uuid;

use super::fixed::to_lon_lat;
use super::input::KeeperIn;
use super::spelling::{BuildingNumber, MAX_QUERY, building_number, fit, normalise};
use super::strings::{Strings, StringsBuilder};
use super::{Atlas, NONE};
use crate::domain::RegionLevel;

/// Compounds whose buildings are looked through for one reading of the query.
const COMPOUNDS_PER_READING: usize = 20;
/// Score of a building whose number was asked for without its compound.
const NUMBER_ALONE_SCORE: f64 = 30.0;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SearchKind {
    /// A compound.
    Compound,
    /// A community.
    Community,
    /// A patrol area in force.
    Area,
    /// A housekeeper.
    Housekeeper,
    /// A building.
    Building,
}

impl SearchKind {
    /// Its word in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compound => "compound",
            Self::Community => "community",
            Self::Area => "area",
            Self::Housekeeper => "housekeeper",
            Self::Building => "building",
        }
    }

    /// Added to the score: larger things first among equals.
    const fn weight(self) -> f64 {
        match self {
            Self::Compound => 0.4,
            Self::Community => 0.3,
            Self::Area => 0.2,
            Self::Housekeeper => 0.1,
            Self::Building => 0.0,
        }
    }
}

/// One answer of [`Atlas::search`].
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// Kind.
    pub kind: SearchKind,
    /// UUID, or the code of a community.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it belongs.
    pub hint: String,
    /// Where the map goes, (lon, lat) degrees.
    pub point: Option<Point<f64>>,
    /// 0 < score ≤ 101, the higher the better.
    pub score: f64,
}

/// Normalised names and what they name.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Kind, dense id (housekeepers: position in `keepers`), text.
    entries: Vec<(SearchKind, u32, u32)>,
    texts: Strings,
    keepers: Vec<KeeperIn>,
}

impl Names {
    pub(super) fn new(atlas: &Atlas, keepers: &[KeeperIn]) -> Self {
        let mut texts = StringsBuilder::new();
        let mut entries = Vec::new();
        let mut add = |kind, index, name: &str| {
            let text = normalise(name);
            if !text.is_empty() {
                entries.push((kind, index, texts.intern(&text)));
            }
        };
        let text = |index: u32| atlas.strings.get(index);
        for (i, &name) in (0_u32..).zip(&atlas.compounds.name) {
            add(SearchKind::Compound, i, text(name));
        }
        for (i, &name) in (0_u32..).zip(&atlas.regions.name) {
            if atlas.regions.level[i as usize] == RegionLevel::Community {
                add(SearchKind::Community, i, text(name));
            }
        }
        for (i, &name) in (0_u32..).zip(&atlas.in_force.name) {
            add(SearchKind::Area, i, text(name));
        }
        let mut keepers = keepers.to_vec();
        keepers.sort_by_key(|keeper| keeper.id);
        for (i, keeper) in (0_u32..).zip(&keepers) {
            add(SearchKind::Housekeeper, i, &keeper.name);
        }
        // The others are found by compound and number.
        for (i, &compound) in (0_u32..).zip(&atlas.buildings.compound) {
            if compound == NONE {
                add(
                    SearchKind::Building,
                    i,
                    text(atlas.buildings.name[i as usize]),
                );
            }
        }
        entries.shrink_to_fit();
        Self {
            entries,
            texts: texts.finish(),
            keepers,
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let keeper = |keeper: &KeeperIn| 88 + keeper.name.capacity() + keeper.hint.capacity();
        self.entries.capacity() * 12
            + self.texts.memory_bytes()
            + self.keepers.iter().map(keeper).sum::<usize>()
    }
}

/// A candidate before it is spelled out.
type Found = (f64, SearchKind, u32);

impl Atlas {
    /// The best `limit` answers to `query`, best first (ties: kind, name, identity). Understands full-width
    /// characters, pinyin and its initials, and the spellings of building numbers.
    pub fn search(&self, query: &str, limit: usize) -> Vec<SearchHit> {
        let code = query.trim();
        let query: String = normalise(query).chars().take(MAX_QUERY).collect();
        if query.is_empty() || limit == 0 {
            return Vec::new();
        }
        let mut found: Vec<Found> = Vec::new();
        for &(kind, index, text) in &self.names.entries {
            if let Some(score) = fit(&query, self.names.texts.get(text)) {
                found.push((score + kind.weight(), kind, index));
            }
        }
        self.buildings_by_compound(&query, &mut found);
        self.buildings_by_code(code, &mut found);
        self.buildings_by_number(&query, limit, &mut found);
        // Enough for all ties to be ordered by name; the sort is total, so the answer is stable.
        found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let mut seen = HashSet::new();
        found.retain(|&(_, kind, index)| seen.insert((kind, index)));
        let cut = found.get(limit - 1).map_or(0.0, |last| last.0);
        let enough = found
            .iter()
            .take_while(|one| one.0 >= cut)
            .count()
            .min(limit + 1000);
        found.truncate(enough);
        let mut hits: Vec<SearchHit> = found.into_iter().map(|one| self.spell_out(one)).collect();
        hits.sort_by(|a, b| {
            let key = |hit: &SearchHit| (hit.kind, hit.name.chars().count());
            b.score
                .total_cmp(&a.score)
                .then_with(|| key(a).cmp(&key(b)))
                .then_with(|| a.name.cmp(&b.name))
                .then_with(|| a.id.cmp(&b.id))
        });
        hits.truncate(limit);
        hits
    }

    /// Readings of the query as compound + building.
    fn buildings_by_compound(&self, query: &str, found: &mut Vec<Found>) {
        for (split, _) in query.char_indices().skip(1) {
            let (head, tail) = query.split_at(split);
            let number = building_number(tail);
            let mut compounds: Vec<(f64, u32)> = self
                .names
                .entries
                .iter()
                .filter(|entry| entry.0 == SearchKind::Compound)
                .filter_map(|&(_, index, text)| {
                    let name = self.names.texts.get(text);
                    // A building with a name needs the whole name of its compound before it.
                    let score = if number.is_some() {
                        fit(head, name)
                    } else {
                        (head == name).then_some(100.0)
                    };
                    score.map(|score| (score, index))
                })
                .collect();
            compounds.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for (score, compound) in compounds.into_iter().take(COMPOUNDS_PER_READING) {
                for &building in self.buildings_of_compound(compound) {
                    let name = normalise(self.strings.get(self.buildings.name[building as usize]));
                    if names_building(number.as_ref(), tail, &name) {
                        found.push((score, SearchKind::Building, building));
                    }
                }
            }
        }
    }

    /// Buildings by their code, whatever their compound.
    fn buildings_by_code(&self, code: &str, found: &mut Vec<Found>) {
        let is_code = |&text: &u32| self.strings.get(text).eq_ignore_ascii_case(code);
        let Some(code) = (1..self.strings.len() as u32).find(is_code) else {
            return;
        };
        let codes = (0_u32..)
            .zip(&self.buildings.code)
            .filter(|&(_, &own)| own == code);
        found.extend(codes.map(|(i, _)| (99.0, SearchKind::Building, i)));
    }

    /// The first `limit` buildings of a number that was asked for without a compound.
    fn buildings_by_number(&self, query: &str, limit: usize, found: &mut Vec<Found>) {
        let Some(number) = building_number(query).filter(|number| number.worded) else {
            return;
        };
        // Names repeat: each is read once.
        let mut read: Vec<Option<bool>> = vec![None; self.strings.len()];
        let mut fits = |name: u32| {
            *read[name as usize].get_or_insert_with(|| {
                let own = building_number(&normalise(self.strings.get(name)));
                own.is_some_and(|own| own.text == number.text)
            })
        };
        let numbered = (0_u32..)
            .zip(&self.buildings.name)
            .filter(|&(_, &name)| fits(name));
        found.extend(
            numbered
                .take(limit)
                .map(|(i, _)| (NUMBER_ALONE_SCORE, SearchKind::Building, i)),
        );
    }

    fn spell_out(&self, (score, kind, index): Found) -> SearchHit {
        let text = |index: u32| self.strings.get(index);
        let i = index as usize;
        let community = |code: u32| {
            let region = self.region_of_text(code);
            region
                .map_or(text(code), |region| {
                    text(self.regions.name[region as usize])
                })
                .to_owned()
        };
        let uuid = |id: Uuid| id.to_string();
        let (id, name, hint, point) = match kind {
            SearchKind::Compound => {
                let all = &self.compounds;
                let (name, at) = (text(all.name[i]).to_owned(), to_lon_lat(all.point[i]));
                (
                    uuid(all.id.get(index)),
                    name,
                    community(all.community[i]),
                    Some(at),
                )
            }
            SearchKind::Building => {
                let all = &self.buildings;
                let name = self.building_title(index);
                (
                    uuid(all.id.get(index)),
                    name,
                    community(all.community[i]),
                    Some(to_lon_lat(all.point[i])),
                )
            }
            SearchKind::Community => {
                let code = text(self.regions.code[i]).to_owned();
                let point = self
                    .region_bounds(index)
                    .map(|[w, s, e, n]| Point::new(f64::midpoint(w, e), f64::midpoint(s, n)));
                (
                    code.clone(),
                    text(self.regions.name[i]).to_owned(),
                    code,
                    point,
                )
            }
            SearchKind::Area => {
                let all = &self.in_force;
                let name = text(all.name[i]).to_owned();
                (
                    uuid(all.id.get(index)),
                    name,
                    community(all.community[i]),
                    Some(to_lon_lat(all.tag[i])),
                )
            }
            SearchKind::Housekeeper => {
                let keeper = &self.names.keepers[i];
                (
                    uuid(keeper.id),
                    keeper.name.clone(),
                    keeper.hint.clone(),
                    keeper.point,
                )
            }
        };
        SearchHit {
            kind,
            id,
            name,
            hint,
            point,
            score,
        }
    }

    /// 幸福苑3幢: the compound's name before the building's, unless that begins with it.
    pub fn building_title(&self, index: u32) -> String {
        let Some(building) = self.building(index) else {
            return String::new();
        };
        let compound = building
            .compound
            .and_then(|i| self.compound(i))
            .map_or("", |c| c.name);
        if building.name.starts_with(compound) {
            return building.name.to_owned();
        }
        format!("{compound}{}", building.name)
    }
}

/// Whether the normalised `name` of a building is what `tail` of the query asks for.
fn names_building(number: Option<&BuildingNumber>, tail: &str, name: &str) -> bool {
    match number {
        Some(number) => building_number(name).is_some_and(|own| own.text == number.text),
        None => !name.is_empty() && name.contains(tail),
    }
}
