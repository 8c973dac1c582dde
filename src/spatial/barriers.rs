//! Barriers by class: which features of a map layer stop a walk, and why the others do not.
//!
//! Taken are rivers, canals and lakes as polygons, rail on the surface, and major roads. Left are
//! pools, fountains, outlines and centre lines of water, minor roads, paths, ferries and tunnels.
//! Not here: geometry (`barrier_index`) and reading files.
//! Invariant: every feature is either taken or left with a reason; an import report can list both.

use std::borrow::Cow;

/// The class of a barrier, as stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BarrierClass {
    /// A river's surface (polygon).
    River,
    /// A canal's surface (polygon).
    Canal,
    /// A lake, pond or reservoir (polygon).
    Lake,
    /// Water of no stated kind (polygon).
    Water,
    /// Railway tracks on the surface.
    Rail,
    /// Motorway, trunk, primary or another major road.
    MajorRoad,
}

impl BarrierClass {
    /// All classes, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::River,
        Self::Canal,
        Self::Lake,
        Self::Water,
        Self::Rail,
        Self::MajorRoad,
    ];

    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::River => "river",
            Self::Canal => "canal",
            Self::Lake => "lake",
            Self::Water => "water",
            Self::Rail => "rail",
            Self::MajorRoad => "major_road",
        }
    }

    /// The class of a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// The Chinese label.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::River => "河流",
            Self::Canal => "运河、水渠",
            Self::Lake => "湖泊",
            Self::Water => "水面",
            Self::Rail => "铁路",
            Self::MajorRoad => "主干道路",
        }
    }
}

/// Why a feature is no barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeaveReason {
    /// A label or node: a point stops nobody.
    Point,
    /// A swimming pool, fountain or basin.
    Pool,
    /// An outline or centre line of water; its polygon is the barrier.
    WaterLine,
    /// A minor road: crossed on foot.
    MinorRoad,
    /// A path, footway or pier: walked on.
    Path,
    /// Underground: people walk above it.
    Tunnel,
    /// A ferry line.
    Ferry,
    /// Tracks that do not separate: tram, disused, planned.
    MinorRail,
    /// No attribute names a class of barrier.
    Unknown,
}

impl LeaveReason {
    /// A stable code for reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Pool => "pool",
            Self::WaterLine => "water_line",
            Self::MinorRoad => "minor_road",
            Self::Path => "path",
            Self::Tunnel => "tunnel",
            Self::Ferry => "ferry",
            Self::MinorRail => "minor_rail",
            Self::Unknown => "unknown",
        }
    }

    /// The Chinese explanation of a report.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Point => "点要素不构成阻隔",
            Self::Pool => "泳池、喷泉不构成阻隔",
            Self::WaterLine => "水面的轮廓线或中心线（以水面多边形为准）",
            Self::MinorRoad => "支路可步行穿越",
            Self::Path => "步行道路",
            Self::Tunnel => "地下隧道，地面可通行",
            Self::Ferry => "轮渡航线",
            Self::MinorRail => "有轨电车、停用或规划中的轨道",
            Self::Unknown => "属性中没有可识别的阻隔类别",
        }
    }

    /// The English explanation of a report.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Point => "a point stops nobody",
            Self::Pool => "a pool or fountain",
            Self::WaterLine => "an outline or centre line of water; its polygon counts",
            Self::MinorRoad => "a minor road, crossed on foot",
            Self::Path => "a way for walking",
            Self::Tunnel => "a tunnel, people walk above it",
            Self::Ferry => "a ferry line",
            Self::MinorRail => "tram, disused or planned tracks",
            Self::Unknown => "no attribute names a class of barrier",
        }
    }
}

/// What became of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Classified {
    /// It is a barrier of this class.
    Take(BarrierClass),
    /// It is none, for this reason.
    Leave(LeaveReason),
}

/// Shape of a feature's geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Points.
    Point,
    /// Line strings.
    Line,
    /// Polygons.
    Area,
}

