//! Declarations as they come in real files and from real users.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn gk(epsg: u16) -> Crs {
    Crs::GaussKruger(GkZone::from_epsg(epsg).unwrap())
}

#[test]
fn the_words_of_users_are_understood() {
    for (word, crs) in [
        ("EPSG:4326", Crs::Wgs84),
        ("4326", Crs::Wgs84),
        ("WGS84", Crs::Wgs84),
        (" wgs 84 ", Crs::Wgs84),
        ("EPSG:4490", Crs::Cgcs2000),
        ("cgcs2000", Crs::Cgcs2000),
        ("国家2000", Crs::Cgcs2000),
        ("EPSG:4547", gk(4547)),
        ("epsg:4527", gk(4527)),
        ("EPSG 4548", gk(4548)),
        ("4554", gk(4554)),
        ("EPSG:3857", Crs::WebMercator),
        ("web_mercator", Crs::WebMercator),
        ("GCJ-02", Crs::Gcj02),
        ("gcj02", Crs::Gcj02),
        ("火星坐标", Crs::Gcj02),
        ("BD-09", Crs::Bd09),
        ("bd09ll", Crs::Bd09),
        ("百度坐标", Crs::Bd09),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", Crs::Wgs84),
        ("urn:ogc:def:crs:OGC::CRS84", Crs::Wgs84),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", Crs::Wgs84),
        ("urn:ogc:def:crs:EPSG::4547", gk(4547)),
        ("urn:ogc:def:crs:EPSG:6.9:4490", Crs::Cgcs2000),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", Crs::Wgs84),
        ("CGCS2000_3_Degree_GK_CM_117E", gk(4548)),
    ] {
        assert_eq!(from_word(word), Ok(crs), "{word}");
    }
}

#[test]
fn unknown_words_say_what_was_found_and_what_is_accepted() {
    let error = from_word("上海城市坐标").unwrap_err();
    assert_eq!(error.code(), "crs_unknown");
    for text in [error.to_string(), error.zh()] {
        assert!(
            text.contains("上海城市坐标") && text.contains("EPSG:4490"),
            "{text}"
        );
    }
    assert_eq!(from_word("  "), Err(DeclareError::Missing));
    for (word, code) in [
        ("EPSG:4555", "crs_unsupported"),
        ("EPSG:2437", "crs_unsupported"),
        ("EPSG:32650", "crs_unsupported"),
        ("西安80", "crs_unsupported"),
        ("Beijing 1954", "crs_unsupported"),
        ("bd09mc", "crs_unsupported"),
        ("EPSG:1", "crs_unknown"),
        ("EPSG:70085", "crs_unknown"),
        ("99999999999999999999", "crs_unknown"),
        ("foo:4326", "crs_unknown"),
    ] {
        assert_eq!(from_word(word).unwrap_err().code(), code, "{word}");
    }
    assert!(
        from_word(&"x".repeat(10_000))
            .unwrap_err()
            .to_string()
            .len()
            < 400
    );
}

const ESRI_4490: &str = r#"GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
const ESRI_4326: &str = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
const ESRI_3857: &str = r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]"#;

fn esri_gk(name: &str, meridian: &str, easting: &str) -> String {
    format!(
        r#"PROJCS["{name}",{ESRI_4490},PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{easting}],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#
    )
}

#[test]
fn prj_files_of_esri_are_understood() {
    assert_eq!(from_prj(ESRI_4490), Ok(Crs::Cgcs2000));
    assert_eq!(from_prj(ESRI_4326), Ok(Crs::Wgs84));
    assert_eq!(from_prj(ESRI_3857), Ok(Crs::WebMercator));
    for (name, meridian, easting, epsg) in [
        ("CGCS2000_3_Degree_GK_CM_117E", "117.0", "500000.0", 4548),
        ("CGCS2000_GK_CM_117E", "117.0", "500000.0", 4509),
        ("CGCS2000_3_Degree_GK_Zone_39", "117.0", "39500000.0", 4527),
        ("CGCS2000_GK_Zone_20", "117.0", "20500000.0", 4498),
        ("合肥市 2000", "117", "500000", 4548),
        ("user_defined", "120.0", "40500000.0", 4528),
    ] {
        assert_eq!(
            from_prj(&esri_gk(name, meridian, easting)),
            Ok(gk(epsg)),
            "{name}"
        );
    }
}

#[test]
fn prj_files_of_all_64_codes_are_understood() {
    for zone in GkZone::all() {
        let name = match (zone.width_deg(), zone.zone_prefix()) {
            (3, Some(n)) => format!("CGCS2000_3_Degree_GK_Zone_{n}"),
            (3, None) => format!("CGCS2000_3_Degree_GK_CM_{}E", zone.central_meridian_deg()),
            (_, Some(n)) => format!("CGCS2000_GK_Zone_{n}"),
            (_, None) => format!("CGCS2000_GK_CM_{}E", zone.central_meridian_deg()),
        };
        let (meridian, easting) = (zone.central_meridian_deg(), zone.false_easting_m());
        let text = esri_gk(&name, &meridian.to_string(), &easting.to_string());
        assert_eq!(from_prj(&text), Ok(Crs::GaussKruger(zone)), "{name}");
        assert_eq!(
            from_word(&zone.epsg().to_string()),
            Ok(Crs::GaussKruger(zone))
        );
    }
}

