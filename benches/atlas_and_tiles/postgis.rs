//! The same building tiles by `ST_AsMVT`: work per CPU second, and whether the features are the same.

use std::collections::BTreeSet;
use std::time::Instant;

use fast_mvt::MvtReaderRef;
use gridkeeper::atlas::{Atlas, AtlasInput, Entity};
use gridkeeper::spatial::TileCoord;
use gridkeeper::tiles::{self, Layer};
use sqlx::{Connection, PgConnection};

use super::{measure, row, tiles_of};

/// Tiles of each zoom.
const TILES_PER_ZOOM: usize = 25;

const TABLE: &str =
    "CREATE TEMP TABLE bench_buildings (id int PRIMARY KEY, u text, n text, cn text, h int,
    e int, f int, a text, z int, d int, geom geometry(MultiPolygon, 4326) NOT NULL)";
const LOAD: &str = "INSERT INTO bench_buildings
    SELECT id, u, n, cn, h, e, f, a, z, d, ST_GeomFromText(wkt, 4326)
    FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::text[],
        $9::int[], $10::int[], $11::text[]) AS t (id, u, n, cn, h, e, f, a, z, d, wkt)";
/// The query that tile servers generate, with our buffer and attributes.
const TILE: &str = "SELECT ST_AsMVT(t.*, 'buildings', 4096, 'geom', 'id') FROM (
    SELECT id, u, n, cn, h, e, f, a, z, d, ST_AsMVTGeom(ST_Transform(geom, 3857),
        ST_TileEnvelope($1, $2, $3), 4096, 64, true) AS geom
    FROM bench_buildings
    WHERE geom && ST_Transform(ST_TileEnvelope($1, $2, $3, margin => 64.0 / 4096), 4326)) t
    WHERE geom IS NOT NULL";

/// Prints the comparison, or why there is none.
pub fn compare(atlas: &Atlas, input: &AtlasInput) {
    let Ok(url) = std::env::var("TEST_DATABASE_URL") else {
        println!("ST_AsMVT: not compared, TEST_DATABASE_URL is not set");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut db = match PgConnection::connect(&url).await {
            Ok(db) => db,
            Err(error) => return println!("ST_AsMVT: not compared, {error}"),
        };
        load(&mut db, atlas, input).await;
        run(&mut db, atlas).await;
    });
}

#[derive(Default)]
struct Columns {
    id: Vec<i32>,
    u: Vec<String>,
    n: Vec<String>,
    cn: Vec<String>,
    h: Vec<i32>,
    e: Vec<i32>,
    f: Vec<i32>,
    a: Vec<String>,
    z: Vec<i32>,
    d: Vec<i32>,
    wkt: Vec<String>,
}

async fn load(db: &mut PgConnection, atlas: &Atlas, input: &AtlasInput) {
    sqlx::query("CREATE EXTENSION IF NOT EXISTS postgis")
        .execute(&mut *db)
        .await
        .unwrap();
    sqlx::query(TABLE).execute(&mut *db).await.unwrap();
    let areas = atlas.areas(None).unwrap();
    for chunk in input.buildings.chunks(10_000) {
        let mut c = Columns::default();
        for building in chunk {
            let (Some(footprint), Some(Entity::Building(id))) =
                (&building.footprint, atlas.by_id(building.id))
            else {
                continue;
            };
            let area = areas
                .of_building(id)
                .and_then(|area| atlas.area(areas, area))
                .unwrap();
            let compound = building
                .compound
                .map_or("", |i| &input.compounds[i as usize].name);
            c.id.push(id as i32);
            c.u.push(building.id.to_string());
            c.n.push(building.name.clone());
            c.cn.push(compound.to_owned());
            c.h.push(building.households.map_or(-1, |n| n as i32));
            c.e.push(i32::from(building.estimated));
            c.f.push(building.floors.map_or(-1, i32::from));
            c.a.push(area.label.to_owned());
            c.z.push(i32::from(area.colour));
            c.d.push(area.deviation_bp.unwrap_or_default());
            c.wkt.push(wkt(footprint));
        }
        let query = sqlx::query(LOAD)
            .bind(c.id)
            .bind(c.u)
            .bind(c.n)
            .bind(c.cn)
            .bind(c.h)
            .bind(c.e)
            .bind(c.f);
        query
            .bind(c.a)
            .bind(c.z)
            .bind(c.d)
            .bind(c.wkt)
            .execute(&mut *db)
            .await
            .unwrap();
    }
    sqlx::query("CREATE INDEX ON bench_buildings USING gist (geom)")
        .execute(&mut *db)
        .await
        .unwrap();
    sqlx::query("ANALYZE bench_buildings")
        .execute(&mut *db)
        .await
        .unwrap();
}

