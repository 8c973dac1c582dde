//! The heatmap on paper: its places in metres, so that an A3 sheet is drawn to scale.
//!
//! Figures are those of `heatmap`. Invariant: every shape is a row of the heatmap of the same answer, and what has
//! no outline has no shape.

use super::IssueQuery;
use super::heatmap::{HeatBy, HeatView, view};
use super::telling::Telling;
use crate::domain::{CompoundId, RegionCode};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::paper_ground::{At, PaperLine, Surroundings, metres, shape, tenth};
use crate::services::picture::{Picture, rect};
use crate::spatial::{BBox, LocalFrame};
use geo_types::{Geometry, LineString, Polygon};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What is drawn around the places, metres.
const MARGIN_M: f64 = 40.0;

/// One place on paper, metres.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetShape {
    /// Its row.
    pub id: String,
    /// Its middle.
    pub at: [f64; 2],
    /// Its rings; none where only a point is known.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// A heatmap with what lies under it, for paper.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatSheet {
    /// The figures.
    pub heat: HeatView,
    /// Name of the region that was asked for; `None` = all that the reader sees.
    pub scope_name: Option<String>,
    /// Whether the data are synthetic.
    pub synthetic: bool,
    /// Approval number of the map.
    pub approval_no: String,
    /// West, south, east, north, metres; `None` when no place can be drawn.
    pub extent: Option<[f64; 4]>,
    /// The place of metre 0, 0, degrees.
    pub origin: [f64; 2],
    /// Metres in a degree of longitude and of latitude there.
    pub m_per_deg: [f64; 2],
    /// Places in the order of the rows.
    pub shapes: Vec<SheetShape>,
    /// Greens, water and roads with a surface.
    pub surfaces: Vec<PaperLine>,
    /// Roads and water as lines.
    pub lines: Vec<PaperLine>,
}

/// The outline or point of a row of a heatmap.
fn geometry_of(picture: &Picture, heat: &HeatView, by: HeatBy) -> Vec<Option<Geometry<f64>>> {
    let grids: HashMap<String, &crate::domain::Grid> = (picture.grids.iter())
        .map(|grid| {
            let id = grid.code.clone().unwrap_or_else(|| grid.id.to_string());
            (id, grid)
        })
        .collect();
    let regions: HashMap<String, &crate::domain::Region> = (picture.regions.iter())
        .map(|region| (region.code.to_string(), region))
        .collect();
    heat.items
        .iter()
        .map(|row| match by {
            HeatBy::Compound => {
                let id = CompoundId::new(Uuid::parse_str(&row.id).ok()?);
                Some(
                    picture.compounds[picture.compound_index(id)?]
                        .geometry
                        .clone(),
                )
            }
            HeatBy::Grid => Some(grids.get(&row.id)?.outline.clone().into()),
            HeatBy::Community => Some(regions.get(&row.id)?.outline.clone()?.into()),
            HeatBy::Hexagon => {
                let ring = row.outline.as_ref()?;
                let ring: LineString<f64> = ring.iter().map(|[x, y]| (*x, *y)).collect();
                Some(Polygon::new(ring, Vec::new()).into())
            }
        })
        .collect()
}

impl Services {
    /// A heatmap for paper.
    ///
    /// # Errors
    /// `Invalid` words.
    pub fn issue_sheet(&self, asker: &Asker, query: &IssueQuery, by: HeatBy) -> Result<HeatSheet> {
        let today = self.today(self.now());
        let period = query.period(today)?;
        let how = Telling::of(asker, query, &self.issues().catalog());
        how.allows(query, period, today)?;
        self.issue_ground(asker, true, |ground| {
            let picture = ground.picture;
            let heat = view(ground, query, by, period, how)?;
            let places = geometry_of(picture, &heat, by);
            let region: Option<RegionCode> = query
                .region
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(crate::services::regions::parse_code)
                .transpose()?;
            if let Some(code) = region
                && picture.regions.iter().all(|region| region.code != code)
            {
                return Err(Error::NotFound(format!("region {code}")));
            }
            // One slip of a coordinate must not make the rest of a region small.
            let bounds = region.and_then(|code| picture.bounds(code)).or_else(|| {
                let boxes = places.iter().flatten().filter_map(rect);
                boxes.reduce(BBox::union)
            });
            let frame = LocalFrame::around(bounds.map_or([0.0, 0.0], BBox::centre));
            let window = bounds.map(|bounds| bounds.expand_m(MARGIN_M));
            let around = Surroundings::of(picture);
            let shapes = heat.items.iter().zip(&places).filter_map(|(row, place)| {
                let place = place.as_ref()?;
                let at: At = rect(place)?.centre();
                Some(SheetShape {
                    id: row.id.clone(),
                    at: tenth(frame.to_m(at)),
                    rings: shape(place, frame),
                })
            });
            Ok(HeatSheet {
                shapes: shapes.collect(),
                scope_name: region.map(|code| picture.region_name(code)),
                synthetic: picture.synthetic,
                approval_no: self.config().map.map_approval_no.clone(),
                extent: window.map(|window| metres(window, frame)),
                origin: frame.origin(),
                m_per_deg: [frame.m_per_lon_deg(), frame.m_per_lat_deg()],
                surfaces: window.map_or_else(Vec::new, |window| around.surfaces(window, frame)),
                lines: window.map_or_else(Vec::new, |window| around.lines(window, frame)),
                heat,
            })
        })
    }
}
