//! The residents' pages: who serves a building, and finding it. HTML from here, without scripts.
//!
//! Not part of the application in `web/`: they work without login, without cookies, with styles off and in browsers
//! of years ago. Invariant: everything that is not written in this file goes through the escaping of `maud`.

use super::error::ApiError;
use super::extract::{Path, Query};
use super::resident_map;
use crate::domain::roster::CoverReason;
use crate::services::Services;
use crate::services::notices::{Away, Card, Face, Lookup, ResidentPage};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;

/// Styles of every page; nothing that Chromium 90 does not know.
const STYLE: &str = include_str!("resident.css");
const PHONE: &str =
    "M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z";
const PEN: &str = "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4";
const RIGHT: &str = "M9 5l7 7-7 7";
const SEARCH: &str = "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 1 1 13 0zM15.5 15.5L21 21";

/// What a search and the size of type add to the address.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct PageQuery {
    /// Compound: its name or pinyin initials.
    c: Option<String>,
    /// Building: 3, 3号, 3#, 三号楼.
    b: Option<String>,
    /// `1` for large type.
    large: Option<String>,
}

impl PageQuery {
    fn large(&self) -> bool {
        self.large.as_deref() == Some("1")
    }

    fn compound(&self) -> &str {
        self.c.as_deref().unwrap_or("").trim()
    }

    fn number(&self) -> &str {
        self.b.as_deref().unwrap_or("").trim()
    }

    /// The same page with the other size of type.
    fn other_size(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in [("c", &self.c), ("b", &self.b)] {
            if let Some(value) = value {
                query.append_pair(key, value);
            }
        }
        if !self.large() {
            query.append_pair("large", "1");
        }
        format!("?{}", query.finish())
    }
}

/// Search by compound and building number; the page that a door's code leads to when it is not known.
#[utoipa::path(get, path = "/r", tag = "residents", params(PageQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub async fn find(State(services): State<Services>, Query(query): Query<PageQuery>) -> Response {
    let asked = !query.compound().is_empty() || !query.number().is_empty();
    let lookup = services
        .resident_search(query.compound(), query.number())
        .await;
    let body = html! {
        @if asked { (hits(&lookup, &query)) } @else {
            p { "看看谁是您这一幢的小管家。不用登录，不记位置。" }
        }
        (form(&query))
        (foot(None, &lookup.approval_no, lookup.synthetic))
    };
    page(StatusCode::OK, "我的小管家", &query, &body)
}

/// Who serves a building: `building` is its code, the short word on its door, or its identity.
#[utoipa::path(get, path = "/r/{building}", tag = "residents",
    params(("building" = String, Path, description = "code of the building, the word on its door, or its identity"), PageQuery),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, content_type = "text/html", body = String)))]
pub async fn building(
    State(services): State<Services>,
    Path(word): Path<String>,
    Query(query): Query<PageQuery>,
) -> Response {
    match services.resident_page(&word).await {
        Some(found) => {
            let title = format!("我的小管家 · {}", found.door.place);
            page(StatusCode::OK, &title, &query, &door(&found, &query))
        }
        None => {
            let lookup = services.resident_search("", "").await;
            let body = html! {
                h2 { "没有找到这一幢" }
                p { "门口的码可能旧了，或者网址少了几个字。请在下面按小区和楼号查。" }
                (form(&query))
                (foot(None, &lookup.approval_no, lookup.synthetic))
            };
            page(StatusCode::NOT_FOUND, "没有找到这一幢", &query, &body)
        }
    }
}

/// Whether a route answers with a page for people, so that errors before it do too.
pub(super) fn is_page(route: &str) -> bool {
    matches!(route, "/r" | "/r/{building}")
}

/// Too many requests from one address, as a page in the same style: a whole building may be behind it.
pub(super) fn too_many(services: &Services, error: &ApiError) -> Response {
    let wait_s = error.retry_after_s().unwrap_or(60);
    let body = html! {
        main {
            h2 { "现在看的人太多" }
            p { "请过 " (wait_s) " 秒再打开这一页。您什么也没做错，内容也没有丢。" }
            p { "急事不用等，请打下面的电话。" }
        }
        (foot(None, &services.config().map.map_approval_no, services.picture().synthetic))
    };
    let mut response = page(
        StatusCode::TOO_MANY_REQUESTS,
        "现在看的人太多",
        &PageQuery::default(),
        &body,
    );
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    response
}

