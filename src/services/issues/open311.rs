//! Issues as Open311 GeoReport v2 knows them: services, requests, and reports that come from there.
//!
//! Not its wire formats (`api/open311`). Invariant: no name or phone of a reporter and no sensitive category is in any
//! answer; what is shown is public, or seen by the account whose key asks.

use super::sight::Standing;
use super::{IssueDetail, NewReport, Sight, states, views};
use crate::domain::issue::{Answers, CategoryTree, Issue, Place, State};
use crate::domain::{BuildingId, Problem, Severity};
use crate::heat::{Chosen, Filter, to_minute};
use crate::services::accounts::{Asker, Proof};
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use crate::services::{Services, regions};
use crate::storage::IssueRow;
use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use utoipa::ToSchema;

/// Requests of an answer, at most.
const MOST: usize = 1000;
/// Requests that are asked for by number, at most.
const MOST_NAMED: usize = 100;
/// Longest period, and that of a question without one.
const DAYS: i64 = 90;
/// Longest address of a picture that is taken over.
const MOST_URL_CHARS: usize = 1000;

/// A service: a category that new issues may have.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServiceView {
    /// Code of the category.
    pub service_code: String,
    /// Name.
    pub service_name: String,
    /// The same in English.
    pub description: String,
    /// Whether there is a definition with questions.
    pub metadata: bool,
    /// `realtime`: a request has its number at once.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Words that people use for it, by comma.
    pub keywords: String,
    /// Name of the category above.
    pub group: String,
}

/// A value that an attribute may have.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ValueView {
    /// What is sent.
    pub key: String,
    /// What is shown.
    pub name: String,
}

/// A question of a service.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttributeView {
    /// Whether an answer is expected; all of ours are questions.
    pub variable: bool,
    /// Code, sent as `attribute[code]`.
    pub code: String,
    /// Type of the answer.
    pub datatype: String,
    /// Whether it must be answered.
    pub required: bool,
    /// How to answer; none of ours needs more words.
    pub datatype_description: Option<String>,
    /// Place among the questions, from 1.
    pub order: usize,
    /// The question.
    pub description: String,
    /// What may be chosen.
    pub values: Vec<ValueView>,
}

/// The questions of a service.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DefinitionView {
    /// Code of the service.
    pub service_code: String,
    /// Its questions.
    pub attributes: Vec<AttributeView>,
}

/// An issue as a service request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RequestView {
    /// Code of the issue.
    pub service_request_id: String,
    /// `closed` when nothing is left to do, else `open`.
    pub status: &'static str,
    /// Which of the six steps, the state, and the result where there is one.
    pub status_notes: String,
    /// Name of the category.
    pub service_name: String,
    /// Code of the category.
    pub service_code: String,
    /// The problem.
    pub description: String,
    /// The responsible body.
    pub agency_responsible: Option<String>,
    /// Nothing.
    pub service_notice: Option<String>,
    /// When it was reported, with zone.
    pub requested_datetime: String,
    /// Since when it stands so, with zone.
    pub updated_datetime: String,
    /// Time limit, with zone.
    pub expected_datetime: Option<String>,
    /// The place in words.
    pub address: String,
    /// Code of the building.
    pub address_id: Option<String>,
    /// Nothing.
    pub zipcode: Option<String>,
    /// Degrees, WGS 84; only of a point.
    pub lat: Option<f64>,
    /// Degrees, WGS 84; only of a point.
    pub long: Option<f64>,
    /// The first photo, where this server knows its public address.
    pub media_url: Option<String>,
}

/// A request that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RequestMade {
    /// Code of the issue.
    pub service_request_id: String,
    /// The code with which the reporter asks what became of it.
    pub service_notice: Option<String>,
    /// Nothing: accounts are not told to others.
    pub account_id: Option<String>,
}

/// The request of a token.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenFound {
    /// Code of the issue.
    pub service_request_id: String,
    /// The token.
    pub token: String,
}

