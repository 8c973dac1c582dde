//! Names, codes and numbers that nobody owns.
//!
//! Invariant: persons, streets and districts are visibly artificial (示例, 合成); numbers start
//! with 100 and cannot be assigned; codes lie in 999xxx. Compounds have plain, common names.

/// Heavenly stems, for persons and companies.
const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];

pub(super) const DISTRICT_CODE: &str = "999001000000";
pub(super) const DISTRICT_NAME: &str = "示例市示例区（合成）";

/// Communities of the small street and names for their compounds.
pub(super) const SMALL: [(&str, &[&str]); 7] = [
    (
        "幸福",
        &[
            "幸福苑",
            "百合园",
            "金桂苑",
            "安康里",
            "棉纺二村",
            "向阳里",
            "福寿里",
            "锦绣家园",
            "邮电小区",
        ],
    ),
    (
        "文昌",
        &[
            "文昌府",
            "书香庭",
            "翰林苑",
            "玉兰里",
            "学府花园",
            "海棠苑",
            "新华园",
            "紫薇花园",
            "兰台里",
            "景文小区",
            "百花里",
        ],
    ),
    (
        "和平",
        &["和平里", "红旗新村", "建设里", "东风新村", "平安家园"],
    ),
    (
        "青年",
        &[
            "青年新村",
            "梧桐雅居",
            "枫林苑",
            "翠竹园",
            "银杏里",
            "供销小区",
        ],
    ),
    (
        "春晖",
        &[
            "春晖园",
            "阳光新城",
            "明珠花园",
            "丽景苑",
            "朝晖里",
            "望湖家园",
            "星苑小区",
            "康乐村",
        ],
    ),
    (
        "滨河",
        &[
            "滨河湾",
            "水岸雅苑",
            "柳岸人家",
            "清溪名邸",
            "荷塘里",
            "望溪花园",
            "渔光里",
            "临江小区",
            "南岸新村",
        ],
    ),
    (
        "桐荫",
        &[
            "桐荫里",
            "化机宿舍",
            "丰乐小区",
            "长乐坊",
            "金秋苑",
            "兰亭苑",
            "秋实园",
            "松鹤里",
            "同心苑",
        ],
    ),
];

const FIRST: [&str; 64] = [
    "幸福", "文昌", "和平", "青年", "春晖", "滨河", "桐荫", "安康", "向阳", "福寿", "锦绣", "玉兰",
    "海棠", "紫薇", "百花", "建设", "东风", "梧桐", "枫林", "翠竹", "银杏", "阳光", "明珠", "丽景",
    "朝晖", "望湖", "康乐", "柳岸", "清溪", "荷塘", "渔光", "临江", "丰乐", "长乐", "金秋", "兰亭",
    "秋实", "松鹤", "同心", "红旗", "新华", "学府", "书香", "金桂", "百合", "芳草", "碧波", "晨光",
    "景秀", "嘉和", "凤凰", "龙泉", "云锦", "石榴", "杏花", "桃源", "观澜", "西园", "东苑", "南湖",
    "北辰", "中和", "永安", "宁远",
];
const LAST: [&str; 16] = [
    "苑", "里", "家园", "新村", "花园", "小区", "雅居", "名邸", "园", "坊", "雅苑", "人家", "公寓",
    "新城", "庭", "佳苑",
];
const PART: [&str; 12] = [
    "", "东", "西", "南", "北", "中", "新", "一", "二", "三", "四", "五",
];

/// The `i`-th of 1,024 common compound names, then the same with 二期, 三期 …
pub(super) fn compound(i: usize) -> String {
    let n = FIRST.len() * LAST.len();
    let k = i % n;
    // Both indices move at once, so that neighbours differ in both parts.
    let name = format!(
        "{}{}",
        FIRST[k % FIRST.len()],
        LAST[(k + k / FIRST.len()) % LAST.len()]
    );
    match i / n {
        0 => name,
        phase => format!("{name}{}期", phase + 1),
    }
}

/// The `i`-th community or street name without its suffix.
pub(super) fn place(i: usize) -> String {
    let n = FIRST.len() * PART.len();
    let k = i % n;
    let name = format!("{}{}", FIRST[k % FIRST.len()], PART[k / FIRST.len()]);
    if i < n {
        name
    } else {
        format!("{name}{}", i / n + 1)
    }
}

pub(super) fn street_code(street: usize) -> String {
    format!("999001{:03}000", street + 1)
}

/// `number` counts communities within the street from 1.
pub(super) fn community_code(street: usize, number: usize) -> String {
    format!("999001{:03}{number:03}", street + 1)
}

/// 示例甲01: `stem` is taken modulo ten, `number` counts from 1.
pub(super) fn person(stem: usize, number: usize) -> String {
    format!("示例{}{number:02}", STEMS[stem % STEMS.len()])
}

pub(super) fn property_company(i: usize) -> String {
    format!("示例{}物业", STEMS[i % STEMS.len()])
}

/// Eleven digits; `i` counts from 0.
pub(super) fn private_phone(i: usize) -> String {
    format!("100{:08}", i + 1)
}

/// Eleven digits; `i` counts from 0.
pub(super) fn duty_phone(i: usize) -> String {
    format!("1001{:07}", i + 1)
}