/// Extent of a geometry; the largest part decides in a collection.
pub fn extent_of(geometry: &geo::Geometry<f64>) -> Extent {
    use geo::Geometry;
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => Extent::Point,
        Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => Extent::Line,
        Geometry::Polygon(_)
        | Geometry::MultiPolygon(_)
        | Geometry::Rect(_)
        | Geometry::Triangle(_) => Extent::Area,
        Geometry::GeometryCollection(parts) => {
            let has = |extent| parts.iter().any(|part| extent_of(part) == extent);
            if has(Extent::Area) {
                Extent::Area
            } else if has(Extent::Line) {
                Extent::Line
            } else {
                Extent::Point
            }
        }
    }
}

/// Attributes that may name a class, most specific first.
const CLASS_KEYS: [&str; 17] = [
    "kind",
    "highway",
    "railway",
    "waterway",
    "water",
    "natural",
    "landuse",
    "leisure",
    "amenity",
    "fclass",
    "class",
    "type",
    "类型",
    "类别",
    "道路等级",
    "等级",
    "阻隔类别",
];

/// Says whether a feature is a barrier, from its attributes.
///
/// `attribute` returns the value of a named attribute as text (booleans as `true`), `None` when it
/// is absent or null. Names are those of OpenStreetMap, of its common extracts (`kind`,
/// `kind_detail`, `fclass`, `other_tags`) and Chinese ones (类型, 道路等级, 名称).
pub fn classify<'a>(
    extent: Extent,
    attribute: impl Fn(&str) -> Option<Cow<'a, str>>,
) -> Classified {
    let other_tags = attribute("other_tags");
    let value = |key: &str| -> Option<String> {
        attribute(key)
            .map(|value| value.trim().to_lowercase())
            .filter(|value| !value.is_empty())
            .or_else(|| {
                other_tags
                    .as_deref()
                    .and_then(|tags| from_other_tags(tags, key))
            })
    };
    let name = value("name").or_else(|| value("名称")).unwrap_or_default();
    let detail = value("kind_detail").unwrap_or_default();
    let underground = ["is_tunnel", "tunnel", "隧道"].into_iter().any(|key| {
        value(key)
            .is_some_and(|tunnel| !matches!(tunnel.as_str(), "no" | "false" | "0" | "f" | "否"))
    });
    let outline = value("boundary").is_some_and(|b| matches!(b.as_str(), "true" | "yes" | "1"));

    let mut found = None;
    for key in CLASS_KEYS {
        let Some(text) = value(key) else { continue };
        for word in text.split(';').map(str::trim) {
            match theme(key, word, &detail, &name) {
                // A way for walking or a pool decides at once; `water=lake` says more than
                // `natural=water`, so the search goes on after plain water.
                Some(Theme::Water(BarrierClass::Water)) => {
                    found = found.or(Some(Theme::Water(BarrierClass::Water)));
                }
                Some(theme) => {
                    return decide(theme, extent, underground, outline);
                }
                None => {}
            }
        }
    }
    match found {
        Some(theme) => decide(theme, extent, underground, outline),
        None if extent == Extent::Point => Classified::Leave(LeaveReason::Point),
        None => Classified::Leave(LeaveReason::Unknown),
    }
}

enum Theme {
    Water(BarrierClass),
    Road,
    Rail,
    Not(LeaveReason),
}

fn decide(theme: Theme, extent: Extent, underground: bool, outline: bool) -> Classified {
    use Classified::{Leave, Take};
    match theme {
        Theme::Not(reason) => Leave(reason),
        _ if extent == Extent::Point => Leave(LeaveReason::Point),
        _ if underground => Leave(LeaveReason::Tunnel),
        Theme::Water(_) if outline || extent == Extent::Line => Leave(LeaveReason::WaterLine),
        Theme::Water(class) => Take(class),
        Theme::Rail => Take(BarrierClass::Rail),
        Theme::Road => Take(BarrierClass::MajorRoad),
    }
}

