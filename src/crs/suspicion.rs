//! What is suspected of a declared coordinate system, in words.
//!
//! Not the checks themselves (see `suspect.rs`). Nothing is corrected: the user decides.

use super::crs_enum::Crs;
use super::gauss_kruger::GkZone;

/// A reason to doubt the declared system.
#[derive(Debug, Clone, PartialEq)]
pub enum Suspicion {
    /// A geographic system was declared, but most values are no degrees.
    NotDegrees {
        /// What was declared.
        declared: Crs,
        /// The median value, as given.
        example: [f64; 2],
    },
    /// A projected system was declared, but most values are degrees.
    LooksGeographic {
        /// What was declared.
        declared: Crs,
        /// The median value, as given.
        example: [f64; 2],
    },
    /// Latitude stands where longitude should, or northing where easting should.
    AxesExchanged {
        /// What was declared.
        declared: Crs,
        /// The median value, as given.
        example: [f64; 2],
    },
    /// Eastings fit another zone, or have or lack the zone prefix.
    OtherZone {
        /// What was declared.
        declared: GkZone,
        /// Number before the six digits of the easting; `None` when there is none.
        found_prefix: Option<u8>,
        /// The code that fits the values.
        fits: Option<GkZone>,
    },
    /// The values lie far from the central meridian of the declared zone.
    FarFromMeridian {
        /// What was declared.
        declared: GkZone,
        /// Median distance, degrees of longitude.
        degrees: f64,
    },
    /// Most places lie outside China under the declared system.
    OutsideChina {
        /// What was declared.
        declared: Crs,
        /// The median place, (lon, lat) degrees WGS 84.
        example: [f64; 2],
    },
    /// Things of one name lie hundreds of metres from those loaded.
    Shifted {
        /// What was declared.
        declared: Crs,
        /// The system under which they coincide, if one does.
        fits: Option<Crs>,
        /// Median displacement to the east, metres.
        east_m: f64,
        /// Median displacement to the north, metres.
        north_m: f64,
        /// Pairs of one name that were compared.
        pairs: usize,
    },
    /// Places lie in water.
    InWater {
        /// What was declared.
        declared: Crs,
        /// How many.
        in_water: usize,
        /// Of how many.
        of: usize,
        /// The system under which clearly fewer do, if one does, and how many.
        fits: Option<(Crs, usize)>,
    },
    /// Everything lies far from the layers already loaded.
    FarFromLoaded {
        /// What was declared.
        declared: Crs,
        /// Distance, kilometres.
        distance_km: f64,
    },
}