/// A report as it came.
#[derive(Debug, Clone, Default)]
pub struct ServiceRequest {
    /// Code of the service.
    pub service_code: String,
    /// Degrees, WGS 84, longitude first.
    pub lon_lat: Option<(f64, f64)>,
    /// The place in words.
    pub address_string: Option<String>,
    /// Code or identity of a building.
    pub address_id: Option<String>,
    /// Answers.
    pub answers: Answers,
    /// What was written.
    pub description: Option<String>,
    /// A picture elsewhere.
    pub media_url: Option<String>,
    /// Who reports; kept sealed.
    pub name: Option<String>,
    /// How to reach them; kept sealed.
    pub phone: Option<String>,
}

/// Which requests are asked for.
#[derive(Debug, Clone, Default)]
pub struct RequestQuery {
    /// By number; everything else is then ignored.
    pub ids: Vec<String>,
    /// Codes of services; all when empty.
    pub services: Vec<String>,
    /// Reported at or after.
    pub from: Option<DateTime<Utc>>,
    /// Reported before or at.
    pub to: Option<DateTime<Utc>>,
    /// `open`, `closed`; all when empty.
    pub statuses: Vec<String>,
    /// A region.
    pub jurisdiction: Option<String>,
}

fn bad(field: &str, value: &str, zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::Invalid(vec![
        Problem::new(Severity::Refused, "open311_invalid", zh, en).at_field(field, value),
    ])
}

fn no_service(code: &str) -> Error {
    Error::NotFound(format!("service_code {code}"))
}

/// Whether a category is offered: a leaf in use that is not sensitive.
fn is_offered(tree: &CategoryTree, code: &str) -> bool {
    tree.is_leaf(code)
        && tree.get(code).is_some_and(|category| category.active)
        && !tree.is_sensitive(code)
}

/// The state in words: the step, and what it says beyond it.
fn status_notes(issue: &Issue) -> String {
    let state = issue.flow.state;
    let step = state.step();
    let mut notes = format!("{} {step}", step.label_zh());
    if state.label_zh() != step.label_zh() {
        notes += &format!(" / {} {state}", state.label_zh());
    }
    if let Some(result) = &issue.red_text {
        notes += &format!("：{result}");
    }
    notes
}

/// A building by its code or identity.
fn building(picture: &Picture, text: &str) -> Option<BuildingId> {
    let id = uuid::Uuid::parse_str(text).ok().map(BuildingId::new);
    if let Some(id) = id.filter(|id| picture.building_index(*id).is_some()) {
        return Some(id);
    }
    let mut named = picture
        .buildings
        .iter()
        .filter(|building| building.code.as_deref() == Some(text));
    let only = named.next()?;
    named.next().is_none().then_some(only.id)
}

/// The one building, compound or region of exactly this name; spaces do not count.
fn named(picture: &Picture, text: &str) -> Option<Place> {
    let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let wanted = bare(text);
    let buildings = picture
        .buildings
        .iter()
        .filter(|row| bare(&picture.building_name(row)) == wanted)
        .map(|row| Place::Building { building: row.id });
    let compounds = picture
        .compounds
        .iter()
        .filter(|row| {
            bare(&row.name) == wanted || row.address.as_deref().map(bare).as_ref() == Some(&wanted)
        })
        .map(|row| Place::Compound { compound: row.id });
    let regions = picture
        .regions
        .iter()
        .filter(|row| bare(&row.name) == wanted)
        .map(|row| Place::Region { region: row.code });
    let mut all = buildings.chain(compounds).chain(regions);
    let only = all.next()?;
    all.next().is_none().then_some(only)
}

/// Where a report lies.
fn place_of(picture: &Picture, ask: &ServiceRequest) -> Result<Place> {
    let id = ask.address_id.as_deref();
    let found = id.and_then(|text| building(picture, text));
    if let Some((lon, lat)) = ask.lon_lat {
        return Ok(Place::Point {
            lon,
            lat,
            building: found,
        });
    }
    match (id, ask.address_string.as_deref()) {
        (Some(text), _) => found
            .map(|building| Place::Building { building })
            .ok_or_else(|| nowhere("address_id", text)),
        (None, Some(text)) => named(picture, text).ok_or_else(|| nowhere("address_string", text)),
        (None, None) => Err(bad(
            "lat",
            "",
            "请给出位置：lat 与 long，或 address_string，或 address_id",
            "one of lat and long, address_string or address_id is required",
        )),
    }
}