fn page(status: StatusCode, title: &str, query: &PageQuery, body: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="format-detection" content="telephone=no";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body class=[query.large().then_some("big")] {
                div.page {
                    header.hd {
                        h1 { "我的小管家" }
                        a.mini href=(query.other_size()) { @if query.large() { "普通字" } @else { "大字版" } }
                    }
                    (body)
                }
            }
        }
    };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, headers, markup.into_string()).into_response()
}

fn icon(path: &str) -> Markup {
    html! { svg.i viewBox="0 0 24 24" aria-hidden="true" { path d=(path) {} } }
}

/// Names may be written in any script, in any direction.
fn name(text: &str) -> Markup {
    html! { bdi { (text) } }
}

/// A number to call: digits for the phone, as written for the eye.
fn call(words: &str, phone: &str, first: bool) -> Markup {
    let digits: String = phone
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    html! { a.btn.tel.o[!first] href={ "tel:" (digits) } { (icon(PHONE)) span { (words) } span.num { (phone) } } }
}

fn door(found: &ResidentPage, query: &PageQuery) -> Markup {
    let door = &found.door;
    let large = query.large();
    html! {
        main {
            div.where {
                div.g { "您住的是" b { (name(&door.place)) } }
                a href="#search" { "不是这幢" }
            }
            @if door.area_label.is_none() {
                section.kc.vac {
                    h2 { "还没有小管家" }
                    p { "这一幢还没有划入责任片区。有事请打社区电话。" }
                    @if let Some((_, phone)) = door.office() { (call("打社区", phone, false)) }
                }
            }
            @for card in in_order(&door.cards) { (keeper(found, card)) }
            @if let Some(one) = &door.secretary {
                section.kc.small {
                    h2 { (name(one.name.as_deref().unwrap_or("小区书记"))) }
                    p { "小区书记" @if let Some(hours) = &one.hours { " · " (hours) } }
                    @if let Some(phone) = &one.phone { (call("打电话", phone, false)) }
                }
            }
            a.btn.o href={ "/report?building=" (found.building) } { (icon(PEN)) span { "报修 / 反映一件事" } }
            p.note { "不用登录，写上楼号就行。" }
            @if let Some((map, extent, here)) = &found.map {
                h3 { (name(&door.short)) "在哪里" }
                div.map { (resident_map::draw(map, *extent, *here, &door.short)) }
            }
        }
        (form(&PageQuery { large: large.then(|| "1".to_owned()), ..PageQuery::default() }))
        (foot(Some(found), &found.approval_no, found.synthetic))
    }
}

/// Who can be reached first: those who are there, who stands in, who is away, what is vacant.
fn in_order(cards: &[Card]) -> Vec<&Card> {
    let mut cards: Vec<&Card> = cards.iter().collect();
    cards.sort_by_key(|card| match card {
        Card::Keeper { away: None, .. } => 0,
        Card::Covering { .. } => 1,
        Card::Keeper { away: Some(_), .. } => 2,
        Card::Vacant => 3,
    });
    cards
}

fn keeper(found: &ResidentPage, card: &Card) -> Markup {
    let door = &found.door;
    let label = door.area_label.as_deref().unwrap_or("");
    let office = door.office();
    match card {
        Card::Keeper { face, away: None } => html! {
            section.kc {
                (photo(face))
                h2 { (name(&face.name)) }
                p { (label) " 片区小管家" }
                @if let (Some(hours), true) = (door.hours(), face.phone.is_some()) { p { (hours) } }
                @if let Some(phone) = &face.phone { (call("打电话", phone, true)) }
                @else if let Some((_, phone)) = office { p { "没有公开电话，请打社区电话转。" } (call("打社区", phone, false)) }
            }
        },
        Card::Keeper {
            face,
            away: Some(away),
        } => html! {
            section.kc {
                (photo(face))
                h2 { (name(&face.name)) }
                p { b { "请假至 " (away.until.format("%-m月%-d日")) } " · " (label) " 片区小管家" }
                p { @if let Some(who) = stands_in(found, away) { "这几天有事先找" (name(&who)) "。" } @else { "这几天有事请打社区电话。" } }
                @if let (None, Some((_, phone))) = (stands_in(found, away), office) { (call("打社区", phone, false)) }
            }
        },
        Card::Covering { face, why } => html! {
            section.kc {
                (photo(face))
                h2 { (name(&face.name)) }
                p { b { "暂时代管：" } (label) " 片区" (instead(*why)) "，先由这位小管家照看。" }
                @if let Some(phone) = &face.phone { (call("打电话", phone, true)) }
                @else if let Some((_, phone)) = office { (call("打社区", phone, false)) }
            }
        },
        Card::Vacant => html! {
            section.kc.vac {
                h2 { "空缺" }
                p { "这一位还没有人接任。" @if let Some(other) = other_name(found) { "有事先找" (name(other)) "，或打社区电话。" } @else { "有事请打社区电话。" } }
                @if let Some((_, phone)) = office { (call("打社区", phone, false)) }
            }
        },
    }
}

