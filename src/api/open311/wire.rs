//! Answers of Open311 as XML and JSON.
//!
//! The same fields in both; only lists are nested in XML. Invariant: XML is written by a library, and holds only
//! characters that XML 1.0 can hold.

use super::{retry_after, status_of};
use crate::api::error::ApiError;
use crate::services::issues::open311::{
    AttributeView, DefinitionView, RequestMade, RequestView, ServiceView, TokenFound, ValueView,
};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.xml`.
    Xml,
    /// `.json`.
    Json,
}

/// One error.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErrorView {
    /// The HTTP status.
    pub code: u16,
    /// What is wrong and how to mend it.
    pub description: String,
}

/// What is answered.
pub enum Answer {
    /// Services.
    Services(Vec<ServiceView>),
    /// A definition.
    Definition(DefinitionView),
    /// Requests.
    Requests(Vec<RequestView>),
    /// A request that was made.
    Made(RequestMade),
    /// A token.
    Token(TokenFound),
}

#[derive(Serialize)]
#[serde(rename = "services")]
struct ServicesXml<'a> {
    service: &'a [ServiceView],
}

#[derive(Serialize)]
#[serde(rename = "service_requests")]
struct RequestsXml<'a, T> {
    request: &'a [T],
}

#[derive(Serialize)]
#[serde(rename = "errors")]
struct ErrorsXml<'a> {
    error: &'a [ErrorView],
}

#[derive(Serialize)]
#[serde(rename = "service_definition")]
struct DefinitionXml<'a> {
    service_code: &'a str,
    attributes: AttributesXml<'a>,
}

#[derive(Serialize)]
struct AttributesXml<'a> {
    attribute: Vec<AttributeXml<'a>>,
}

#[derive(Serialize)]
struct AttributeXml<'a> {
    variable: bool,
    code: &'a str,
    datatype: &'a str,
    required: bool,
    datatype_description: Option<&'a str>,
    order: usize,
    description: &'a str,
    values: ValuesXml<'a>,
}

#[derive(Serialize)]
struct ValuesXml<'a> {
    value: &'a [ValueView],
}

impl<'a> From<&'a AttributeView> for AttributeXml<'a> {
    fn from(view: &'a AttributeView) -> Self {
        Self {
            variable: view.variable,
            code: &view.code,
            datatype: &view.datatype,
            required: view.required,
            datatype_description: view.datatype_description.as_deref(),
            order: view.order,
            description: &view.description,
            values: ValuesXml {
                value: &view.values,
            },
        }
    }
}

/// What cannot be written is a defect of ours.
fn unwritable(error: &dyn std::fmt::Display) -> ApiError {
    crate::services::error::Error::Internal(format!("open311: {error}")).into()
}

fn json(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| unwritable(&error))
}

fn xml(value: &impl Serialize) -> Result<String, ApiError> {
    let mut text = quick_xml::se::to_string(value).map_err(|error| unwritable(&error))?;
    // Control characters that somebody pasted: XML 1.0 has no way to write them.
    text.retain(|c| {
        matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    });
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}"
    ))
}

fn body(format: Format, answer: &Answer) -> Result<String, ApiError> {
    use std::slice::from_ref;
    match (format, answer) {
        (Format::Json, Answer::Services(all)) => json(all),
        (Format::Json, Answer::Definition(one)) => json(one),
        (Format::Json, Answer::Requests(all)) => json(all),
        (Format::Json, Answer::Made(one)) => json(&[one]),
        (Format::Json, Answer::Token(one)) => json(&[one]),
        (Format::Xml, Answer::Services(service)) => xml(&ServicesXml { service }),
        (Format::Xml, Answer::Definition(one)) => xml(&DefinitionXml {
            service_code: &one.service_code,
            attributes: AttributesXml {
                attribute: one.attributes.iter().map(AttributeXml::from).collect(),
            },
        }),
        (Format::Xml, Answer::Requests(request)) => xml(&RequestsXml { request }),
        (Format::Xml, Answer::Made(one)) => xml(&RequestsXml {
            request: from_ref(one),
        }),
        (Format::Xml, Answer::Token(one)) => xml(&RequestsXml {
            request: from_ref(one),
        }),
    }
}

fn errors(format: Format, status: StatusCode, error: &ApiError) -> Result<String, ApiError> {
    let all: Vec<ErrorView> = (error.plainly().1)
        .into_iter()
        .map(|description| ErrorView {
            code: status.as_u16(),
            description,
        })
        .collect();
    match format {
        Format::Json => json(&all),
        Format::Xml => xml(&ErrorsXml { error: &all }),
    }
}

/// The response of an answer or an error.
pub fn respond(format: Format, ok: StatusCode, answer: Result<Answer, ApiError>) -> Response {
    let written = answer.and_then(|answer| body(format, &answer));
    let (status, text, error) = match written {
        Ok(text) => (ok, text, None),
        Err(error) => {
            let status = status_of(&error);
            match errors(format, status, &error) {
                Ok(text) => (status, text, Some(error)),
                Err(broken) => return broken.into_response(),
            }
        }
    };
    let mut response = (status, text).into_response();
    let kind = match format {
        Format::Xml => HeaderValue::from_static("text/xml; charset=utf-8"),
        Format::Json => HeaderValue::from_static("application/json; charset=utf-8"),
    };
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    if let Some(error) = error {
        retry_after(&mut response, &error);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_and_what_xml_cannot_hold_is_left_out() {
        let text = xml(&ErrorsXml {
            error: &[ErrorView {
                code: 400,
                description: "<b>&\u{0}\u{b}\u{fffe}垃圾 🗑".to_owned(),
            }],
        })
        .unwrap();
        assert!(
            text.ends_with(
                "<errors><error><code>400</code><description>&lt;b&gt;&amp;垃圾 🗑</description></error></errors>"
            ),
            "{text}"
        );
    }

    #[test]
    fn no_services_are_an_empty_list() {
        let none = Answer::Services(Vec::new());
        assert!(body(Format::Xml, &none).unwrap().contains("<services"));
        assert_eq!(body(Format::Json, &none).unwrap(), "[]");
    }
}