fn nowhere(field: &str, value: &str) -> Error {
    bad(
        field,
        value,
        "找不到这个位置，或不在可上报的范围内；请改用 lat 与 long",
        "there is no such place where this key may report, or several; use lat and long",
    )
}

impl Services {
    /// The account of a key.
    ///
    /// # Errors
    /// `Forbidden` for a key that is wrong or over.
    pub async fn open311_caller(&self, key: Option<&str>, origin: &str) -> Result<Arc<Asker>> {
        let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else {
            return Ok(Arc::new(Asker::visitor(origin)));
        };
        self.asker_of_token(key, origin)
            .await?
            .filter(|asker| !asker.must_enrol)
            .ok_or_else(wrong_key)
    }

    /// A jurisdiction is a region that exists; without one all are meant.
    fn jurisdiction(&self, named: Option<&str>) -> Result<Option<crate::domain::RegionCode>> {
        let Some(text) = named.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let missing = || Error::NotFound(format!("jurisdiction_id {text}"));
        let code = regions::parse_code(text).map_err(|_no_code| missing())?;
        let known = self.picture().region(code).is_some();
        known.then_some(Some(code)).ok_or_else(missing)
    }

    /// The services.
    ///
    /// # Errors
    /// `NotFound` jurisdiction.
    pub fn open311_services(&self, jurisdiction: Option<&str>) -> Result<Vec<ServiceView>> {
        self.jurisdiction(jurisdiction)?;
        let catalog = self.issues().catalog();
        let tree = &catalog.tree;
        let offered = tree.leaves().filter(|leaf| is_offered(tree, &leaf.code));
        let view = offered.map(|leaf| ServiceView {
            service_code: leaf.code.clone(),
            service_name: leaf.name_zh.clone(),
            description: leaf.name_en.clone(),
            metadata: !leaf.questions.is_empty(),
            kind: "realtime",
            keywords: leaf.keywords.join(","),
            group: tree
                .ancestors(&leaf.code)
                .next()
                .map(|parent| parent.name_zh.clone())
                .unwrap_or_default(),
        });
        Ok(view.collect())
    }

    /// The questions of a service.
    ///
    /// # Errors
    /// `NotFound` service or jurisdiction.
    pub fn open311_definition(
        &self,
        code: &str,
        jurisdiction: Option<&str>,
    ) -> Result<DefinitionView> {
        self.jurisdiction(jurisdiction)?;
        let catalog = self.issues().catalog();
        let category = catalog
            .tree
            .get(code)
            .filter(|_| is_offered(&catalog.tree, code))
            .ok_or_else(|| no_service(code))?;
        let attributes = (1..).zip(&category.questions).map(|(order, question)| {
            let values = question.values.iter().map(|value| ValueView {
                key: value.key.clone(),
                name: value.label_zh.clone(),
            });
            AttributeView {
                variable: true,
                code: question.code.clone(),
                datatype: question.datatype.to_string(),
                required: question.required,
                datatype_description: None,
                order,
                description: question.label_zh.clone(),
                values: values.collect(),
            }
        });
        Ok(DefinitionView {
            service_code: code.to_owned(),
            attributes: attributes.collect(),
        })
    }

