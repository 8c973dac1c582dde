//! HTTP in, JSON and tiles out: one file per resource.
//!
//! Knows axum and JSON shapes, not SQL. Invariant: nothing that a client sends is answered with a 5xx.

pub mod access;
mod accounts;
mod assets;
mod attachment;
mod audit;
mod comparing;
mod contacts;
mod coverage;
mod diary;
mod edits;
mod error;
mod etag;
mod events;
mod exports;
mod extract;
mod features;
mod guard;
mod health;
mod imports;
mod issue_figures;
mod issue_rules;
mod issues;
mod jobs;
mod meta;
mod notices;
mod open311;
mod openapi;
mod overview;
mod paper;
mod people;
mod photos;
mod plans;
mod quota_policies;
mod recruitment;
mod redraw;
mod regions;
mod resident;
mod resident_map;
mod sessions;
mod subscriptions;
mod tiles;
mod upkeep;
mod visits;

pub use error::{ApiError, ProblemBody};
pub use openapi::document;

use crate::domain::access::Object::{
    Accounts, AssessmentFigures, Assessments, AuditLog, HouseholdCounts, Imports, IssueFigures,
    IssueReporter, Issues, KeeperContact, Notices, Organisations, Places, PlanDraft, PlanPublish,
    PriorityCounts, PublishedAreas, QuotaPolicy, QuotaWhatIf, Recruitment, Regions, Roster, Rules,
    VisitFigures, Visits,
};
use crate::services::Services;
use access::{
    ANYONE, At, Declared, KEYED, KNOWN, Routes, SESSION, Table, approve, create, export, read,
    reveal, submit_or_approve, take_part, update, update_or_approve,
};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Method, Request, header};
use axum::{Router, middleware};
use guard::Guard;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa_axum::routes;

/// Largest JSON body, in bytes; uploads have their own limit.
const MAX_JSON_BYTES: usize = 1 << 20;

