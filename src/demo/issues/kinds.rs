//! The kinds of issues of the demo: how often, in which season, whose duty, in which words.
//!
//! Invariant: every code is a category of `assets/categories.json`, and no text could be taken for a real report.

use super::duties::Body;
use crate::domain::issue::CityField;

/// When in the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Season {
    /// The same all year.
    Even,
    /// Heat: smells, open windows, insects.
    Summer,
    /// The heating season from November to March.
    Heating,
    /// Dark evenings.
    Winter,
    /// The rains from June to August.
    Rain,
}

impl Season {
    /// How much more than in the mean of a year; `month0` counts from 0.
    pub fn factor(self, month0: u32) -> f64 {
        const SUMMER: [f64; 12] = [0.6, 0.6, 0.8, 0.9, 1.1, 1.5, 1.7, 1.6, 1.2, 0.9, 0.6, 0.5];
        const HEATING: [f64; 12] = [3.0, 2.4, 1.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 2.5, 2.8];
        const WINTER: [f64; 12] = [1.4, 1.3, 1.0, 0.8, 0.7, 0.7, 0.7, 0.7, 0.9, 1.1, 1.3, 1.4];
        const RAIN: [f64; 12] = [0.4, 0.4, 0.7, 0.9, 1.1, 1.9, 2.2, 1.7, 1.0, 0.7, 0.5, 0.5];
        let by_month = match self {
            Self::Even => return 1.0,
            Self::Summer => SUMMER,
            Self::Heating => HEATING,
            Self::Winter => WINTER,
            Self::Rain => RAIN,
        };
        by_month[month0 as usize % 12]
    }
}

/// A kind of issue.
pub(super) struct Kind {
    /// Code of the category.
    pub code: &'static str,
    /// How often, against the others.
    pub weight: u32,
    pub season: Season,
    pub duty: Body,
    /// The share that a keeper solves alone.
    pub on_the_spot: f64,
    /// Problem and result; `{}` is the place.
    pub texts: &'static [(&'static str, &'static str)],
}

impl Kind {
    /// The share of all issues in the mean of a year.
    pub fn share(&self) -> f64 {
        const ALL: u32 = {
            let (mut sum, mut at) = (0, 0);
            while at < KINDS.len() {
                sum += KINDS[at].weight;
                at += 1;
            }
            sum
        };
        f64::from(self.weight) / f64::from(ALL)
    }

    /// The cluster of compounds that has three times as many of them lately: the first lives with dirt and parked
    /// cars, the second with pipes and wires.
    pub fn cluster(&self) -> Option<usize> {
        match self.family() {
            "environment" | "order" => Some(0),
            "utilities" => Some(1),
            _ => None,
        }
    }

    /// Whether it is no thing at a place but an opinion.
    pub fn is_opinion(&self) -> bool {
        self.code == "people.opinion"
    }

    /// The field of the city's roll-up.
    pub fn field(&self) -> Option<CityField> {
        match (self.family(), self.code) {
            ("order", _) => Some(CityField::Civility),
            ("safety", _) => Some(CityField::Safety),
            (_, "people.opinion") => Some(CityField::Opinion),
            (_, "people.neighbours" | "people.domestic") => Some(CityField::Mediation),
            _ => None,
        }
    }

    fn family(&self) -> &'static str {
        self.code.split('.').next().unwrap_or_default()
    }
}

const fn kind(
    code: &'static str,
    weight: u32,
    season: Season,
    duty: Body,
    on_the_spot: f64,
    texts: &'static [(&'static str, &'static str)],
) -> Kind {
    Kind {
        code,
        weight,
        season,
        duty,
        on_the_spot,
        texts,
    }
}

use Body::{Company, Locality, Urban, Water, Works};
use Season::{Even, Heating, Rain, Summer, Winter};

