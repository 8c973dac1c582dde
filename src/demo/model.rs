//! What the demo city is made of: plain structs for the services to map.
//!
//! Not domain rows: no ids, no periods. All coordinates are (lon, lat) degrees WGS 84. Indices
//! are positions in the vectors of the same [`DemoCity`].

use chrono::NaiveDate;
use geo::{Geometry, Point, Polygon};

/// A whole synthetic city.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoCity {
    /// The seed it was made from.
    pub seed: u64,
    /// `合成数据`, the source of every row.
    pub source: &'static str,
    /// The day that household counts and postings refer to.
    pub as_of: NaiveDate,
    /// District, then streets, then communities; parents before children.
    pub regions: Vec<Region>,
    /// Statutory grids of 300–500 households, each inside one community; they tile it.
    pub grids: Vec<Grid>,
    /// In the order of their codes.
    pub compounds: Vec<Compound>,
    /// In the order of their compounds, then numbers.
    pub buildings: Vec<Building>,
    /// What nobody walks across: the river and the arterial roads.
    pub barriers: Vec<Barrier>,
    /// Gates of compounds, on their outlines.
    pub gates: Vec<Gate>,
    /// Cartography only: roads, parks, schools. Barriers are not repeated here, except that an
    /// arterial road is both.
    pub context: Vec<Context>,
    /// Full-time and part-time housekeepers in post on `as_of`.
    pub keepers: Vec<Housekeeper>,
}

/// Level of a [`Region`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionLevel {
    /// 区
    District,
    /// 街道
    Street,
    /// 社区
    Community,
}

/// An administrative region with a code in the reserved range 999xxx.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Twelve digits, e.g. `999001001003`.
    pub code: String,
    /// 幸福街道（合成）
    pub name: String,
    /// Level.
    pub level: RegionLevel,
    /// Code of the region above; `None` for the district.
    pub parent: Option<String>,
    /// Counter-clockwise; the children of a region tile it exactly.
    pub outline: Polygon<f64>,
}

/// A statutory grid (网格).
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Community code and three digits.
    pub code: String,
    /// 第 3 网格
    pub name: String,
    /// Code of the community.
    pub community: String,
    /// Sum over the buildings whose centre lies in it.
    pub households: u32,
    /// Counter-clockwise.
    pub outline: Polygon<f64>,
}

/// A residential compound (小区).
#[derive(Debug, Clone, PartialEq)]
pub struct Compound {
    /// Community code, hyphen, number in the community.
    pub code: String,
    /// 和平里
    pub name: String,
    /// Code of the community.
    pub community: String,
    /// Counter-clockwise, fence line.
    pub outline: Polygon<f64>,
    /// Exactly the sum over its buildings.
    pub households: u32,
    /// 示例甲物业
    pub property_company: String,
}

/// A residential building (楼栋).
#[derive(Debug, Clone, PartialEq)]
pub struct Building {
    /// Compound code, hyphen, number.
    pub code: String,
    /// 7幢
    pub name: String,
    /// Index into `compounds`.
    pub compound: usize,
    /// Rectangle, counter-clockwise, inside the compound's outline.
    pub footprint: Polygon<f64>,
    /// Storeys above ground.
    pub floors: u32,
    /// Height above ground in metres.
    pub height_m: f64,
    /// Households.
    pub households: u32,
    /// Stairwells (单元).
    pub stairwells: u32,
}

/// Why nobody walks across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarrierClass {
    /// Rivers, canals, lakes: a polygon.
    Water,
    /// Arterial roads: a centre line.
    MajorRoad,
}

/// A barrier to walking.
#[derive(Debug, Clone, PartialEq)]
pub struct Barrier {
    /// Class.
    pub class: BarrierClass,
    /// 清溪河
    pub name: String,
    /// Polygon for water, line for a road.
    pub geometry: Geometry<f64>,
}

/// A gate of a compound.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Index into `compounds`.
    pub compound: usize,
    /// 南门
    pub name: String,
    /// On the compound's outline.
    pub position: Point<f64>,
}

/// What a [`Context`] feature is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextKind {
    /// Arterial road, centre line, 30 m wide.
    Artery,
    /// Main road, centre line, 21 m wide.
    Road,
    /// Lane between compounds, centre line, 9 m wide.
    Lane,
    /// River path, centre line.
    Path,
    /// Park or river bank.
    Green,
    /// Pond in a park.
    Pond,
    /// Ground of a school, hospital, office or mall.
    Civic,
    /// A building on civic ground.
    CivicBuilding,
    /// Running track of a school.
    Track,
    /// Block beyond the limit of the city, no data.
    Outside,
}

impl ContextKind {
    /// Lower-case word for files and tiles.
    pub fn id(self) -> &'static str {
        match self {
            Self::Artery => "artery",
            Self::Road => "road",
            Self::Lane => "lane",
            Self::Path => "path",
            Self::Green => "green",
            Self::Pond => "pond",
            Self::Civic => "civic",
            Self::CivicBuilding => "civic_building",
            Self::Track => "track",
            Self::Outside => "outside",
        }
    }
}

/// Something drawn under the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// How it is drawn.
    pub kind: ContextKind,
    /// Name, empty when it has none.
    pub name: String,
    /// Line or polygon.
    pub geometry: Geometry<f64>,
}

/// Whether a post counts for the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeeperKind {
    /// Counts (专职).
    FullTime,
    /// Does not count (兼职).
    PartTime,
}

/// A housekeeper (小管家) in post.
#[derive(Debug, Clone, PartialEq)]
pub struct Housekeeper {
    /// 示例甲01
    pub name: String,
    /// Private number, unassignable: 100 0000 0001.
    pub phone: String,
    /// Duty number for notices, unassignable: 100 1000 0001.
    pub duty_phone: String,
    /// At most 65 on `start_date`.
    pub birth_date: NaiveDate,
    /// Index into `buildings`: a home in the compound served.
    pub home_building: usize,
    /// Index into `compounds`: the compound served.
    pub compound: usize,
    /// Full-time or part-time.
    pub kind: KeeperKind,
    /// Category of a part-time keeper, e.g. 在职党员; `None` for full-time ones.
    pub category: Option<&'static str>,
    /// First day in post.
    pub start_date: NaiveDate,
}
