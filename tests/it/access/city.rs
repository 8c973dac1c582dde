//! Two districts with two streets each, small enough to ask everything, with traps to be found again.

use crate::journeys::app::App;
use gridkeeper::domain::access::Role;

/// The own street.
pub const OWN: &str = "999001001000";
/// Another street of the same district.
pub const SIBLING: &str = "999001002000";
/// A street of another district.
pub const OTHER: &str = "999002001000";

/// Phones, names and dates that nobody but the entitled may ever read.
pub const CANARIES: [&str; 6] = [
    "10010020031",
    "10010020032",
    "10010020033",
    "1961-03-07",
    "1962-04-08",
    "1963-05-09",
];

/// A street to be made: its code, the longitude where it lies, and a letter for its names.
const STREETS: [(&str, f64, &str); 4] = [
    (OWN, 117.20, "甲"),
    ("999001002000", 117.24, "乙"),
    ("999002001000", 117.30, "丙"),
    ("999002002000", 117.34, "丁"),
];

/// Regions, compounds, buildings and keepers in four streets; the first three have a plan in force, and the own
/// street a draft as well.
pub async fn city() -> App {
    city_in(App::empty().await).await
}

/// The same in a database that is there already, for example one with other settings.
pub async fn city_in(app: App) -> App {
    let mut regions = String::from("区划代码,名称\n999001000000,示例一区\n999002000000,示例二区\n");
    for (code, _, letter) in STREETS {
        regions += &format!("{code},示例{letter}街道\n");
        for community in 1..=2 {
            regions += &format!(
                "{},示例{letter}{community}社区\n",
                community_code(code, community)
            );
        }
    }
    put(
        &app,
        "regions.csv",
        regions,
        &[("kind", "regions"), ("crs", "wgs84")],
    )
    .await;
    let mut compounds = String::from("小区编码,小区名称,所属社区,户数,经度,纬度,物业公司\n");
    let mut buildings = String::from("楼栋编码,楼栋名称,所属小区,所属社区,户数,经度,纬度\n");
    let mut keepers =
        String::from("编号,姓名,所属小区,所属社区,任职日期,值班电话,私人电话,出生日期\n");
    for (at, (code, lon, letter)) in STREETS.into_iter().enumerate() {
        for community in 1..=2u32 {
            let of = community_code(code, community);
            let x = lon + 0.01 * f64::from(community);
            compounds += &format!(
                "C{at}{community},示例{letter}{community}小区,{of},600,{x},31.80,示例{letter}物业\n"
            );
            for building in 0..6u32 {
                let (bx, by) = (
                    x + 0.0006 * f64::from(building % 3),
                    31.80 + 0.0006 * f64::from(building / 3),
                );
                // One building with so few households that their number says who they are.
                let households = if building == 5 { 3 } else { 119 };
                buildings += &format!(
                    "B{at}{community}{building},{letter}{community}-{building}幢,示例{letter}{community}小区,{of},{households},{bx},{by}\n"
                );
            }
        }
        if at < 3 {
            keepers += &format!(
                "K{at},示例{letter}管家,示例{letter}1小区,{},2024-01-01,10000000{at}11,{},{}\n",
                community_code(code, 1),
                CANARIES[at],
                CANARIES[at + 3]
            );
        }
    }
    let wgs = ("crs", "wgs84");
    put(
        &app,
        "compounds.csv",
        compounds,
        &[("kind", "compounds"), wgs],
    )
    .await;
    put(
        &app,
        "buildings.csv",
        buildings,
        &[("kind", "buildings"), wgs],
    )
    .await;
    put(&app, "keepers.csv", keepers, &[("kind", "housekeepers")]).await;
    let picture = app.services.picture();
    let kept = |keeper: &gridkeeper::domain::Housekeeper| {
        keeper.private_phone.is_some() && keeper.birth_date.is_some()
    };
    assert!(picture.housekeepers.len() == 3 && picture.housekeepers.iter().all(kept));
    for street in [OWN, SIBLING, OTHER] {
        let plan = balance(&app, street).await;
        app.publish(&plan).await;
    }
    balance(&app, OWN).await;
    app
}

/// Code of a community of a street.
pub fn community_code(street: &str, n: u32) -> String {
    format!("{}{n:03}", &street[..9])
}

async fn put(app: &App, name: &str, text: String, fields: &[(&str, &str)]) {
    let (job, import) = app.import(name, text.as_bytes(), fields).await;
    assert_eq!(job["state"], "done", "{name}: {job}");
    assert_eq!(import["counts"]["refused"], 0, "{name}: {import}");
}

async fn balance(app: &App, street: &str) -> String {
    let path = format!("/api/v1/regions/{street}/plans:balance");
    let started = app.server.post(&path).json(&serde_json::json!({})).await;
    assert_eq!(started.status_code(), 202, "{}", started.text());
    let job = app.job(&started.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    job["result"]["plan_id"].as_str().unwrap().to_owned()
}

/// Where somebody of each role belongs who works in the own street.
pub fn own_scope(app: &App, role: Role) -> String {
    let picture = app.services.picture();
    let compound = picture
        .compounds
        .iter()
        .find(|compound| compound.name == "示例甲1小区")
        .unwrap();
    match role {
        Role::Housekeeper | Role::PartTimeKeeper => {
            let keeper = picture.housekeepers.iter().find(|k| k.name == "示例甲管家");
            format!("keeper:{}", keeper.unwrap().id)
        }
        Role::GridWorker | Role::CommunitySecretary => community_code(OWN, 1),
        Role::CompoundSecretary => format!("compound:{}", compound.id),
        Role::PropertyCompany => "company:示例甲物业".to_owned(),
        role if role.is_administrator() => "everywhere".to_owned(),
        _ => OWN.to_owned(),
    }
}
