//! The headers that people write, by the field they mean.
//!
//! Only data: how headers are compared is in `columns`. Invariant: every word is in its
//! normalised form (a test in `columns` checks it).

use super::fields::Field;
use crate::domain::ImportKind;

/// Fields and the headers that mean them.
pub(super) type Synonyms = &'static [(Field, &'static [&'static str])];

/// Headers that mean the same whatever the rows are. Already normalised (see `normalise_header`).
#[rustfmt::skip]
pub(super) const COMMON: Synonyms = &[
    (
        Field::Lon,
        &[
            "lng", "lon", "long", "longitude", "经度", "东坐标", "x", "x坐标", "坐标x", "easting", "东经",
            "lngbd09", "lonbd09", "lnggcj02", "longcj02", "lngwgs84", "lonwgs84", "bdlng",
            "bdlon", "gdlng", "gdlon", "百度经度", "高德经度", "中心经度", "经度坐标", "pointx", "centerx",
            "xcoord", "lng84", "lon84", "wgs84lng", "wgs84lon", "gcj02lng", "gcj02lon",
        ],
    ),
    (
        Field::Lat,
        &[
            "lat", "latitude", "纬度", "北坐标", "y", "y坐标", "坐标y", "northing", "北纬", "latbd09",
            "latgcj02", "latwgs84", "bdlat", "gdlat", "百度纬度", "高德纬度", "中心纬度", "纬度坐标", "pointy",
            "centery", "ycoord", "lat84", "wgs84lat", "gcj02lat",
        ],
    ),
    (
        Field::Position,
        &[
            "坐标", "经纬度", "经度纬度", "经纬度坐标", "location", "lnglat", "lonlat", "position", "位置坐标",
            "中心坐标", "中心点坐标",
        ],
    ),
    (
        Field::Wkt,
        &[
            "wkt", "geom", "geometry", "thegeom", "shape", "几何", "边界", "范围坐标",
        ],
    ),
    (
        Field::CommunityCode,
        &[
            "社区编码", "社区代码", "社区编号", "村社区编码", "communitycode", "communityid", "社区区划代码", "所属社区编码",
        ],
    ),
    (
        Field::Community,
        &[
            "社区", "社区名称", "所属社区", "所在社区", "社区村", "村社区", "村居", "居委会", "村居委会", "社区居委会",
            "community", "communityname", "属地社区",
        ],
    ),
    (
        Field::StreetCode,
        &[
            "街道编码", "街道代码", "镇街编码", "乡镇代码", "街镇编码", "streetcode", "streetid", "towncode",
            "所属街道编码",
        ],
    ),
    (
        Field::Street,
        &[
            "街道", "街道名称", "所属街道", "所在街道", "镇街", "街镇", "街道镇", "乡镇", "乡镇街道", "镇街道", "街道乡镇",
            "street", "streetname", "subdistrict", "town", "township", "所属镇街",
        ],
    ),
    (
        Field::District,
        &[
            "区县", "区", "县区", "行政区", "所属区", "所属区县", "区县名称", "district", "districtname", "county",
            "countyname",
        ],
    ),
    (
        Field::Grid,
        &[
            "网格", "网格名称", "网格编码", "网格编号", "所属网格", "grid", "gridcode", "gridname", "所在网格",
        ],
    ),
    (
        Field::CompoundCode,
        &[
            "小区编码", "小区代码", "小区编号", "小区id", "所属小区编码", "compoundcode", "compoundid", "xqbm",
        ],
    ),
    (
        Field::Compound,
        &[
            "小区", "小区名称", "小区名", "所属小区", "所在小区", "居民小区", "住宅小区", "住宅小区名称", "物业小区", "楼盘", "楼盘名称",
            "项目名称", "小区院落", "院落名称", "compound", "compoundname", "estate", "xqmc",
        ],
    ),
    (
        Field::BuildingName,
        &[
            "幢号", "楼号", "栋号", "楼栋号", "楼幢号", "楼栋", "楼幢", "楼栋名称", "楼宇名称", "楼幢名称", "幢名", "幢", "栋",
            "楼名", "building", "buildingname", "buildingno", "buildingnumber", "bldgno",
            "bldgname", "建筑名称", "建筑物名称",
        ],
    ),
    (
        Field::Stairwell,
        &[
            "单元", "单元号", "单元名称", "stairwell", "unit", "unitno", "梯号",
        ],
    ),
    (
        Field::StairwellCount,
        &[
            "单元数", "单元总数", "单元数量", "stairwells", "stairwellcount", "unitcount",
        ],
    ),
    (
        Field::Households,
        &[
            "户数", "总户数", "住户数", "住户总数", "居民户数", "户籍户数", "常住户数", "入住户数", "房屋套数", "套数", "总套数",
            "规划户数", "房屋总数", "房屋户数", "实有户数", "household", "households", "housecount",
            "householdcount", "hhcount", "totalhouseholds", "numberofhouseholds", "housenum",
            "households总数", "zhs", "户籍户", "常住户", "入住户", "合计户数",
        ],
    ),
    (
        Field::Basis,
        &[
            "户数口径", "口径", "统计口径", "户数类型", "basis", "householdbasis",
        ],
    ),
    (
        Field::BuildingCount,
        &[
            "楼栋总数", "楼栋数", "楼幢数", "幢数", "栋数", "总栋数", "总幢数", "楼栋数量", "楼宇数", "房屋栋数", "楼数",
            "buildingcount", "buildings", "numberofbuildings", "bldgcount", "zds",
        ],
    ),
    (
        Field::Floors,
        &[
            "层数", "楼层", "楼层数", "总层数", "总楼层", "地上层数", "建筑层数", "floors", "floor", "floorcount",
            "levels", "buildinglevels", "storeys", "stories", "numfloors",
        ],
    ),
    (
        Field::Height,
        &[
            "高度", "建筑高度", "楼高", "房高", "建筑物高度", "height", "buildingheight", "heightm",
            "bldgheight", "renderheight",
        ],
    ),
    (
        Field::FloorArea,
        &[
            "建筑面积", "总建筑面积", "住宅建筑面积", "住宅面积", "floorarea", "grossfloorarea", "gfa",
            "floorareasqm", "jzmj",
        ],
    ),
    (
        Field::BuiltYear,
        &[
            "建成年份", "建成年代", "建筑年代", "竣工年份", "builtyear", "yearbuilt", "constructionyear",
        ],
    ),
    (
        Field::PropertyCompany,
        &[
            "物业公司", "物业", "物业服务企业", "物业企业", "物业名称", "物业公司名称", "物业管理公司", "物业服务公司",
            "propertycompany", "property", "propertymanagement", "managementcompany",
        ],
    ),
    (
        Field::Address,
        &[
            "地址", "详细地址", "标准地址", "门牌", "门牌号", "门牌地址", "小区地址", "坐落", "住址", "address", "addr",
            "fulladdress",
        ],
    ),
    (
        Field::AsOf,
        &[
            "截至日期", "截止日期", "统计日期", "统计时间", "数据日期", "更新日期", "更新时间", "asof", "asofdate",
            "updated",
        ],
    ),
    (
        Field::Source,
        &["来源", "数据来源", "出处", "source", "datasource"],
    ),
    (
        Field::Remark,
        &[
            "备注", "说明", "remark", "remarks", "note", "notes", "comment",
        ],
    ),
];

/// `id`, `fid` and `objectid` are not here: they number the rows of one file and would make rows of
/// different files look the same. They can be matched by hand.
const CODE_WORDS: &[&str] = &["code", "编码", "代码", "编号", "统一编码"];
const NAME_WORDS: &[&str] = &["name", "名称", "名字", "mc"];
const CLASS_WORDS: &[&str] = &[
    "kind",
    "class",
    "type",
    "fclass",
    "类型",
    "类别",
    "种类",
    "分类",
    "category",
    "用途",
    "房屋用途",
    "建筑用途",
];
const CLASS_DETAIL_WORDS: &[&str] = &["kinddetail", "subclass", "subtype", "小类", "细类", "子类"];

/// Headers whose meaning depends on what the rows are; looked at before [`COMMON`].
#[rustfmt::skip]
pub(super) fn own(kind: ImportKind) -> Synonyms {
    match kind {
        ImportKind::Regions => &[
            (Field::Code, CODE_WORDS),
            (
                Field::Code,
                &[
                    "区划代码", "行政区划代码", "区划编码", "统计用区划代码", "adcode", "geocode", "code12",
                    "regioncode", "gb", "社区编码", "社区代码", "dm", "区域代码",
                ],
            ),
            (Field::Name, NAME_WORDS),
            (
                Field::Name,
                &[
                    "区划名称", "行政区划名称", "regionname", "社区名称", "区域名称",
                ],
            ),
            (
                Field::ParentCode,
                &[
                    "上级代码", "上级编码", "上级区划代码", "父级编码", "parentcode", "parent", "pcode",
                    "parentid",
                ],
            ),
            (
                Field::Level,
                &["级别", "层级", "行政级别", "level", "adminlevel", "类型"],
            ),
        ],
        ImportKind::Grids => &[
            (Field::Code, CODE_WORDS),
            (
                Field::Code,
                &[
                    "网格编码", "网格代码", "网格编号", "gridcode", "gridid", "wgbm",
                ],
            ),
            (Field::Name, NAME_WORDS),
            (
                Field::Name,
                &["网格名称", "网格", "grid", "gridname", "wgmc"],
            ),
            (
                Field::ParentCode,
                &["上级代码", "上级编码", "parentcode", "parent"],
            ),
            (Field::Class, CLASS_WORDS),
            (Field::Class, &["网格类型", "网格类别"]),
        ],
        ImportKind::Compounds => &[
            (Field::Code, CODE_WORDS),
            (
                Field::Code,
                &[
                    "小区编码", "小区代码", "小区编号", "小区id", "compoundcode", "compoundid", "xqbm",
                ],
            ),
            (Field::Name, NAME_WORDS),
            (
                Field::Name,
                &[
                    "小区名称", "小区", "小区名", "居民小区", "住宅小区", "住宅小区名称", "物业小区", "楼盘", "楼盘名称", "项目名称",
                    "小区院落", "院落名称", "compound", "compoundname", "estate", "xqmc",
                ],
            ),
            (Field::Class, CLASS_WORDS),
            (Field::ClassDetail, CLASS_DETAIL_WORDS),
        ],
        ImportKind::Buildings => &[
            (Field::Code, CODE_WORDS),
            (
                Field::Code,
                &[
                    "楼栋编码", "楼栋编号", "建筑编码", "建筑物编码", "楼栋代码", "buildingcode", "buildingid",
                ],
            ),
            (Field::Name, NAME_WORDS),
            (Field::StreetCode, &["geocode"]),
            (Field::Class, CLASS_WORDS),
            (Field::ClassDetail, CLASS_DETAIL_WORDS),
            (Field::ClassDetail, &["building"]),
        ],
        ImportKind::Barriers => &[
            (Field::Code, CODE_WORDS),
            (Field::Name, NAME_WORDS),
            (
                Field::Name,
                &["道路名称", "路名", "河流名称", "河道名称", "水系名称"],
            ),
            (Field::Class, CLASS_WORDS),
            (
                Field::Class,
                &[
                    "highway", "railway", "waterway", "natural", "roadclass", "道路等级", "等级",
                ],
            ),
            (Field::ClassDetail, CLASS_DETAIL_WORDS),
        ],
        ImportKind::Gates => &[
            (Field::Code, CODE_WORDS),
            (Field::Name, NAME_WORDS),
            (
                Field::Name,
                &[
                    "门名", "大门", "出入口", "出入口名称", "大门名称", "gate", "gatename",
                ],
            ),
            (Field::Class, CLASS_WORDS),
        ],
        ImportKind::Issues => &[
            (Field::Code, CODE_WORDS),
            (
                Field::Code,
                &[
                    "工单编号", "工单号", "受理编号", "案件编号", "诉求编号", "问题编号", "recid", "uniquekey", "caseid",
                    "servicerequestid", "requestid", "srnumber", "casenumber", "ticketid",
                ],
            ),
            (
                Field::ReportedAt,
                &[
                    "受理时间", "来电时间", "登记时间", "上报时间", "创建时间", "诉求时间", "反映时间", "受理日期", "createtime",
                    "createddate", "createdat", "requesteddatetime", "opened", "dateopened", "opendate",
                    "reportedat",
                ],
            ),
            (
                Field::ClosedAt,
                &[
                    "办结时间", "结案时间", "办结日期", "归档时间", "完成时间", "closeddate", "closedat", "closed",
                    "dateclosed", "closetime",
                ],
            ),
            (
                Field::Status,
                &[
                    "状态", "工单状态", "办理状态", "案件状态", "处理状态", "status", "casestatus", "state",
                ],
            ),
            (
                Field::CategoryGroup,
                &["大类", "事件类型", "一级分类", "一级类别", "诉求类别", "eventtypename"],
            ),
            (Field::Class, CLASS_WORDS),
            (
                Field::Class,
                &[
                    "主类", "问题类别", "问题类型", "二级分类", "二级类别", "maintypename", "servicename",
                    "casecategory",
                ],
            ),
            (Field::ClassDetail, CLASS_DETAIL_WORDS),
            (
                Field::ClassDetail,
                &[
                    "三级分类", "三级类别", "subtypename", "complainttype", "requesttype", "subcategory",
                ],
            ),
            (Field::Detail, &["细目", "descriptor", "requestdetails"]),
            (
                Field::Content,
                &[
                    "诉求内容", "问题描述", "描述", "内容", "事项描述", "诉求标题", "标题", "title", "content",
                    "description", "details",
                ],
            ),
            (
                Field::Result,
                &[
                    "处理结果", "办理结果", "答复内容", "回复内容", "办理情况", "statusnotes", "resolution",
                    "resolutiondescription", "result",
                ],
            ),
            (
                Field::Unit,
                &[
                    "承办单位", "处置单位", "主办单位", "责任单位", "办理单位", "disposeunitname", "agencyname",
                    "agency", "responsibleagency",
                ],
            ),
            (
                Field::UnitCode,
                &["承办单位编码", "处置单位编码", "责任单位编码", "disposeunitid", "agencycode"],
            ),
            (
                Field::InTime,
                &[
                    "按时办结", "是否按时", "是否按期", "按期办结", "intimearchivenum", "ontime", "intime",
                ],
            ),
            (
                Field::Overtime,
                &[
                    "超时办结", "是否超时", "是否超期", "超期办结", "overtimearchivenum", "overdue", "overtime",
                ],
            ),
            (
                Field::Channel,
                &[
                    "来源", "来源渠道", "受理渠道", "诉求来源", "渠道", "eventsrcname", "source", "channel",
                    "methodreceived", "openedvia", "casesource",
                ],
            ),
            (Field::Nature, &["诉求性质", "诉求类型", "性质", "eventpropertyname"]),
            (
                Field::Address,
                &["发生地点", "事发地点", "诉求地址", "问题地点", "occurplace", "incidentaddress", "locationaddress"],
            ),
            // What 311 systems export beside latitude and longitude: `POINT (-122.4 37.7)`.
            (Field::Wkt, &["location"]),
        ],
        ImportKind::Housekeepers => &[
            (Field::Code, CODE_WORDS),
            (
                Field::Code,
                &["工号", "人员编号", "管家编号", "staffno", "staffid"],
            ),
            (Field::Name, NAME_WORDS),
            (
                Field::Name,
                &[
                    "姓名", "小管家", "管家", "小管家姓名", "管家姓名", "人员姓名", "fullname", "keeper",
                    "housekeeper",
                ],
            ),
            (
                Field::KeeperKind,
                &[
                    "专兼职", "专职兼职", "专职或兼职", "人员类型", "人员类别", "管家类型", "用工性质", "keeperkind", "kind",
                    "类型", "类别", "type",
                ],
            ),
            (
                Field::DutyPhone,
                &[
                    "值班电话", "值班室电话", "工作电话", "dutyphone", "officephone", "办公电话",
                ],
            ),
            (
                Field::Phone,
                &[
                    "电话", "手机", "手机号", "私人电话", "个人电话", "手机号码", "联系电话", "联系方式", "电话号码", "phone", "mobile", "tel",
                    "telephone",
                ],
            ),
            (
                Field::BirthDate,
                &[
                    "出生日期", "出生年月", "生日", "birthdate", "birthday", "dateofbirth",
                ],
            ),
            (
                Field::ConsentDate,
                &["同意公示日期", "公示同意日期", "同意日期", "consentdate", "consent"],
            ),
            (
                Field::StartDate,
                &[
                    "上岗日期", "上岗时间", "任职日期", "任职时间", "到岗时间", "入职时间", "入职日期", "开始日期", "startdate",
                    "since",
                ],
            ),
            (
                Field::EndDate,
                &[
                    "离岗日期", "离岗时间", "离职日期", "离职时间", "结束日期", "enddate", "until",
                ],
            ),
            (
                Field::PartyJoinDate,
                &[
                    "入党时间", "入党日期", "入党年月", "partyjoindate", "partydate",
                ],
            ),
            (
                Field::Residence,
                &["居住楼栋", "居住楼号", "现住楼栋", "住址楼栋", "residence", "residencebuilding"],
            ),
            (
                Field::PartTimeCategory,
                &["兼职类别", "兼职身份", "兼职来源", "parttimecategory", "category"],
            ),
            (
                Field::Capacity,
                &["可服务户数", "服务户数上限", "承载户数", "capacity"],
            ),
            (
                Field::TermEnd,
                &["任期至", "任期截止", "任期届满", "任期结束日期", "termend"],
            ),
        ],
    }
}