/// Only our own scripts, workers and images: an offline page needs nothing else. A base map that is configured may be
/// fetched as well. Styles are inline because the map and its dialogs set them by script.
fn content_security_policy(base_map: bool) -> HeaderValue {
    let map = if base_map { " https:" } else { "" };
    let policy = format!(
        "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:{map}; connect-src 'self'{map}; object-src 'none'; base-uri 'self'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("the policy is plain text")
}

const CROSS_ORIGIN_OPENER_POLICY: header::HeaderName =
    header::HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: header::HeaderName =
    header::HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: header::HeaderName =
    header::HeaderName::from_static("permissions-policy");

/// The whole application.
pub fn router(services: Services) -> Router {
    let (api, _document, declared) = routes().split();
    let guard = Guard::new(services.clone(), Table::new(&declared));
    let api = api.route_layer(middleware::from_fn_with_state(guard, guard::guard));
    let base_map = services.config().map.base.is_some();
    let whole = Router::new().merge(api).fallback(assets::asset);
    dressed(whole, base_map).with_state(services)
}

/// The layers that every answer passes, none of which asks who somebody is.
pub fn dressed<S: Clone + Send + Sync + 'static>(router: Router<S>, base_map: bool) -> Router<S> {
    let quiet = SizeAbove::new(1024)
        .and(NotForContentType::new("application/vnd.mapbox-vector-tile"))
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::IMAGES);
    let fixed =
        |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    // One stack, outermost first: a router boxes every layer that it is given by itself.
    let layers = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(CatchPanicLayer::new())
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            content_security_policy(base_map),
        ))
        .layer(fixed(
            PERMISSIONS_POLICY,
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ))
        .layer(fixed(CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
        .layer(fixed(CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(CompressionLayer::new().gzip(true).compress_when(quiet))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES));
    router.layer(layers)
}

/// Longest time a request may take to be answered, streams and uploads apart.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Path without query: a query may hold a name that somebody searched for.
fn span<B>(request: &Request<B>) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

/// The declarations of all routes: the matrix test asks every one of them.
pub fn declarations() -> Vec<Declared> {
    routes().split().2
}

/// Every route and who may use it.
#[rustfmt::skip]
fn routes() -> Routes {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    const PUT: Method = Method::PUT;
    const DELETE: Method = Method::DELETE;
    Routes::new(openapi::ApiDoc::openapi())
        .on(routes!(health::healthz), &[(GET, ANYONE)])
        .on(routes!(health::readyz), &[(GET, ANYONE)])
        .on(routes!(openapi::openapi_json), &[(GET, ANYONE)])
        .on(routes!(meta::meta), &[(GET, ANYONE)])
        .on(routes!(meta::crs), &[(GET, ANYONE)])
        .on(routes!(events::events), &[(GET, read(PublishedAreas))])
        // Who is there.
        .on(routes!(sessions::get, sessions::sign_in, sessions::sign_out), &[(GET, ANYONE), (POST, ANYONE), (DELETE, SESSION)])
        .on(routes!(sessions::sign_out_everywhere), &[(DELETE, SESSION)])
        .on(routes!(sessions::demo), &[(GET, ANYONE)])
        .on(routes!(sessions::welcome), &[(POST, ANYONE)])
        .on(routes!(sessions::password), &[(PUT, SESSION)])
        .on(routes!(sessions::second_factor_begin, sessions::second_factor_confirm), &[(POST, SESSION), (PUT, SESSION)])
        .on(routes!(sessions::tokens, sessions::token_make), &[(GET, SESSION), (POST, SESSION)])
        .on(routes!(sessions::token_end), &[(DELETE, SESSION)])
        .on(routes!(accounts::list, accounts::make), &[(GET, read(Accounts)), (POST, create(Accounts).unlogged())])
        .on(routes!(accounts::scopes), &[(GET, update(Accounts).unlogged())])
        .on(routes!(accounts::act), &[(POST, update(Accounts).unlogged())])
        .on(routes!(accounts::propose), &[(POST, create(Accounts).unlogged())])
        .on(routes!(accounts::decide), &[(POST, update_or_approve(Accounts).unlogged())])
        .on(routes!(audit::list), &[(GET, read(AuditLog).logged())])
        .on(routes!(audit::verify), &[(GET, read(AuditLog).logged())])
        // What there is.
        .on(routes!(contacts::get, contacts::reveal), &[(GET, read(KeeperContact).at(At::Asked)), (POST, reveal(KeeperContact).at(At::Asked).unlogged())])
        .on(routes!(contacts::accesses), &[(GET, KNOWN)])
        .on(routes!(regions::list), &[(GET, read(Regions))])
        .on(routes!(regions::get), &[(GET, read(Regions).at(At::Region))])
        .on(routes!(regions::coverage), &[(GET, read(QuotaPolicy).at(At::Region))])
        .on(routes!(quota_policies::list, quota_policies::make), &[(GET, read(QuotaPolicy)), (POST, create(QuotaPolicy).at(At::Asked))])
        .on(routes!(quota_policies::change, quota_policies::end), &[(PUT, update(QuotaPolicy).at(At::Asked)), (DELETE, update(QuotaPolicy).at(At::Asked))])
        .on(routes!(coverage::gaps), &[(GET, read(QuotaPolicy).at(At::Region).also(HouseholdCounts))])
        .on(routes!(coverage::buildings), &[(GET, read(QuotaPolicy).at(At::Region).also(HouseholdCounts))])
        .on(routes!(coverage::best_posts), &[(GET, read(QuotaWhatIf).at(At::Region).also(HouseholdCounts))])
        .on(routes!(coverage::posts_what_if), &[(POST, read(QuotaWhatIf).at(At::Region).also(HouseholdCounts))])
        .on(routes!(coverage::policy_what_if), &[(POST, read(QuotaWhatIf).at(At::Region))])
        .on(routes!(coverage::export), &[(GET, export(Imports).at(At::Region).also(HouseholdCounts))])
        .on(routes!(overview::overview), &[(GET, read(QuotaPolicy).at(At::Region))])
        .on(routes!(features::compounds), &[(GET, read(Places))])
        .on(routes!(features::compound), &[(GET, read(Places).at(At::Compound))])
        .on(routes!(features::buildings), &[(GET, read(Places))])
        .on(routes!(features::building), &[(GET, read(Places).at(At::Building))])
        .on(routes!(features::locate), &[(GET, read(Places))])
        .on(routes!(features::search), &[(GET, read(Places))])
        // Keeping them right. Every change is an event with before and after.
        .on(routes!(upkeep::quality), &[(GET, read(Imports).at(At::Region).also(HouseholdCounts))])
        .on(routes!(upkeep::quality_rows), &[(GET, read(Imports).at(At::Region).also(HouseholdCounts))])
        .on(routes!(upkeep::corrections), &[(GET, read(Imports).at(At::Unit).also(HouseholdCounts))])
        .on(routes!(upkeep::place), &[(PUT, update(Places).at(At::Unit))])
        .on(routes!(upkeep::count), &[(PUT, update(HouseholdCounts).at(At::Unit))])
        .on(routes!(upkeep::confirm), &[(POST, update(HouseholdCounts).at(At::Unit))])
        .on(routes!(upkeep::merge), &[(POST, update(Regions).at(At::Street))])
        .on(routes!(upkeep::split), &[(POST, update(Regions).at(At::Street))])
        .on(routes!(tiles::tile_json), &[(GET, read(Places))])
        .on(routes!(tiles::tile), &[(GET, read(Places))])
        // Plans.
        .on(routes!(plans::list, edits::create), &[(GET, read(PublishedAreas)), (POST, create(PlanDraft).at(At::Asked))])
        .on(routes!(plans::get, plans::delete, plans::act), &[(GET, read(PublishedAreas).at(At::Plan)),
            (DELETE, create(PlanDraft).at(At::PlanStreet)), (POST, submit_or_approve(PlanPublish).at(At::PlanStreet))])
        .on(routes!(plans::areas), &[(GET, read(PublishedAreas).at(At::Plan))])
        .on(routes!(plans::area), &[(GET, read(PublishedAreas).at(At::Plan))])
        .on(routes!(plans::checks), &[(GET, read(PlanDraft).at(At::PlanStreet))])
        .on(routes!(plans::history), &[(GET, read(PlanDraft).at(At::PlanStreet))])
        .on(routes!(regions::balance), &[(POST, create(PlanDraft).at(At::Street))])
        .on(routes!(regions::drift), &[(GET, read(PlanDraft).at(At::Street).also(HouseholdCounts))])
        .on(routes!(regions::repair), &[(POST, create(PlanDraft).at(At::Street))])
        .on(routes!(regions::checks, regions::set_checks), &[(GET, read(Rules).at(At::Street)), (PUT, update(Rules).at(At::Street))])
        .on(routes!(comparing::history), &[(GET, read(PlanDraft).at(At::Unit))])
        // Editing by hand. Strokes have an append-only log of their own, questions change nothing.
        .on(routes!(edits::list, edits::save), &[(GET, read(PlanDraft).at(At::PlanStreet)), (POST, update(PlanDraft).at(At::PlanStreet).unlogged())])
        .on(routes!(edits::rename), &[(PUT, update(PlanDraft).at(At::PlanStreet))])
        .on(routes!(edits::marks, edits::mark), &[(GET, read(PlanDraft).at(At::PlanStreet)), (POST, update(PlanDraft).at(At::PlanStreet))])
        .on(routes!(redraw::sheet), &[(GET, read(PlanDraft).at(At::PlanStreet).also(HouseholdCounts))])
        .on(routes!(redraw::figures), &[(POST, read(PlanDraft).at(At::PlanStreet).also(HouseholdCounts))])
        .on(routes!(redraw::best_moves), &[(POST, read(PlanDraft).at(At::PlanStreet).also(HouseholdCounts))])
        .on(routes!(redraw::rebalance), &[(POST, update(PlanDraft).at(At::PlanStreet).unlogged())])
        .on(routes!(redraw::alternatives), &[(POST, update(PlanDraft).at(At::PlanStreet).unlogged())])
        .on(routes!(redraw::heal), &[(POST, update(PlanDraft).at(At::PlanStreet).unlogged())])
        .on(routes!(redraw::outlines), &[(POST, read(PlanDraft).at(At::PlanStreet).also(HouseholdCounts))])
        .on(routes!(redraw::changes), &[(GET, read(PlanDraft).at(At::PlanStreet).also(HouseholdCounts))])
        .on(routes!(comparing::compare), &[(GET, read(PlanDraft).at(At::PlanStreet).also(HouseholdCounts))])
        .on(routes!(comparing::preview), &[(POST, update(PlanDraft).at(At::PlanStreet).unlogged())])
        // On paper and as files.
        .on(routes!(paper::areas), &[(GET, read(PlanDraft).at(At::PlanStreet).also(HouseholdCounts))])
        .on(routes!(paper::meeting), &[(GET, read(PlanDraft).at(At::PlanStreet).also(HouseholdCounts))])
        .on(routes!(exports::areas_file), &[(GET, export(Imports).at(At::PlanStreet))])
        .on(routes!(exports::request, exports::approve), &[(GET, export(Roster).at(At::PlanStreet).unlogged()), (POST, export(Roster).at(At::PlanStreet).unlogged())])
        // What hangs on doors, and what residents read: the same for everybody. Every move of a notice is an event of its own.
        .on(routes!(notices::list), &[(GET, read(Notices))])
        .on(routes!(notices::mark_many), &[(POST, update(Notices).at(At::Asked).unlogged())])
        .on(routes!(notices::print), &[(POST, update(Notices).at(At::Asked).unlogged())])
        .on(routes!(notices::get, notices::mark), &[(GET, read(Notices).at(At::Building)), (PUT, update(Notices).at(At::Building).unlogged())])
        .on(routes!(notices::poster), &[(GET, read(Notices).at(At::Building))])
        .on(routes!(notices::region_contact, notices::set_region_contact), &[(GET, read(Notices).at(At::Region)), (PUT, update(Notices).at(At::Region))])
        .on(routes!(notices::compound_contact, notices::set_compound_contact), &[(GET, read(Notices).at(At::Compound)), (PUT, update(Notices).at(At::Compound))])
        .on(routes!(resident::find), &[(GET, ANYONE)])
        .on(routes!(resident::building), &[(GET, ANYONE)])
        .on(routes!(photos::resident_get), &[(GET, ANYONE)])
        // Issues. Every move is an event of its own, append-only; the log of accesses need not repeat it.
        .on(routes!(issues::list, issues::report), &[(GET, read(Issues)), (POST, create(Issues).at(At::Asked).unlogged())])
        .on(routes!(issues::get, issues::act), &[(GET, read(Issues).at(At::Asked)), (POST, take_part(Issues).at(At::Asked).unlogged())])
        .on(routes!(issues::reporter, issues::reporter_reveal), &[(GET, read(IssueReporter).at(At::Asked)), (POST, reveal(IssueReporter).at(At::Asked).unlogged())])
        .on(routes!(issues::publish), &[(PUT, approve(Issues).at(At::Asked))])
        .on(routes!(issues::bulk), &[(POST, update(Issues).at(At::Asked).unlogged())])
        .on(routes!(issues::near), &[(GET, create(Issues).at(At::Asked).unlogged())])
        .on(routes!(issues::lookup), &[(GET, ANYONE)])
        .on(routes!(issue_figures::summary), &[(GET, read(IssueFigures))])
        .on(routes!(issue_figures::heat), &[(GET, read(IssueFigures))])
        .on(routes!(issue_figures::density), &[(GET, read(IssueFigures))])
        .on(routes!(issue_figures::density_tile), &[(GET, read(IssueFigures))])
        .on(routes!(issue_figures::points), &[(GET, read(Issues))])
        .on(routes!(issue_figures::sheet), &[(GET, export(IssueFigures))])
        .on(routes!(issue_figures::bodies), &[(GET, update(Issues).unlogged())])
        .on(routes!(issue_figures::export), &[(GET, export(IssueFigures))])
        .on(routes!(issue_rules::categories, issue_rules::set_categories), &[(GET, ANYONE), (PUT, update(Rules).at(At::Whole))])
        .on(routes!(issue_rules::calendar, issue_rules::set_calendar), &[(GET, read(Rules)), (PUT, update(Rules).at(At::Whole))])
        .on(routes!(issue_rules::rules, issue_rules::set_rules), &[(GET, read(Rules)), (PUT, update(Rules).at(At::Whole))])
        .on(routes!(issue_rules::who), &[(POST, read(Rules).at(At::Asked))])
        .on(routes!(photos::upload), &[(POST, create(Issues).at(At::Asked).unlogged())])
        .on(routes!(photos::get), &[(GET, ANYONE)])
        // Visits and diaries: append-only records of their own, so the log of accesses need not repeat them.
        .on(routes!(visits::list, visits::enter), &[(GET, read(Visits)), (POST, create(Visits).at(At::Asked).unlogged())])
        .on(routes!(visits::change), &[(POST, create(Visits).at(At::Asked).unlogged())])
        .on(routes!(visits::card), &[(GET, read(Visits).at(At::Asked))])
        .on(routes!(visits::keepers), &[(GET, create(Visits).unlogged())])
        .on(routes!(visits::figures), &[(GET, read(VisitFigures))])
        .on(routes!(visits::tiers), &[(GET, read(PriorityCounts))])
        .on(routes!(visits::set_tiers), &[(PUT, update(PriorityCounts).at(At::Building))])
        .on(routes!(visits::burden), &[(GET, ANYONE)])
        .on(routes!(diary::list, diary::write), &[(GET, read(Visits).at(At::Asked)), (POST, create(Visits).at(At::Asked).unlogged())])
        .on(routes!(diary::red), &[(PUT, create(Visits).at(At::Asked).unlogged())])
        // What one wants to hear of. A program that may only look must not subscribe: at a browser only.
        .on(routes!(subscriptions::filters, subscriptions::filter_make), &[(GET, KNOWN), (POST, SESSION)])
        .on(routes!(subscriptions::filter_remove), &[(DELETE, SESSION)])
        .on(routes!(subscriptions::subscriptions, subscriptions::subscribe), &[(GET, KNOWN), (POST, SESSION)])
        .on(routes!(subscriptions::unsubscribe), &[(DELETE, SESSION)])
        .on(routes!(subscriptions::subscription_try), &[(POST, SESSION)])
        .on(routes!(subscriptions::notifications), &[(GET, KNOWN)])
        .on(routes!(subscriptions::read), &[(POST, SESSION)])
        // Programs of others: Open311 GeoReport v2.
        .on(routes!(open311::collection, open311::post), &[(GET, KEYED), (POST, KEYED)])
        .on(routes!(open311::definition), &[(GET, KEYED)])
        .on(routes!(open311::request), &[(GET, KEYED)])
        .on(routes!(open311::token), &[(GET, KEYED)])
        // People: the roster, organisations of compounds, recruitment, assessments.
        .on(routes!(people::list), &[(GET, read(Roster))])
        .on(routes!(people::card), &[(GET, read(Roster).at(At::Asked))])
        // Keepers take their own consent and photo back, so whoever reads an entry comes in; no program that may only look.
        .on(routes!(photos::keeper_get, photos::keeper_put, photos::keeper_withdraw), &[(GET, read(Roster).at(At::Asked)),
            (PUT, update(Roster).at(At::Asked)), (DELETE, take_part(Roster).at(At::Asked))])
        .on(routes!(people::consent, people::consent_withdraw), &[(PUT, update(Roster).at(At::Asked)),
            (DELETE, take_part(Roster).at(At::Asked))])
        .on(routes!(people::act), &[(POST, update(Roster).at(At::Asked))])
        .on(routes!(people::training), &[(POST, update(Roster).at(At::Asked))])
        .on(routes!(people::mentors), &[(POST, update(Roster).at(At::Asked))])
        .on(routes!(people::mentors_end), &[(DELETE, update(Roster).at(At::Asked))])
        .on(routes!(people::file), &[(GET, export(Roster).at(At::Region))])
        .on(routes!(people::request, people::agree), &[(GET, export(Roster).at(At::Region).unlogged()), (POST, export(Roster).at(At::Region).unlogged())])
        .on(routes!(people::organisations), &[(GET, read(Organisations))])
        .on(routes!(people::organisation), &[(POST, update(Organisations).at(At::Compound))])
        .on(routes!(people::organisation_end), &[(POST, update(Organisations).at(At::Asked))])
        .on(routes!(people::assessments, people::score), &[(GET, read(Assessments)), (POST, create(Assessments).at(At::Asked))])
        .on(routes!(people::assessment_act), &[(POST, take_part(Assessments).at(At::Asked))])
        .on(routes!(people::assessment_figures), &[(GET, read(AssessmentFigures))])
        .on(routes!(recruitment::list, recruitment::begin), &[(GET, read(Recruitment)), (POST, create(Recruitment).at(At::Asked))])
        .on(routes!(recruitment::get, recruitment::prepare), &[(GET, read(Recruitment).at(At::Asked)), (PUT, take_part(Recruitment).at(At::Asked))])
        .on(routes!(recruitment::decide), &[(POST, take_part(Recruitment).at(At::Asked))])
        .on(routes!(recruitment::funnel), &[(GET, read(QuotaPolicy))])
        .on(routes!(recruitment::templates, recruitment::set_templates), &[(GET, read(Recruitment)), (PUT, update(Rules).at(At::Whole))])
        // Files coming in; jobs of one's own.
        .on(routes!(imports::list, imports::create), &[(GET, read(Imports)), (POST, create(Imports))])
        .on(routes!(imports::inspect), &[(POST, create(Imports).unlogged())])
        .on(routes!(imports::fields), &[(GET, read(Imports))])
        .on(routes!(imports::get, imports::act), &[(GET, read(Imports)), (POST, create(Imports))])
        .on(routes!(imports::problems_csv), &[(GET, read(Imports).logged())])
        .on(routes!(imports::waiting), &[(GET, read(Imports))])
        .on(routes!(imports::waiting_act), &[(POST, create(Imports))])
        .on(routes!(jobs::get, jobs::cancel), &[(GET, KNOWN), (DELETE, KNOWN)])
        .on(routes!(jobs::events), &[(GET, KNOWN)])
}