impl Suspicion {
    /// Stable identifier.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotDegrees { .. } => "crs_not_degrees",
            Self::LooksGeographic { .. } => "crs_looks_geographic",
            Self::AxesExchanged { .. } => "crs_axes_exchanged",
            Self::OtherZone { .. } => "crs_other_zone",
            Self::FarFromMeridian { .. } => "crs_far_from_meridian",
            Self::OutsideChina { .. } => "crs_outside_china_mostly",
            Self::Shifted { .. } => "crs_shifted",
            Self::InWater { .. } => "crs_in_water",
            Self::FarFromLoaded { .. } => "crs_far_from_loaded",
        }
    }

    /// What is suspected and what to do, in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::NotDegrees {
                declared,
                example: [x, y],
            } => format!(
                "声明为经纬度坐标系“{}”，但数值（如 {x}, {y}）不是度数，像是以米为单位的投影坐标；请核对坐标系",
                declared.label_zh()
            ),
            Self::LooksGeographic {
                declared,
                example: [x, y],
            } => format!(
                "声明为投影坐标系“{}”，但数值（如 {x}, {y}）像是经纬度；请核对坐标系",
                declared.label_zh()
            ),
            Self::AxesExchanged {
                declared,
                example: [x, y],
            } => format!(
                "按“{}”看，两列坐标（如 {x}, {y}）像是颠倒了（应为东坐标/经度在前，北坐标/纬度在后）；\
                 未自动对调，请核对坐标列",
                declared.label_zh()
            ),
            Self::OtherZone {
                declared,
                found_prefix,
                fits,
            } => format!(
                "东坐标{}，与所声明的“{}”不符{}",
                match found_prefix {
                    Some(prefix) => format!("带有带号 {prefix}"),
                    None => "没有带号".to_owned(),
                },
                declared.label_zh(),
                fits.map_or_else(
                    || "；请核对分带".to_owned(),
                    |zone| format!("；与“{}”相符", zone.label_zh())
                )
            ),
            Self::FarFromMeridian { declared, degrees } => format!(
                "数据距“{}”的中央经线约 {degrees:.1}°，远在分带之外；请核对分带",
                declared.label_zh()
            ),
            Self::OutsideChina {
                declared,
                example: [lon, lat],
            } => format!(
                "按“{}”换算后大部分位置（如 {lon:.5}, {lat:.5}）不在中国范围内；请核对坐标系和坐标列",
                declared.label_zh()
            ),
            Self::Shifted {
                declared,
                fits,
                east_m,
                north_m,
                pairs,
            } => format!(
                "与已有同名对象相比，整体偏移约 {:.0} 米（东 {east_m:.0}，北 {north_m:.0}，比较了 {pairs} 对）；\
                 声明的是“{}”{}",
                f64::hypot(*east_m, *north_m),
                declared.label_zh(),
                fits.map_or_else(
                    || "，请核对坐标系".to_owned(),
                    |crs| format!("，但按“{}”则相符", crs.label_zh())
                )
            ),
            Self::InWater {
                declared,
                in_water,
                of,
                fits,
            } => format!(
                "按“{}”有 {in_water} 个位置落在水面上（共 {of} 个）{}",
                declared.label_zh(),
                fits.map_or_else(
                    || "；请核对坐标系".to_owned(),
                    |(crs, n)| format!("；按“{}”则为 {n} 个", crs.label_zh())
                )
            ),
            Self::FarFromLoaded {
                declared,
                distance_km,
            } => format!(
                "按“{}”换算后，数据距已有图层约 {distance_km:.0} 公里；请核对坐标系或文件",
                declared.label_zh()
            ),
        }
    }

    /// What is suspected and what to do, in English.
    pub fn en(&self) -> String {
        match self {
            Self::NotDegrees {
                declared,
                example: [x, y],
            } => format!(
                "declared as {}, but values such as {x}, {y} are no degrees; they look projected, \
                 in metres: check the coordinate system",
                declared.label_en()
            ),
            Self::LooksGeographic {
                declared,
                example: [x, y],
            } => format!(
                "declared as {}, but values such as {x}, {y} look like degrees: check the \
                 coordinate system",
                declared.label_en()
            ),
            Self::AxesExchanged {
                declared,
                example: [x, y],
            } => format!(
                "under {} the two coordinates (such as {x}, {y}) look exchanged (easting or \
                 longitude comes first); nothing was swapped: check the columns",
                declared.label_en()
            ),
            Self::OtherZone {
                declared,
                found_prefix,
                fits,
            } => format!(
                "eastings {} and do not fit {}{}",
                match found_prefix {
                    Some(prefix) => format!("begin with zone {prefix}"),
                    None => "have no zone prefix".to_owned(),
                },
                declared.label_en(),
                fits.map_or_else(
                    || ": check the zone".to_owned(),
                    |zone| format!("; they fit {}", zone.label_en())
                )
            ),
            Self::FarFromMeridian { declared, degrees } => format!(
                "the data lie about {degrees:.1}° from the central meridian of {}: check the zone",
                declared.label_en()
            ),
            Self::OutsideChina {
                declared,
                example: [lon, lat],
            } => format!(
                "under {} most places (such as {lon:.5}, {lat:.5}) lie outside China: check the \
                 coordinate system and columns",
                declared.label_en()
            ),
            Self::Shifted {
                declared,
                fits,
                east_m,
                north_m,
                pairs,
            } => format!(
                "things of the same name lie about {:.0} m from those loaded (east {east_m:.0}, \
                 north {north_m:.0}, {pairs} pairs); declared is {}{}",
                f64::hypot(*east_m, *north_m),
                declared.label_en(),
                fits.map_or_else(
                    || ": check the coordinate system".to_owned(),
                    |crs| format!(", but they coincide under {}", crs.label_en())
                )
            ),
            Self::InWater {
                declared,
                in_water,
                of,
                fits,
            } => format!(
                "under {} {in_water} of {of} places lie in water{}",
                declared.label_en(),
                fits.map_or_else(
                    || ": check the coordinate system".to_owned(),
                    |(crs, n)| format!("; under {} it would be {n}", crs.label_en())
                )
            ),
            Self::FarFromLoaded {
                declared,
                distance_km,
            } => format!(
                "under {} the data lie about {distance_km:.0} km from what is loaded: check the \
                 coordinate system or the file",
                declared.label_en()
            ),
        }
    }

    /// The system that fits better, if one was found.
    pub fn fits(&self) -> Option<Crs> {
        match self {
            Self::OtherZone { fits, .. } => fits.map(Crs::GaussKruger),
            Self::Shifted { fits, .. } => *fits,
            Self::InWater { fits, .. } => fits.map(|(crs, _)| crs),
            _ => None,
        }
    }
}
