//! Where the data are: `gpkg:FILE` or `postgres://…`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Which database, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A GeoPackage file.
    Gpkg(PathBuf),
    /// A PostgreSQL connection string, with its password.
    Postgis(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("gpkg:") {
            if path.is_empty() {
                return Err("name a file, for example gpkg:data/gridkeeper.gpkg".into());
            }
            return Ok(Self::Gpkg(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgis(text.to_owned()));
        }
        Err("write gpkg:FILE or postgres://user@host/database".into())
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gpkg(path) => write!(f, "gpkg:{}", path.display()),
            Self::Postgis(url) => f.write_str(&redact(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((login, place)) = rest.split_once('@') else {
        return url.to_owned();
    };
    let user = login.split(':').next().unwrap_or("");
    format!(
        "{scheme}://{user}@{}",
        place.split('?').next().unwrap_or("")
    )
}

/// The address without its password, and the password, decoded.
pub(super) fn password_apart(url: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), None);
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((login, place)) = authority.rsplit_once('@') else {
        return (url.to_owned(), None);
    };
    let Some((user, password)) = login.split_once(':') else {
        return (url.to_owned(), None);
    };
    (
        format!("{scheme}://{user}@{place}{path}"),
        Some(percent_decoded(password)),
    )
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%')
            .then(|| {
                tail.get(..2)
                    .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok())
            })
            .flatten();
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_url_holds_no_password() {
        let url: DatabaseUrl = "postgres://grid:secret@db.example/grid?password=secret"
            .parse()
            .unwrap();
        assert!(!format!("{url} {url:?}").contains("secret"));
    }

    #[test]
    fn a_password_is_taken_apart_and_decoded() {
        let (url, password) = password_apart("postgres://grid:p%40ss%25@db/grid?host=/run");
        assert_eq!(
            (url.as_str(), password.as_deref()),
            ("postgres://grid@db/grid?host=/run", Some("p@ss%"))
        );
        assert_eq!(
            password_apart("postgres://grid@db/grid"),
            ("postgres://grid@db/grid".into(), None)
        );
    }

    #[test]
    fn anything_else_is_refused_with_the_two_forms() {
        assert!(
            "mysql://x"
                .parse::<DatabaseUrl>()
                .unwrap_err()
                .contains("gpkg:FILE")
        );
        assert!("gpkg:".parse::<DatabaseUrl>().is_err());
    }
}
