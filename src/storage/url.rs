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
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((login, place)) = rest.split_once('@') else { return url.to_owned() };
    let user = login.split(':').next().unwrap_or("");
    format!("{scheme}://{user}@{}", place.split('?').next().unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_url_holds_no_password() {
        let url: DatabaseUrl = "postgres://grid:secret@db.example/grid?password=secret".parse().unwrap();
        assert!(!format!("{url} {url:?}").contains("secret"));
    }

    #[test]
    fn anything_else_is_refused_with_the_two_forms() {
        assert!("mysql://x".parse::<DatabaseUrl>().unwrap_err().contains("gpkg:FILE"));
        assert!("gpkg:".parse::<DatabaseUrl>().is_err());
    }
}