#[test]
fn well_known_text_of_ogc_is_understood() {
    let one = r#"PROJCS["CGCS2000 / 3-degree Gauss-Kruger CM 117E",GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",117],PARAMETER["scale_factor",1],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AUTHORITY["EPSG","4548"]]"#;
    assert_eq!(from_prj(one), Ok(gk(4548)));
    let two = r#"PROJCRS["CGCS2000 / 3-degree Gauss-Kruger zone 39",BASEGEOGCRS["China Geodetic Coordinate System 2000",DATUM["China 2000",ELLIPSOID["CGCS2000",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4490]],CONVERSION["3-degree Gauss-Kruger zone 39",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Longitude of natural origin",117],PARAMETER["Scale factor at natural origin",1],PARAMETER["False easting",39500000],PARAMETER["False northing",0]],CS[Cartesian,2],AXIS["northing (X)",north,ORDER[1],LENGTHUNIT["metre",1]],AXIS["easting (Y)",east,ORDER[2],LENGTHUNIT["metre",1]],ID["EPSG",4527]]"#;
    assert_eq!(from_prj(two), Ok(gk(4527)));
    let without_code = two.replace(r#",ID["EPSG",4527]"#, "");
    assert_eq!(from_prj(&without_code), Ok(gk(4527)));
    let geographic = r#"GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",MEMBER["World Geodetic System 1984 (G730)"],ELLIPSOID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],CS[ellipsoidal,2],AXIS["latitude",north],AXIS["longitude",east],ID["EPSG",4326]]"#;
    assert_eq!(from_prj(geographic), Ok(Crs::Wgs84));
    let bound = format!("COMPD_CS[\"with heights\",{one},VERT_CS[\"h\",UNIT[\"metre\",1]]]");
    assert_eq!(from_prj(&bound), Ok(gk(4548)));
}

#[test]
fn other_projections_are_refused_with_their_name() {
    let utm = esri_gk("WGS_1984_UTM_Zone_50N", "117", "500000")
        .replace(ESRI_4490, ESRI_4326)
        .replace("Gauss_Kruger", "Transverse_Mercator")
        .replace("Scale_Factor\",1.0", "Scale_Factor\",0.9996");
    let xian = esri_gk("Xian_1980_3_Degree_GK_CM_117E", "117", "500000")
        .replace("GCS_China_Geodetic_Coordinate_System_2000", "GCS_Xian_1980")
        .replace("D_China_2000", "D_Xian_1980");
    let local = esri_gk("SH2000", "121.4671519444444", "0.0");
    for (text, name) in [(utm, "UTM_Zone_50N"), (xian, "Xian"), (local, "SH2000")] {
        let error = from_prj(&text).unwrap_err();
        assert_eq!(error.code(), "crs_unsupported", "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    for text in ["EPSG:4326", "not a prj", "GEOGCS[", "\0\0\0"] {
        assert!(from_prj(text).is_err(), "{text}");
    }
    assert_eq!(from_prj(" \r\n"), Err(DeclareError::Missing));
    let unnamed = r#"GEOGCS["mine",DATUM["mine",SPHEROID["x",6378137,298.3]],UNIT["Degree",0.0174532925199433]]"#;
    assert_eq!(from_prj(unnamed).unwrap_err().code(), "crs_unknown");
}

#[test]
fn a_code_that_contradicts_its_parameters_is_refused() {
    let text = esri_gk("CGCS2000_3_Degree_GK_CM_120E", "117.0", "500000.0");
    assert_eq!(from_prj(&text).unwrap_err().code(), "crs_contradiction");
    let coded = esri_gk("mine", "117.0", "500000.0").replace(
        r#"UNIT["Meter",1.0]]"#,
        r#"UNIT["Meter",1.0],AUTHORITY["EPSG","4549"]]"#,
    );
    assert_eq!(from_prj(&coded).unwrap_err().code(), "crs_contradiction");
}

#[test]
fn geojson_declares_or_says_nothing() {
    for (document, expected) in [
        (json!({"type": "FeatureCollection"}), Ok(None)),
        (json!({"crs": null}), Ok(None)),
        (
            json!({"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}),
            Ok(Some(Crs::Wgs84)),
        ),
        (
            json!({"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}}),
            Ok(Some(gk(4547))),
        ),
        (
            json!({"crs": {"type": "EPSG", "properties": {"code": 4490}}}),
            Ok(Some(Crs::Cgcs2000)),
        ),
        (
            json!({"crs": {"type": "name", "properties": {"name": "BD-09"}}}),
            Ok(Some(Crs::Bd09)),
        ),
    ] {
        assert_eq!(from_geojson(&document), expected, "{document}");
    }
    let link = json!({"crs": {"type": "link", "properties": {"href": "http://x/1.prj"}}});
    assert_eq!(from_geojson(&link).unwrap_err().code(), "crs_unsupported");
    let odd = json!({"crs": 7});
    assert_eq!(from_geojson(&odd).unwrap_err().code(), "crs_unknown");
}

proptest! {
    #[test]
    fn no_word_breaks_it(word in "\\PC{0,40}") {
        let _ = from_word(&word);
        let _ = from_prj(&word);
    }
}