fn wkt(polygons: &geo_types::MultiPolygon<f64>) -> String {
    let ring = |ring: &geo_types::LineString<f64>| {
        let points: Vec<String> = ring.coords().map(|c| format!("{} {}", c.x, c.y)).collect();
        format!("({})", points.join(","))
    };
    let polygon = |polygon: &geo_types::Polygon<f64>| {
        let rings: Vec<String> = std::iter::once(polygon.exterior())
            .chain(polygon.interiors())
            .map(ring)
            .collect();
        format!("({})", rings.join(","))
    };
    let parts: Vec<String> = polygons.iter().map(polygon).collect();
    format!("MULTIPOLYGON({})", parts.join(","))
}

async fn run(db: &mut PgConnection, atlas: &Atlas) {
    let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    let (mut ours_s, mut theirs_s) = (0.0, 0.0);
    let (mut same, mut all, mut count) = (0, 0, 0);
    for z in [14, 15, 16] {
        let tiles = tiles_of(atlas, z);
        let step = (tiles.len() / TILES_PER_ZOOM).max(1);
        for &tile in tiles.iter().step_by(step) {
            theirs(db, tile).await; // warm caches
            let before = backend_cpu_s(backend);
            let start = Instant::now();
            let their_bytes = theirs(db, tile).await;
            let wall = start.elapsed().as_secs_f64();
            theirs_s += before
                .zip(backend_cpu_s(backend))
                .map_or(wall, |(before, after)| after - before);
            // Repeated, because one of ours is below the clock's grain.
            let (seconds, ()) = measure(|| {
                for _ in 0..20 {
                    std::hint::black_box(
                        tiles::encode(atlas, Layer::Buildings, tile, None).unwrap(),
                    );
                }
            });
            ours_s += seconds / 20.0;
            let ours = ids(&tiles::encode(atlas, Layer::Buildings, tile, None).unwrap());
            let theirs = ids(&their_bytes);
            same += ours.intersection(&theirs).count();
            all += ours.union(&theirs).count();
            count += 1;
        }
    }
    let count = f64::from(count);
    row(
        "ST_AsMVT, building tiles z14-16",
        count / theirs_s,
        "tiles/CPU s",
    );
    row("ours, the same tiles", count / ours_s, "tiles/CPU s");
    row("ours : ST_AsMVT (bar: 10)", theirs_s / ours_s, "times");
    row(
        "same features (bar: 99.9)",
        f64::from(same as u32) / f64::from(all as u32) * 100.0,
        "%",
    );
}

async fn theirs(db: &mut PgConnection, tile: TileCoord) -> Vec<u8> {
    let query = sqlx::query_scalar::<_, Vec<u8>>(TILE);
    let query = query
        .bind(i32::from(tile.z()))
        .bind(tile.x() as i32)
        .bind(tile.y() as i32);
    query.fetch_one(db).await.unwrap()
}

/// CPU seconds of a server process on this machine.
fn backend_cpu_s(pid: i32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// Ids of the polygon features; point features are not in the table.
fn ids(bytes: &[u8]) -> BTreeSet<u64> {
    let reader = MvtReaderRef::new(bytes).unwrap();
    let features = reader
        .layers()
        .flat_map(|layer| layer.features().collect::<Vec<_>>());
    features
        .filter(|f| f.geom_type_value() == Some(3))
        .filter_map(|f| f.id())
        .collect()
}