    /// Makes an issue of a service request.
    ///
    /// # Errors
    /// `Forbidden` without a key that may write, `NotFound` service, `Invalid` anything else.
    pub async fn open311_report(
        &self,
        asker: &Arc<Asker>,
        ask: ServiceRequest,
        jurisdiction: Option<&str>,
    ) -> Result<RequestMade> {
        if !matches!(asker.proof, Proof::Token { read_only: false }) {
            return Err(wrong_key());
        }
        self.jurisdiction(jurisdiction)?;
        let code = ask.service_code.trim();
        if code.is_empty() {
            return Err(bad(
                "service_code",
                "",
                "请给出 service_code",
                "service_code is required",
            ));
        }
        let catalog = self.issues().catalog();
        if !is_offered(&catalog.tree, code) {
            return Err(no_service(code));
        }
        let place = place_of(&self.picture(), &ask)?;
        let text = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let mut black_text = text(&ask.description).unwrap_or_else(|| catalog.names(code).0);
        if let Some(url) = text(&ask.media_url) {
            let ok = url.starts_with("https://") || url.starts_with("http://");
            if !ok || url.chars().count() > MOST_URL_CHARS {
                return Err(bad(
                    "media_url",
                    &url,
                    "media_url 应为 http(s) 地址，最长 1000 个字符",
                    "media_url is an http(s) address of at most 1,000 characters",
                ));
            }
            // Never fetched: what it leads to is not ours to ask for.
            black_text += &format!("\n{url}");
        }
        let report = NewReport {
            category: code.to_owned(),
            priority: None,
            source: Some(crate::domain::issue::Source::Open311.to_string()),
            place,
            black_text,
            answers: ask.answers,
            occurred_at: None,
            photos: Vec::new(),
            on_behalf_of: None,
            reporter_name: text(&ask.name),
            reporter_phone: text(&ask.phone),
            solved: None,
            field: None,
        };
        let (detail, _fresh): (IssueDetail, bool) = self
            .issue_report(asker, report, None)
            .await
            .map_err(|error| match error {
                Error::NotFound(_) => nowhere("address", ""),
                other => other,
            })?;
        Ok(RequestMade {
            service_request_id: detail.issue.code,
            service_notice: detail
                .lookup
                .map(|lookup| format!("查询码 lookup code: {lookup}")),
            account_id: None,
        })
    }

