//! What the page needs first.

use super::etag;
use super::extract::Seen;
use crate::crs::Crs;
use crate::domain::access::{Action, Object};
use crate::services::accounts::Asker;
use crate::services::views::{BaseMapView, CrsView, MetaView, PolicyView, SettingsView};
use crate::services::{Services, regions};
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

/// Product, operator, policy, streets and box.
#[utoipa::path(get, path = "/api/v1/meta", tag = "meta", responses((status = 200, body = MetaView)))]
pub async fn meta(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Seen(picture): Seen,
    headers: HeaderMap,
) -> Response {
    let config = services.config();
    let streets = regions::streets(&picture);
    let bounds = streets
        .iter()
        .filter_map(|street| street.bounds)
        .reduce(|a, b| {
            [
                a[0].min(b[0]),
                a[1].min(b[1]),
                a[2].max(b[2]),
                a[3].max(b[3]),
            ]
        });
    // One street has one policy; of several, what holds where none of them has its own.
    let policy = match streets.as_slice() {
        [only] => only
            .code
            .parse()
            .map_or(*picture.policies.default_policy(), |code| {
                picture.policy_at(code)
            }),
        _ => *picture.policies.default_policy(),
    };
    let body = MetaView {
        product: "Gridkeeper 网格管家".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        data_version: picture.version,
        tile_version: picture.tile_version(),
        synthetic: picture.synthetic,
        as_of: picture.as_of,
        base_map: config.map.base.as_ref().map(|base| BaseMapView {
            kind: base.kind.clone(),
            url: base.url.clone(),
            attribution: base.attribution.clone(),
            approval_no: base.approval_no.clone(),
        }),
        map_approval_no: config.map.map_approval_no.clone(),
        crs: "EPSG:4326".into(),
        bounds,
        policy: PolicyView {
            keepers: policy.keepers,
            per_households: policy.per_households,
            rule: policy.rule.to_string(),
            round_at: policy.round_at.to_string(),
        },
        settings: SettingsView {
            target_households: config.plan.target_households,
            keepers_per_area: config.plan.keepers_per_area,
            band_bp: config.plan.band_bp,
            bad_bp: config.plan.bad_bp,
        },
        streets,
        // The reason names files of the server: only for those whom it concerns.
        fields_locked: services
            .keys()
            .locked()
            .filter(|_| asker.grants.anywhere(Object::KeeperContact, Action::Read))
            .cloned(),
        data_problems: picture.problems.clone(),
    };
    etag::json(&headers, &body)
}

/// Coordinate systems that an import may declare.
#[utoipa::path(get, path = "/api/v1/crs", tag = "meta", responses((status = 200, body = Vec<CrsView>)))]
pub async fn crs(headers: HeaderMap) -> Response {
    let list: Vec<CrsView> = Crs::all()
        .into_iter()
        .map(|crs| CrsView {
            id: crs.id(),
            label_zh: crs.label_zh(),
            label_en: crs.label_en(),
        })
        .collect();
    etag::json(&headers, &list)
}
