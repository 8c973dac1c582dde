//! Where the data are: `gpkg:FILE` or `postgres://…`.

use std::fmt;
use std::path::{Path, PathBuf};
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

impl DatabaseUrl {
    /// A file of this installation that lies outside the database: beside a GeoPackage, else in the folder `data`
    /// under the name of the database, so that two databases never share one.
    pub fn beside(&self, extension: &str) -> PathBuf {
        match self {
            Self::Gpkg(path) => path.with_extension(extension),
            Self::Postgis(url) => {
                Path::new("data").join(format!("{}.{extension}", database_name(url)))
            }
        }
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

/// `city` of postgres://me@host:5432/city?sslmode=require, in letters that a file name may have.
pub(super) fn database_name(url: &str) -> String {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    let path = place.split('?').next().unwrap_or_default();
    let name = path.split_once('/').map_or("", |(_, name)| name);
    let safe = |c: char| if c.is_alphanumeric() { c } else { '_' };
    if name.is_empty() {
        "gridkeeper".to_owned()
    } else {
        name.chars().map(safe).collect()
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

    #[test]
    fn a_database_names_its_backups_and_the_files_beside_it() {
        assert_eq!(
            database_name("postgres://me:x@h:5432/city?sslmode=require"),
            "city"
        );
        assert_eq!(database_name("postgres://me@h/city-2"), "city_2");
        assert_eq!(database_name("postgres://me@h"), "gridkeeper");
        let beside = |url: &str| url.parse::<DatabaseUrl>().unwrap().beside("key");
        assert_eq!(beside("postgres://me@h/east"), Path::new("data/east.key"));
        assert_eq!(beside("gpkg:d/city.gpkg"), Path::new("d/city.key"));
    }
}