    /// The request of a token: the code that its reporter holds.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn open311_token(
        &self,
        token: &str,
        jurisdiction: Option<&str>,
    ) -> Result<TokenFound> {
        self.jurisdiction(jurisdiction)?;
        let found = self.issue_lookup(token).await;
        let found = found.map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound(format!("token {token}")),
            other => other,
        })?;
        Ok(TokenFound {
            service_request_id: found.code,
            token: token.to_owned(),
        })
    }

    /// One request.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn open311_request(
        &self,
        asker: &Asker,
        id: &str,
        jurisdiction: Option<&str>,
    ) -> Result<RequestView> {
        let query = RequestQuery {
            ids: vec![id.to_owned()],
            jurisdiction: jurisdiction.map(str::to_owned),
            ..RequestQuery::default()
        };
        let found = self.open311_requests(asker, query).await?;
        found
            .into_iter()
            .next()
            .ok_or_else(|| Error::NotFound(format!("service_request_id {id}")))
    }

    /// Requests, newest first.
    ///
    /// # Errors
    /// `Invalid` words or period, `NotFound` service or jurisdiction.
    pub async fn open311_requests(
        &self,
        asker: &Asker,
        query: RequestQuery,
    ) -> Result<Vec<RequestView>> {
        let within = self.jurisdiction(query.jurisdiction.as_deref())?;
        let rows = if query.ids.is_empty() {
            let ids = self.open311_matching(asker, &query)?;
            self.issues_in_order(&ids).await?
        } else {
            self.open311_named(&query.ids).await?
        };
        let (picture, catalog) = (self.picture(), self.issues().catalog());
        let standing = Standing::of(asker, &picture, self.now());
        // The stored row decides: the ledger may be a moment older.
        let shown = rows.into_iter().filter(|row| {
            let issue = &row.issue;
            let inside = within.is_none_or(|code| {
                issue
                    .stamps
                    .region
                    .is_some_and(|region| code.contains(region))
            });
            inside
                && !catalog.tree.is_sensitive(&issue.category)
                && catalog.tree.get(&issue.category).is_some()
                && (issue.public || standing.sees(asker, &picture, issue))
        });
        let shown: Vec<IssueRow> = shown.collect();
        let photos = self.first_photos(&shown).await?;
        Ok(shown
            .iter()
            .map(|row| self.request_view(&picture, &row.issue, &photos))
            .collect())
    }

    async fn open311_named(&self, ids: &[String]) -> Result<Vec<IssueRow>> {
        if ids.len() > MOST_NAMED {
            return Err(bad(
                "service_request_id",
                &ids.len().to_string(),
                format!("一次最多查询 {MOST_NAMED} 个编号"),
                format!("at most {MOST_NAMED} numbers at once"),
            ));
        }
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let mut rows = Vec::new();
        for id in ids {
            rows.extend(conn.issue_by_code(id).await?);
        }
        Ok(rows)
    }

    /// Which issues a question means, newest first.
    fn open311_matching(
        &self,
        asker: &Asker,
        query: &RequestQuery,
    ) -> Result<Vec<crate::domain::IssueId>> {
        let now = self.now();
        let (from, to) = period(query, now)?;
        let (picture, catalog, ledger) = (
            self.picture(),
            self.issues().catalog(),
            self.issues().ledger(),
        );
        let tree = &catalog.tree;
        if let Some(code) = query
            .services
            .iter()
            .find(|code| tree.get(code).is_none() || tree.is_sensitive(code))
        {
            return Err(no_service(code));
        }
        let wanted: BTreeSet<&str> = query.services.iter().map(String::as_str).collect();
        let categories: Chosen = (ledger.names().categories.iter().enumerate())
            .filter(|(_, code)| wanted.is_empty() || wanted.contains(code.as_str()))
            .filter(|(_, code)| tree.get(code).is_some() && !tree.is_sensitive(code))
            .map(|(at, _)| at)
            .collect();
        let filter = Filter {
            from: to_minute(from),
            // The minute of the end is included: issues are known to the minute here.
            to: to_minute(to).map(|minute| minute.saturating_add(1)),
            categories: Some(categories),
            states: status_mask(&query.statuses)?,
            ..Filter::default()
        };
        let sight = Sight::of_issues(asker, &picture, &ledger, now);
        let select = |filter: Filter| filter.select(&ledger.columns);
        let public = select(Filter {
            public: Some(true),
            ..filter.clone()
        });
        let whole = select(Filter {
            places: Some(sight.whole.clone()),
            ..filter.clone()
        });
        let partly = select(Filter {
            places: Some(sight.partly.clone()),
            ..filter
        });
        let own = partly.rows().filter(|row| sight.shows(&ledger, *row));
        let rows: BTreeSet<usize> = public.rows().chain(whole.rows()).chain(own).collect();
        let mut rows: Vec<(u32, usize)> = rows
            .into_iter()
            .filter_map(|row| Some((ledger.columns.get(row)?.reported, row)))
            .collect();
        rows.sort_unstable_by(|a, b| b.cmp(a));
        let newest = rows.into_iter().take(MOST);
        Ok(newest.filter_map(|(_, row)| ledger.id(row)).collect())
    }

    /// The first photo of each issue, where photos have a public address.
    async fn first_photos(
        &self,
        rows: &[IssueRow],
    ) -> Result<HashMap<crate::domain::IssueId, String>> {
        let Some(base) = self.config().server.public_url.as_deref() else {
            return Ok(HashMap::new());
        };
        let ids: Vec<_> = rows.iter().map(|row| row.issue.id).collect();
        let mut lease = self.store().read().await?;
        let found = lease.conn().issue_first_photos(&ids).await?;
        let base = base.trim_end_matches('/');
        Ok(found
            .into_iter()
            .map(|(id, hash)| (id, format!("{base}/api/v1/photos/{hash}")))
            .collect())
    }

    fn request_view(
        &self,
        picture: &Picture,
        issue: &Issue,
        photos: &HashMap<crate::domain::IssueId, String>,
    ) -> RequestView {
        let minutes = self.config().time.utc_offset_minutes;
        let zone = FixedOffset::east_opt(minutes * 60);
        let time = |at: DateTime<Utc>| match zone {
            Some(zone) => at
                .with_timezone(&zone)
                .to_rfc3339_opts(SecondsFormat::Secs, false),
            None => at.to_rfc3339_opts(SecondsFormat::Secs, true),
        };
        let building = issue
            .stamps
            .building
            .and_then(|id| picture.building_index(id));
        let point = issue.place.lon_lat();
        RequestView {
            service_request_id: issue.code.clone(),
            status: if issue.flow.state.is_terminal() {
                "closed"
            } else {
                "open"
            },
            status_notes: status_notes(issue),
            service_name: self.issues().catalog().names(&issue.category).0,
            service_code: issue.category.clone(),
            description: issue.black_text.clone(),
            agency_responsible: issue.flow.owner.as_ref().map(|owner| owner.name.clone()),
            service_notice: None,
            requested_datetime: time(issue.reported_at),
            updated_datetime: time(issue.flow.since),
            expected_datetime: issue.due.close.map(time),
            address: views::place_name(picture, issue),
            address_id: building.and_then(|at| picture.buildings[at].code.clone()),
            zipcode: None,
            lat: point.map(|(_, lat)| lat),
            long: point.map(|(lon, _)| lon),
            media_url: photos.get(&issue.id).cloned(),
        }
    }
}