/// A photo has an address of its own and is fetched when it comes into view: the page itself stays small.
fn photo(face: &Face) -> Markup {
    html! {
        @if let Some(hash) = &face.photo {
            img.ph src={ "/r/photos/" (hash) } width="96" height="128" loading="lazy" decoding="async" alt={ (face.name) "的照片" };
        }
    }
}

/// Who stands in for somebody who is away: those named, else whoever else of the area is there.
fn stands_in(found: &ResidentPage, away: &Away) -> Option<String> {
    if away.covered_by.is_empty() {
        return other_name(found).map(str::to_owned);
    }
    Some(away.covered_by.join("、"))
}

/// Why somebody stands in.
const fn instead(why: CoverReason) -> &'static str {
    match why {
        CoverReason::Vacancy => "还没有人接任",
        CoverReason::Leave => "的小管家休假",
        CoverReason::Load => "近期事情多",
    }
}

/// Whom to ask while a post is vacant or its holder away.
fn other_name(found: &ResidentPage) -> Option<&str> {
    found.door.cards.iter().find_map(|card| match card {
        Card::Keeper { face, away: None } | Card::Covering { face, .. } if face.phone.is_some() => {
            Some(face.name.as_str())
        }
        _ => None,
    })
}

fn hits(lookup: &Lookup, query: &PageQuery) -> Markup {
    let large = if query.large() { "?large=1" } else { "" };
    html! {
        main {
            @if lookup.found.is_empty() {
                h2 { "没有查到" }
            } @else {
                h2 { "找到 " (lookup.found.len()) " 个，点一个" }
                @for one in &lookup.found {
                    a.hit href={ "/r/" (one.word) (large) } { span { (name(&one.name)) small { " " (one.hint) } } (icon(RIGHT)) }
                }
            }
            p { "您写的是“" bdi { (query.compound()) " " (query.number()) } "”。"
                @if lookup.found.is_empty() { br; "小区写全名、几个字或拼音首字母都行，楼号写 3幢、3号、3#、三号楼。" } }
        }
    }
}

fn form(query: &PageQuery) -> Markup {
    html! {
        h3 #search { "找别的楼幢" }
        form action="/r" method="get" {
            @if query.large() { input type="hidden" name="large" value="1"; }
            label { "小区" input name="c" value=(query.compound()) maxlength="40" autocomplete="off" placeholder="名字或拼音首字母"; }
            label { "楼号" input name="b" value=(query.number()) maxlength="20" autocomplete="off" placeholder="3幢、3号、三号楼都行"; }
            button.btn.o type="submit" { (icon(SEARCH)) span { "查" } }
        }
    }
}

fn foot(found: Option<&ResidentPage>, approval_no: &str, synthetic: bool) -> Markup {
    let call = |label: &str, phone: &str| {
        let digits: String = phone
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '+')
            .collect();
        html! { a href={ "tel:" (digits) } { (name(label)) " " (phone) } }
    };
    html! {
        footer.ft {
            @if let Some(found) = found {
                @for (label, contact) in [&found.door.community, &found.door.street] {
                    @if let Some(phone) = &contact.phone { (call(label, phone)) " · " }
                }
            }
            (call("政务热线", "12345"))
            p { "本页只有公开信息，不记您的位置，也没有任何住户的信息。" }
            p {
                @if let Some(found) = found {
                    "更新日期 " (found.today.format("%Y年%-m月%-d日")) " · "
                    @if let Some((plan, version)) = &found.plan { (plan) " 第" (version) "版 · " }
                }
                "审图号 " (approval_no)
            }
            @if synthetic { p { b { "合成示例数据，人名和电话都不是真的。" } } }
            a href="/report" { "给这一页提意见" }
        }
    }
}
