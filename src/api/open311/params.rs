//! Parameters of Open311: `attribute[code]=v` and `attribute[code][]=v`, lists by comma, times with zone.
//!
//! Invariant: a value that cannot be read is an error that names its parameter; an unknown parameter is none.

use super::bad;
use crate::api::error::ApiError;
use crate::services::issues::open311::{RequestQuery, ServiceRequest};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Names and values in their order.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Of a query.
    pub fn read(query: &str) -> Self {
        let mut params = Self::default();
        params.read_more(query.as_bytes());
        params
    }

    /// Of a form as well.
    pub fn read_more(&mut self, form: &[u8]) {
        self.0.extend(form_urlencoded::parse(form).into_owned());
    }

    /// The first value that says something.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.trim())
            .find(|value| !value.is_empty())
    }

    /// Values of a list.
    fn list(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(known, _)| known == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
        let Some(text) = self.one(name) else {
            return Ok(None);
        };
        // A plus that nobody escaped has become a space.
        let text = text.replace(' ', "+");
        let time = DateTime::parse_from_rfc3339(&text).map_err(|_no_time| {
            bad(
                name,
                "应为带时区的时间，如 2026-11-28T09:30:00+08:00",
                "a time with its zone, such as 2026-11-28T09:30:00+08:00",
            )
        })?;
        Ok(Some(time.with_timezone(&Utc)))
    }

    fn degrees(&self, name: &str) -> Result<Option<f64>, ApiError> {
        self.one(name)
            .map(|text| {
                text.parse::<f64>()
                    .ok()
                    .filter(|value| value.is_finite())
                    .ok_or_else(|| bad(name, "应为十进制度（WGS 84）", "decimal degrees, WGS 84"))
            })
            .transpose()
    }

    /// Which requests are asked for.
    pub fn request_query(&self) -> Result<RequestQuery, ApiError> {
        Ok(RequestQuery {
            ids: self.list("service_request_id"),
            services: self.list("service_code"),
            from: self.time("start_date")?,
            to: self.time("end_date")?,
            statuses: self.list("status"),
            jurisdiction: self.one("jurisdiction_id").map(str::to_owned),
        })
    }

    /// A report.
    pub fn service_request(&self) -> Result<ServiceRequest, ApiError> {
        let lon_lat = match (self.degrees("long")?, self.degrees("lat")?) {
            (Some(lon), Some(lat)) => Some((lon, lat)),
            (None, None) => None,
            (None, Some(_)) => return Err(bad("long", "有 lat 而无 long", "lat without long")),
            (Some(_), None) => return Err(bad("lat", "有 long 而无 lat", "long without lat")),
        };
        let text = |name: &str| self.one(name).map(str::to_owned);
        let names: Vec<&str> = [self.one("last_name"), self.one("first_name")]
            .into_iter()
            .flatten()
            .collect();
        Ok(ServiceRequest {
            service_code: text("service_code").unwrap_or_default(),
            lon_lat,
            address_string: text("address_string"),
            address_id: text("address_id"),
            answers: self.answers(),
            description: text("description"),
            media_url: text("media_url"),
            name: (!names.is_empty()).then(|| names.join(" ")),
            phone: text("phone").or_else(|| text("email")),
        })
    }

    fn answers(&self) -> BTreeMap<String, Vec<String>> {
        let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &self.0 {
            let code = name
                .strip_prefix("attribute[")
                .and_then(|rest| rest.strip_suffix("][]").or_else(|| rest.strip_suffix(']')));
            if let Some(code) = code.filter(|_| !value.trim().is_empty()) {
                let values = answers.entry(code.to_owned()).or_default();
                values.push(value.clone());
            }
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_lists_and_times_are_read_as_the_specification_writes_them() {
        let params = Params::read(
            "attribute[a]=1&attribute%5Bb%5D%5B%5D=x&attribute[b][]=y&attribute[c]=&lat=31.8&long=117.2\
             &last_name=Li&first_name=Ming&email=li%40example.org&other=1",
        );
        let ask = params.service_request().unwrap();
        assert_eq!(ask.answers["a"], ["1"]);
        assert_eq!(ask.answers["b"], ["x", "y"]);
        assert!(!ask.answers.contains_key("c"));
        assert_eq!(ask.lon_lat, Some((117.2, 31.8)));
        assert_eq!(ask.name.as_deref(), Some("Li Ming"));
        assert_eq!(ask.phone.as_deref(), Some("li@example.org"));
        let query = Params::read("status=open,closed&start_date=2026-11-28T08:00:00+08:00");
        let query = query.request_query().unwrap();
        assert_eq!(query.statuses, ["open", "closed"]);
        assert_eq!(
            query.from.unwrap().to_rfc3339(),
            "2026-11-28T00:00:00+00:00"
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_by_name() {
        for query in ["lat=31.8", "lat=x&long=1", "lat=NaN&long=1", "long=117.2"] {
            let error = Params::read(query).service_request().unwrap_err();
            assert!(error.plainly().1[0].contains('l'), "{query}");
        }
        // No zone, no time.
        let query = Params::read("start_date=2026-11-28");
        let error = query.request_query().unwrap_err();
        assert!(error.plainly().1[0].starts_with("start_date"), "{error:?}");
    }
}
