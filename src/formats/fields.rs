//! What a column of an imported file may hold.
//!
//! Not how headers are recognised (that is `columns`). Invariant: `as_str` is stable (saved
//! mappings use it); the labels may be improved.

use crate::domain::ImportKind;

macro_rules! fields {
    ($($(#[$meta:meta])* $variant:ident => $word:literal, $zh:literal, $en:literal;)+) => {
        /// What a column may hold.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum Field {
            $($(#[$meta])* #[serde(rename = $word)] $variant,)+
        }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word used in JSON, saved mappings and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Chinese label.
            pub const fn label_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),+ }
            }

            /// English label.
            pub const fn label_en(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }
        }
    };
}

fields! {
    /// The row's own code.
    Code => "code", "编码", "code";
    /// The row's own name.
    Name => "name", "名称", "name";
    /// Level of a region, as a number or a word.
    Level => "level", "层级", "level";
    /// Code of the region above.
    ParentCode => "parent_code", "上级编码", "parent code";
    /// Name of the district (区县).
    District => "district", "区县", "district";
    /// Name or code of the street (街道, 镇).
    Street => "street", "街道", "street";
    /// Code of the street.
    StreetCode => "street_code", "街道编码", "street code";
    /// Name or code of the community (社区).
    Community => "community", "社区", "community";
    /// Code of the community.
    CommunityCode => "community_code", "社区编码", "community code";
    /// Name or code of the grid (网格).
    Grid => "grid", "网格", "grid";
    /// Name or code of the compound (小区) that the row belongs to.
    Compound => "compound", "小区", "compound";
    /// Code of the compound that the row belongs to.
    CompoundCode => "compound_code", "小区编码", "compound code";
    /// Number or name of a building (幢号).
    BuildingName => "building_name", "幢号", "building number";
    /// Number of a stairwell (单元).
    Stairwell => "stairwell", "单元", "stairwell";
    /// Number of stairwells in a building (单元数).
    StairwellCount => "stairwell_count", "单元数", "number of stairwells";
    /// Households (户数).
    Households => "households", "户数", "households";
    /// What was counted as a household: 户籍户, 常住户, 房屋套数, 入住户.
    Basis => "basis", "户数口径", "household basis";
    /// Number of buildings (楼栋数).
    BuildingCount => "building_count", "楼栋数", "number of buildings";
    /// Number of floors (层数).
    Floors => "floors", "层数", "floors";
    /// Height in metres.
    Height => "height", "高度（米）", "height (m)";
    /// Gross floor area in m².
    FloorArea => "floor_area", "建筑面积（平方米）", "floor area (m²)";
    /// Year of completion.
    BuiltYear => "built_year", "建成年份", "year built";
    /// Property management company (物业公司).
    PropertyCompany => "property_company", "物业公司", "property company";
    /// Address in words.
    Address => "address", "地址", "address";
    /// Easting or longitude, in the CRS of the file.
    Lon => "lon", "经度或东坐标", "longitude or easting";
    /// Northing or latitude, in the CRS of the file.
    Lat => "lat", "纬度或北坐标", "latitude or northing";
    /// Both in one cell: `121.5,31.2`.
    Position => "position", "坐标（经度,纬度）", "position (lon,lat)";
    /// Geometry as well-known text.
    Wkt => "wkt", "几何（WKT）", "geometry (WKT)";
    /// Class of a barrier, a building or a land use (`kind`, `highway`, 类型).
    Class => "class", "类别", "class";
    /// The finer class (`kind_detail`).
    ClassDetail => "class_detail", "细类", "finer class";
    /// Telephone.
    Phone => "phone", "电话", "telephone";
    /// Telephone of the duty room (值班电话).
    DutyPhone => "duty_phone", "值班电话", "duty telephone";
    /// Date of birth.
    BirthDate => "birth_date", "出生日期", "date of birth";
    /// Day on which somebody agreed that name and duty number hang on doors.
    ConsentDate => "consent_date", "同意公示日期", "date of consent";
    /// 专职 or 兼职.
    KeeperKind => "keeper_kind", "专职或兼职", "full or part time";
    /// First day in post.
    StartDate => "start_date", "上岗日期", "first day in post";
    /// Last day in post.
    EndDate => "end_date", "离岗日期", "last day in post";
    /// Date of joining the Party.
    PartyJoinDate => "party_join_date", "入党日期", "date of joining the Party";
    /// Where a keeper lives: a building of the compound, or its code.
    Residence => "residence", "居住楼栋", "building of residence";
    /// Where a part-time keeper comes from.
    PartTimeCategory => "part_time_category", "兼职类别", "category of part-time keepers";
    /// Households that a keeper can look after.
    Capacity => "capacity", "可服务户数", "households a keeper can serve";
    /// Last day of the term.
    TermEnd => "term_end", "任期至", "end of term";
    /// Date of the figures.
    AsOf => "as_of", "统计日期", "as of";
    /// Origin of the figures.
    Source => "source", "来源", "source";
    /// When an issue came in, in the time zone of the import.
    ReportedAt => "reported_at", "受理时间", "time of report";
    /// When an issue was closed.
    ClosedAt => "closed_at", "办结时间", "time of closing";
    /// Where an issue stands, in the words of its system.
    Status => "status", "状态", "status";
    /// The widest class of an issue (大类).
    CategoryGroup => "category_group", "大类", "group of categories";
    /// What an issue is about, below its class.
    Detail => "detail", "细目", "detail";
    /// What somebody said.
    Content => "content", "问题描述", "content";
    /// What was done, or answered.
    Result => "result", "办理结果", "result";
    /// The body that has or had an issue.
    Unit => "unit", "承办单位", "responsible body";
    /// Code of that body in its system.
    UnitCode => "unit_code", "承办单位编码", "code of the responsible body";
    /// Whether an issue was closed in time: 1, 0, 是, 否.
    InTime => "in_time", "按时办结", "closed in time";
    /// Whether an issue was closed late: 1, 0, 是, 否.
    Overtime => "overtime", "超时办结", "closed late";
    /// By which way an issue came in: telephone, web, an application.
    Channel => "channel", "来源渠道", "channel";
    /// Complaint, question, suggestion.
    Nature => "nature", "诉求性质", "nature of the request";
    /// Free remarks.
    Remark => "remark", "备注", "remark";
}