fn wrong_key() -> Error {
    Error::Forbidden {
        code: "api_key_invalid",
        zh: "缺少 api_key，或 api_key 无效、已过期、只能查看".into(),
        en: "missing or invalid api_key: wrong, over, or allowed to look only".into(),
    }
}

/// The period asked for: at most 90 days, the last 90 when nothing is said.
fn period(query: &RequestQuery, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let span = TimeDelta::days(DAYS);
    let edge = || bad("start_date", "", "日期超出范围", "the date is out of range");
    let (from, to) = match (query.from, query.to) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, from.checked_add_signed(span).ok_or_else(edge)?),
        (None, Some(to)) => (to.checked_sub_signed(span).ok_or_else(edge)?, to),
        (None, None) => (now - span, now),
    };
    if from > to || to - from > span {
        return Err(bad(
            "end_date",
            &to.to_rfc3339(),
            format!("start_date 应不晚于 end_date，且相距不超过 {DAYS} 天"),
            format!("start_date is not after end_date, and at most {DAYS} days before it"),
        ));
    }
    Ok((from, to))
}

fn status_mask(statuses: &[String]) -> Result<Option<u64>> {
    let mut mask = None;
    for word in statuses {
        let more = match word.as_str() {
            "open" => states(|state| !state.is_terminal()),
            "closed" => states(State::is_terminal),
            other => {
                return Err(bad(
                    "status",
                    other,
                    format!("status 应为 open 或 closed，而不是“{other}”"),
                    format!("status is open or closed, not {other}"),
                ));
            }
        };
        mask = Some(mask.unwrap_or(0) | more);
    }
    Ok(mask)
}

#[cfg(test)]
mod tests {
    use super::super::state_code;
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_is_ninety_days_at_most_and_by_default() {
        let now = at("2026-11-28T00:00:00Z");
        let ask = |from: Option<&str>, to: Option<&str>| {
            let query = RequestQuery {
                from: from.map(at),
                to: to.map(at),
                ..RequestQuery::default()
            };
            period(&query, now)
        };
        assert_eq!(ask(None, None).unwrap(), (at("2026-08-30T00:00:00Z"), now));
        let whole = ask(Some("2026-01-01T00:00:00Z"), Some("2026-04-01T00:00:00Z")).unwrap();
        assert_eq!((whole.1 - whole.0).num_days(), 90);
        assert!(ask(Some("2026-01-01T00:00:00Z"), Some("2026-04-01T00:00:01Z")).is_err());
        assert!(ask(Some("2026-01-02T00:00:00Z"), Some("2026-01-01T00:00:00Z")).is_err());
        assert_eq!(
            ask(Some("2026-01-01T00:00:00Z"), None).unwrap().1,
            at("2026-04-01T00:00:00Z")
        );
    }

    #[test]
    fn only_terminal_states_are_closed() {
        let closed = status_mask(&["closed".to_owned()]).unwrap().unwrap();
        let open = status_mask(&["open".to_owned()]).unwrap().unwrap();
        assert_eq!(closed & open, 0);
        for state in State::ALL {
            let bit = 1_u64 << state_code(*state);
            assert_eq!(closed & bit != 0, state.is_terminal(), "{state}");
            assert_eq!((closed | open) & bit, bit, "{state}");
        }
        assert!(status_mask(&["shut".to_owned()]).is_err());
    }
}