/// All kinds.
#[rustfmt::skip]
pub(super) const KINDS: [Kind; 37] = [
    kind("environment.rubbish", 150, Summer, Company, 0.94, &[
        ("{}垃圾桶满溢，有异味。", "{}垃圾已清运，桶已冲洗。"),
        ("{}旁有装修垃圾堆放。", "已联系业主，装修垃圾当日运走。"),
    ]),
    kind("environment.stairwell_clutter", 110, Even, Company, 0.94, &[
        ("{}楼道堆放纸箱和旧家具。", "已上门劝导，住户自行清走。"),
        ("{}二楼平台堆物，影响通行。", "楼道已清空，并留温馨提示。"),
    ]),
    kind("environment.noise", 55, Summer, Urban, 0.93, &[
        ("{}附近晚间音响声大，影响休息。", "已劝导调低音量，约定二十一时前结束。"),
        ("{}午休时间装修施工。", "已告知施工时段，施工方停工。"),
    ]),
    kind("environment.pets", 50, Even, Locality, 0.95, &[
        ("{}附近遛狗不牵绳。", "已当面劝导，主人系好牵引绳。"),
    ]),
    kind("environment.greenery", 35, Summer, Company, 0.9, &[
        ("{}旁树枝过低，遮挡路灯。", "已修剪树枝。"),
        ("{}绿化带内种菜。", "已清理菜地，补种草皮。"),
    ]),
    kind("environment.drying", 25, Even, Company, 0.96, &[
        ("{}前绿篱上晾晒被褥。", "已劝收，并指引到晾晒区。"),
    ]),
    kind("environment.pests", 15, Summer, Company, 0.85, &[
        ("{}旁积水处蚊虫多。", "已清除积水并投药。"),
    ]),
    kind("order.untidy_parking", 120, Even, Urban, 0.95, &[
        ("{}门口电动车乱停放。", "车辆已摆放整齐。"),
        ("{}旁有长期停放的旧车。", "已联系车主移走。"),
    ]),
    kind("order.lane_parking", 60, Even, Urban, 0.92, &[
        ("{}旁车辆占道，车辆难以通过。", "已联系车主挪车，道路畅通。"),
    ]),
    kind("order.private_lock", 12, Even, Urban, 0.8, &[
        ("{}旁公共车位私装地锁。", "地锁已拆除。"),
    ]),
    kind("order.illegal_building", 6, Even, Urban, 0.5, &[
        ("{}一层住户搭建阳光房。", "现场核实后限期自拆，已拆除。"),
    ]),
    kind("safety.flying_wire", 45, Even, Company, 0.93, &[
        ("{}有人从窗口拉线给电动车充电。", "已拔除飞线，引导到充电桩。"),
    ]),
    kind("safety.indoor_charging", 45, Even, Company, 0.94, &[
        ("{}有电动车推入门厅充电。", "已劝离，车辆停到车棚。"),
    ]),
    kind("safety.fire_lane", 30, Even, Urban, 0.93, &[
        ("{}前消防通道被车辆占用。", "车辆已移走，消防通道畅通。"),
    ]),
    kind("safety.fire", 15, Even, Company, 0.88, &[
        ("{}灭火器压力不足。", "灭火器已更换。"),
    ]),
    kind("safety.hazard", 10, Even, Works, 0.75, &[
        ("{}旁护栏松动。", "护栏已加固。"),
    ]),
    kind("safety.falling_objects", 8, Even, Company, 0.8, &[
        ("{}有人从高处丢下杂物。", "已逐户提醒，加装提示牌。"),
    ]),
    kind("utilities.lighting", 35, Winter, Works, 0.8, &[
        ("{}楼道灯不亮。", "灯泡已更换。"),
        ("{}旁路灯夜间不亮。", "线路已修复，路灯已亮。"),
    ]),
    kind("utilities.heating", 30, Heating, Works, 0.7, &[
        ("{}住户反映暖气不热。", "已排气并调节阀门，室温恢复。"),
    ]),
    kind("utilities.drainage", 25, Rain, Works, 0.75, &[
        ("{}门前下水道堵塞返水。", "管道已疏通。"),
        ("{}旁雨后积水。", "雨水口已清掏，积水退去。"),
    ]),
    kind("utilities.water", 22, Even, Water, 0.75, &[
        ("{}水压低，高层用水困难。", "阀门已检修，水压恢复。"),
        ("{}旁水管渗漏。", "水管已修复。"),
    ]),
    kind("utilities.power", 15, Summer, Works, 0.7, &[
        ("{}一单元跳闸停电。", "已复位送电，并检查线路。"),
    ]),
    kind("utilities.gas", 6, Even, Works, 0.6, &[
        ("{}住户闻到燃气气味。", "接口已紧固，检测合格。"),
    ]),
    kind("facilities.door", 30, Even, Company, 0.85, &[
        ("{}单元门关不上。", "闭门器已更换。"),
        ("{}门禁刷卡无反应。", "门禁已修复。"),
    ]),
    kind("facilities.lift", 22, Even, Company, 0.75, &[
        ("{}电梯运行有异响。", "维保单位已检修。"),
        ("{}电梯停运。", "故障已排除，电梯恢复运行。"),
    ]),
    kind("facilities.road", 14, Even, Works, 0.7, &[
        ("{}旁路面破损，雨天积水。", "路面已修补。"),
        ("{}旁井盖松动。", "井盖已更换。"),
    ]),
    kind("facilities.charging", 12, Even, Company, 0.85, &[
        ("{}旁充电口不能用。", "充电口已修复。"),
    ]),
    kind("facilities.roof", 10, Rain, Company, 0.5, &[
        ("{}顶层屋面渗漏。", "屋面防水已修补。"),
    ]),
    kind("facilities.plate_reader", 8, Even, Company, 0.85, &[
        ("小区入口（{}）车牌识别不抬杆。", "设备已重启，恢复正常。"),
    ]),
    kind("facilities.fitness", 8, Even, Company, 0.8, &[
        ("{}旁健身器材松动。", "器材已紧固。"),
    ]),
    kind("facilities.bicycle_shed", 8, Even, Company, 0.8, &[
        ("{}旁车棚顶破损。", "车棚顶已修补。"),
    ]),
    kind("facilities.drying_rack", 5, Even, Company, 0.85, &[
        ("{}旁晾衣架断裂。", "晾衣架已更换。"),
    ]),
    kind("people.property_service", 25, Even, Company, 0.85, &[
        ("{}住户反映物业保洁不及时。", "物业已调整保洁班次。"),
    ]),
    kind("people.neighbours", 20, Even, Locality, 0.88, &[
        ("{}上下楼因漏水发生争执。", "双方已达成一致，修复漏点。"),
    ]),
    kind("people.care", 20, Even, Locality, 0.9, &[
        ("{}独居老人需要上门看望。", "已上门看望，约定每周探访。"),
    ]),
    kind("people.opinion", 15, Even, Locality, 0.85, &[
        ("{}居民建议增设座椅。", "建议已列入议事清单，并答复居民。"),
    ]),
    kind("people.domestic", 5, Even, Locality, 0.8, &[
        ("{}一户家庭因照料老人有分歧。", "已陪同协商，家人商定轮流照料。"),
    ]),
];