fn theme(key: &str, word: &str, detail: &str, name: &str) -> Option<Theme> {
    use BarrierClass::{Canal, Lake, River, Water};
    let theme = match word {
        "swimming_pool" | "fountain" | "pool" | "reflecting_pool" | "wastewater" | "basin"
        | "泳池" | "游泳池" | "喷泉" | "水池" => Theme::Not(LeaveReason::Pool),
        "river" | "riverbank" | "河流" | "河道" | "江河" | "河" | "江" => {
            Theme::Water(River)
        }
        "stream" | "ditch" | "drain" | "溪流" | "沟渠" | "canal" | "dock" | "运河" | "水渠"
        | "渠道" => Theme::Water(Canal),
        "lake" | "pond" | "reservoir" | "lagoon" | "oxbow" | "湖泊" | "湖" | "水库" | "池塘"
        | "坑塘" => Theme::Water(Lake),
        "water" | "ocean" | "bay" | "水系" | "水面" | "水域" | "水体" => {
            Theme::Water(by_name(name))
        }
        "ferry" | "轮渡" => Theme::Not(LeaveReason::Ferry),
        "major_road" | "motorway" | "motorway_link" | "trunk" | "trunk_link" | "primary"
        | "primary_link" | "highway" | "高速公路" | "高速" | "快速路" | "城市快速路" | "主干路"
        | "主干道" | "主干道路" | "国道" | "省道" => Theme::Road,
        "rail" if matches!(detail, "tram" | "disused" | "abandoned" | "construction") => {
            Theme::Not(LeaveReason::MinorRail)
        }
        "rail" | "light_rail" | "narrow_gauge" | "subway" | "funicular" | "铁路" | "高铁"
        | "轨道" | "轻轨" => Theme::Rail,
        "minor_road" | "secondary" | "secondary_link" | "tertiary" | "tertiary_link"
        | "residential" | "unclassified" | "service" | "living_street" | "road" | "支路"
        | "次干路" | "次干道"
            if key != "landuse" && !(key == "kind" && word == "residential") =>
        {
            Theme::Not(LeaveReason::MinorRoad)
        }
        "path" | "footway" | "cycleway" | "pedestrian" | "steps" | "track" | "bridleway"
        | "pier" | "步行道" | "人行道" | "小路" => Theme::Not(LeaveReason::Path),
        _ if key == "railway" => Theme::Not(LeaveReason::MinorRail),
        _ if key == "highway" => Theme::Not(LeaveReason::MinorRoad),
        _ => return None,
    };
    Some(match theme {
        Theme::Water(Water) => Theme::Water(by_name(name)),
        theme => theme,
    })
}

/// The class of plain water by its name: 苏州河 is a river, 丽人湖 a lake.
fn by_name(name: &str) -> BarrierClass {
    let last = name.trim().chars().last();
    match last {
        Some('江' | '河' | '溪' | '浜' | '港') => BarrierClass::River,
        Some('渠') => BarrierClass::Canal,
        Some('湖' | '塘' | '池' | '潭' | '库') => BarrierClass::Lake,
        _ if name.contains("river") => BarrierClass::River,
        _ if name.contains("lake") => BarrierClass::Lake,
        _ if name.contains("canal") => BarrierClass::Canal,
        _ => BarrierClass::Water,
    }
}