impl Field {
    /// Whether a table of this kind is useless without the field.
    pub fn required(self, kind: ImportKind) -> bool {
        match kind {
            ImportKind::Regions => matches!(self, Self::Code | Self::Name),
            ImportKind::Compounds | ImportKind::Housekeepers => self == Self::Name,
            ImportKind::Barriers => self == Self::Class,
            ImportKind::Issues => self == Self::ReportedAt,
            ImportKind::Grids | ImportKind::Buildings | ImportKind::Gates => false,
        }
    }

    /// Fields that make sense for rows of this kind, the important ones first.
    pub fn of(kind: ImportKind) -> &'static [Self] {
        match kind {
            ImportKind::Regions => &[
                Self::Code,
                Self::Name,
                Self::Level,
                Self::ParentCode,
                Self::District,
                Self::Street,
                Self::Wkt,
                Self::AsOf,
                Self::Source,
                Self::Remark,
            ],
            ImportKind::Grids => &[
                Self::Code,
                Self::Name,
                Self::Community,
                Self::CommunityCode,
                Self::Street,
                Self::StreetCode,
                Self::Class,
                Self::Wkt,
                Self::AsOf,
                Self::Source,
                Self::Remark,
            ],
            ImportKind::Compounds => &[
                Self::Name,
                Self::Code,
                Self::Households,
                Self::BuildingCount,
                Self::Community,
                Self::CommunityCode,
                Self::Street,
                Self::StreetCode,
                Self::Grid,
                Self::PropertyCompany,
                Self::Address,
                Self::Lon,
                Self::Lat,
                Self::Position,
                Self::Wkt,
                Self::FloorArea,
                Self::BuiltYear,
                Self::Basis,
                Self::AsOf,
                Self::Source,
                Self::Class,
                Self::Remark,
            ],
            ImportKind::Buildings => &[
                Self::BuildingName,
                Self::Name,
                Self::Code,
                Self::Compound,
                Self::CompoundCode,
                Self::Households,
                Self::Floors,
                Self::Height,
                Self::FloorArea,
                Self::Stairwell,
                Self::StairwellCount,
                Self::Community,
                Self::CommunityCode,
                Self::Street,
                Self::StreetCode,
                Self::Grid,
                Self::Address,
                Self::Lon,
                Self::Lat,
                Self::Position,
                Self::Wkt,
                Self::BuiltYear,
                Self::Class,
                Self::ClassDetail,
                Self::Basis,
                Self::AsOf,
                Self::Source,
                Self::Remark,
            ],
            ImportKind::Barriers => &[
                Self::Class,
                Self::ClassDetail,
                Self::Name,
                Self::Code,
                Self::Wkt,
                Self::AsOf,
                Self::Source,
                Self::Remark,
            ],
            ImportKind::Gates => &[
                Self::Name,
                Self::Code,
                Self::Compound,
                Self::CompoundCode,
                Self::Community,
                Self::CommunityCode,
                Self::Lon,
                Self::Lat,
                Self::Position,
                Self::Wkt,
                Self::Class,
                Self::AsOf,
                Self::Source,
                Self::Remark,
            ],
            ImportKind::Issues => &[
                Self::Code,
                Self::ReportedAt,
                Self::Status,
                Self::ClosedAt,
                Self::InTime,
                Self::Overtime,
                Self::CategoryGroup,
                Self::Class,
                Self::ClassDetail,
                Self::Detail,
                Self::Nature,
                Self::Content,
                Self::Result,
                Self::Unit,
                Self::UnitCode,
                Self::Community,
                Self::CommunityCode,
                Self::Street,
                Self::Compound,
                Self::CompoundCode,
                Self::BuildingName,
                Self::Address,
                Self::Lon,
                Self::Lat,
                Self::Position,
                Self::Wkt,
                Self::Channel,
                Self::Remark,
            ],
            ImportKind::Housekeepers => &[
                Self::Name,
                Self::Code,
                Self::KeeperKind,
                Self::Community,
                Self::CommunityCode,
                Self::Street,
                Self::Compound,
                Self::CompoundCode,
                Self::Residence,
                Self::Grid,
                Self::Phone,
                Self::DutyPhone,
                Self::StartDate,
                Self::EndDate,
                Self::BirthDate,
                Self::ConsentDate,
                Self::PartyJoinDate,
                Self::PartTimeCategory,
                Self::Capacity,
                Self::TermEnd,
                Self::Address,
                Self::AsOf,
                Self::Source,
                Self::Remark,
            ],
        }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Field {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.as_str() == word || field.label_zh() == word)
            .ok_or_else(|| format!("没有名为“{word}”的字段 / no field is called “{word}”"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_fields_are_inverse_to_each_other() {
        for field in Field::ALL {
            assert_eq!(field.as_str().parse::<Field>().unwrap(), *field);
            assert_eq!(serde_json::to_value(field).unwrap(), field.as_str());
        }
    }

    #[test]
    fn required_fields_are_among_the_fields_of_their_kind() {
        for kind in ImportKind::ALL {
            for field in Field::ALL.iter().filter(|f| f.required(*kind)) {
                assert!(Field::of(*kind).contains(field), "{kind}: {field}");
            }
        }
    }
}