/// A value of the `"key"=>"value"` list that GDAL's OSM driver writes.
fn from_other_tags(tags: &str, key: &str) -> Option<String> {
    let start = tags.find(&format!("\"{key}\"=>\""))? + key.len() + 5;
    let rest = tags.get(start..)?;
    let end = rest.find('"')?;
    Some(rest[..end].to_lowercase()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(extent: Extent, attributes: &[(&str, &str)]) -> Classified {
        classify(extent, |key| {
            attributes
                .iter()
                .find(|(k, _)| *k == key)
                .map(|(_, v)| Cow::Borrowed(*v))
        })
    }

    #[test]
    fn water_is_taken_as_polygons_and_never_as_lines_or_points() {
        use Classified::{Leave, Take};
        let river = [("kind", "water"), ("name", "苏州河")];
        assert_eq!(says(Extent::Area, &river), Take(BarrierClass::River));
        assert_eq!(says(Extent::Line, &river), Leave(LeaveReason::WaterLine));
        assert_eq!(says(Extent::Point, &river), Leave(LeaveReason::Point));
        assert_eq!(
            says(Extent::Area, &[("kind", "riverbank")]),
            Take(BarrierClass::River)
        );
        assert_eq!(
            says(Extent::Line, &[("waterway", "river")]),
            Leave(LeaveReason::WaterLine)
        );
        assert_eq!(
            says(Extent::Area, &[("kind", "water")]),
            Take(BarrierClass::Water)
        );
        assert_eq!(
            says(Extent::Area, &[("类型", "湖泊")]),
            Take(BarrierClass::Lake)
        );
        let tags = [
            ("natural", "water"),
            ("other_tags", "\"water\"=>\"lake;pond\""),
        ];
        assert_eq!(says(Extent::Area, &tags), Take(BarrierClass::Lake));
    }

    #[test]
    fn pools_and_fountains_are_left() {
        let left = Classified::Leave(LeaveReason::Pool);
        assert_eq!(says(Extent::Area, &[("kind", "swimming_pool")]), left);
        assert_eq!(says(Extent::Area, &[("leisure", "swimming_pool")]), left);
        assert_eq!(says(Extent::Area, &[("kind", "fountain")]), left);
        assert_eq!(
            says(Extent::Area, &[("natural", "water"), ("water", "pool")]),
            left
        );
    }

    #[test]
    fn major_roads_are_taken_and_minor_roads_and_paths_never() {
        use Classified::{Leave, Take};
        let road = Take(BarrierClass::MajorRoad);
        for kind in ["primary", "secondary", "tertiary", "trunk_link"] {
            assert_eq!(
                says(
                    Extent::Line,
                    &[("kind", "major_road"), ("kind_detail", kind)]
                ),
                road
            );
        }
        for class in ["motorway", "trunk", "primary", "primary_link"] {
            assert_eq!(says(Extent::Line, &[("highway", class)]), road);
        }
        assert_eq!(says(Extent::Line, &[("道路等级", "主干路")]), road);
        for class in [
            "secondary",
            "tertiary",
            "residential",
            "service",
            "construction",
        ] {
            assert_eq!(
                says(Extent::Line, &[("highway", class)]),
                Leave(LeaveReason::MinorRoad),
                "{class}"
            );
        }
        for class in ["footway", "steps", "cycleway"] {
            assert_eq!(
                says(Extent::Line, &[("highway", class)]),
                Leave(LeaveReason::Path)
            );
        }
        assert_eq!(
            says(Extent::Area, &[("kind", "residential")]),
            Leave(LeaveReason::Unknown),
            "a residential quarter is no road"
        );
    }

    #[test]
    fn rail_is_taken_on_the_surface_and_left_in_a_tunnel() {
        use Classified::{Leave, Take};
        assert_eq!(
            says(Extent::Line, &[("railway", "rail")]),
            Take(BarrierClass::Rail)
        );
        assert_eq!(
            says(Extent::Line, &[("类型", "铁路")]),
            Take(BarrierClass::Rail)
        );
        let subway = [
            ("kind", "rail"),
            ("kind_detail", "subway"),
            ("is_tunnel", "true"),
        ];
        assert_eq!(says(Extent::Line, &subway), Leave(LeaveReason::Tunnel));
        let tram = [("kind", "rail"), ("kind_detail", "tram")];
        assert_eq!(says(Extent::Line, &tram), Leave(LeaveReason::MinorRail));
        assert_eq!(
            says(Extent::Line, &[("railway", "tram")]),
            Leave(LeaveReason::MinorRail)
        );
    }

    #[test]
    fn what_no_attribute_names_is_left_as_unknown() {
        assert_eq!(
            says(Extent::Line, &[]),
            Classified::Leave(LeaveReason::Unknown)
        );
        assert_eq!(
            says(Extent::Area, &[("kind", "park")]),
            Classified::Leave(LeaveReason::Unknown)
        );
        assert_eq!(
            says(Extent::Line, &[("kind", "ferry")]),
            Classified::Leave(LeaveReason::Ferry)
        );
    }

    #[test]
    fn codes_round_trip() {
        for class in BarrierClass::ALL {
            assert_eq!(BarrierClass::from_code(class.code()), Some(class));
        }
    }
}
