//! Settings: defaults, then a file, then environment variables, then flags.
//!
//! Nothing reads the environment later. Invariant: an unknown key is a start-up error,
//! and no setting holds a secret (the database URL is redacted where it is printed).

use chrono::NaiveDate;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The documented defaults, embedded in the binary.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// All settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens.
    pub server: Server,
    /// Who acts at the command line.
    pub operator: Operator,
    /// Accounts, keys, logs of access.
    pub security: Security,
    /// Day boundaries.
    pub time: Time,
    /// Defaults of a plan.
    pub plan: Plan,
    /// The quota policy.
    pub quota: Quota,
    /// The map of gaps.
    pub coverage: Coverage,
    /// How households are estimated where no total is known.
    pub estimate: Estimate,
    /// What the map shows around our own layers.
    pub map: Map,
    /// Messages to servers of others.
    pub webhooks: Webhooks,
    /// Automatic backups.
    pub backup: Backup,
    /// Logs.
    pub log: Log,
    /// What an emergency allows to ask of keepers for a limited time; usually nothing.
    #[serde(default)]
    pub emergency_mode: Vec<Emergency>,
}

/// An exception of an emergency.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// What is asked: `visit_photo`, a photo with every visit.
    pub exception: String,
    /// Why.
    pub reason: String,
    /// Last day that it holds.
    pub until: NaiveDate,
}

/// Messages to servers of others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Whether they may go to addresses inside the network of this server.
    pub private_addresses: bool,
    /// Whether they may go to this computer, without encryption: for trials.
    pub loopback_http: bool,
    /// Milliseconds until the second try; each later one waits four times as long.
    pub retry_ms: u32,
}

/// Automatic backups.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Where those of a PostgreSQL database go; those of a GeoPackage lie beside it.
    pub folder: PathBuf,
}

/// Where the server listens; the address is always loopback.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// TCP port; 0 takes any free one.
    pub port: u16,
    /// How others reach this server, for links in messages: `https://example.org`, without a path.
    #[serde(default)]
    pub public_url: Option<String>,
}

/// The local operator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// Identity written into every change.
    pub id: String,
    /// Name shown on the page.
    pub name: String,
}

/// Accounts, keys, logs of access.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// The key file; beside a GeoPackage, or data/DATABASE.key, when absent.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// The signed checkpoint of the audit log; beside a GeoPackage, or data/DATABASE.audit.json, when absent.
    #[serde(default)]
    pub checkpoint_file: Option<PathBuf>,
    /// The key itself, from the variable `GRIDKEEPER_KEY` alone: never read from a file, never written.
    #[serde(skip)]
    pub key: Option<String>,
    /// Minutes without a request after which a session ends.
    pub idle_minutes: u32,
    /// Hours after which a session ends whatever happens.
    pub session_hours: u32,
    /// Roles that have to set up a second factor.
    #[serde(default)]
    pub second_factor_roles: Vec<String>,
    /// Days that the audit log is kept; at least 183.
    pub audit_days: u32,
    /// Addresses of reverse proxies whose `x-forwarded-for` and `x-forwarded-proto` are believed.
    #[serde(default)]
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Days after the end of the last appointment when a keeper's personal data go.
    pub left_keeper_days: u32,
    /// Days after a recruitment case ended without an appointment when who it was about goes.
    pub ended_case_days: u32,
    /// Days after which a visit no longer tells who went and what they noted.
    pub visit_days: u32,
    /// Days after which an entry of a diary no longer tells whose it is and what it said.
    pub diary_days: u32,
    /// Days after which rows of people that still wait for a place go.
    pub waiting_days: u32,
    /// Days after an issue was closed when name and phone of its reporter go.
    pub reporter_days: u32,
    /// Days after which what people were told of issues goes.
    pub notification_days: u32,
    /// Failed tries to sign in of one address, over all accounts, in 15 minutes.
    pub failures_of_address: u32,
    /// Requests of one address in a minute without signing in.
    pub public_per_minute: u32,
}

/// Day boundaries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// Minutes east of UTC.
    pub utc_offset_minutes: i32,
}

/// Defaults of a plan (`domain.md` §5.4).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Households of one pair.
    pub target_households: u32,
    /// Seats of an area.
    pub keepers_per_area: u32,
    /// Tolerance in basis points.
    pub band_bp: u32,
    /// Beyond this a deviation is bad, in basis points.
    pub bad_bp: u32,
}

/// The quota policy (`domain.md` §1.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Keepers …
    pub keepers: u32,
    /// … for so many households.
    pub per_households: u32,
    /// Rounding rule.
    pub rule: String,
    /// Level at which an `area_*` rule rounds.
    pub round_at: String,
    /// Whether part-time keepers count.
    pub part_time_counts: bool,
}

/// The map of gaps (`domain.md` §5.4).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Days without a visit that are still well.
    pub unvisited_days: u32,
    /// Minutes on foot to a keeper that are still well.
    pub too_far_minutes: u32,
    /// Metres a minute on foot.
    pub walking_m_per_min: u32,
    /// The same where old people are meant.
    pub elder_m_per_min: u32,
    /// Minutes on foot within which keepers and households count as near each other.
    pub access_minutes: u32,
}

/// Household estimates (`domain.md` §2.3a).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Floor area per household, in square metres.
    pub m2_per_household: f64,
}

/// The optional base map and the approval number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// 审图号 of our own map.
    pub map_approval_no: String,
    /// A base map under our layers.
    #[serde(default)]
    pub base: Option<BaseMap>,
}

/// A configured base map.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseMap {
    /// `raster` or `pmtiles`.
    pub kind: String,
    /// URL template.
    pub url: String,
    /// Shown on the map.
    pub attribution: String,
    /// 审图号 of the base map.
    pub approval_no: String,
}

/// Logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    pub format: String,
    /// Filter, as `tracing_subscriber::EnvFilter` reads it.
    pub filter: String,
}

impl Log {
    /// The same without informative lines, unless the settings ask for more than the default.
    #[must_use]
    pub fn at_least_warnings(&self) -> Self {
        let default = Config::default().log.filter;
        let filter = if self.filter == default {
            "warn".into()
        } else {
            self.filter.clone()
        };
        Self {
            filter,
            ..self.clone()
        }
    }
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// An unreadable file, an unknown key or a value of the wrong kind, each with its name.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(path) = file {
            if !path.is_file() {
                return Err(format!(
                    "the settings file {} does not exist",
                    path.display()
                ));
            }
            figment = figment.merge(Toml::file(path));
        }
        figment
            .merge(Env::prefixed("GRIDKEEPER__").split("__"))
            .extract()
            .map_err(|error| format!("settings: {error}"))
            .and_then(Self::checked)
    }

    /// What the types do not say.
    fn checked(mut self) -> Result<Self, String> {
        self.security.key = std::env::var("GRIDKEEPER_KEY").ok();
        if self.security.audit_days < 183 {
            return Err("settings: security.audit_days is at least 183".to_owned());
        }
        Ok(self)
    }
}

impl Default for Config {
    fn default() -> Self {
        Figment::from(Toml::string(DEFAULTS))
            .extract()
            .expect("the embedded defaults are valid, a test reads them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_defaults_are_valid() {
        let config = Config::default();
        assert_eq!(config.server.port, 8080);
        assert_eq!(config.plan.target_households, 500);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[server]\nprot = 1\n").unwrap();
        let error = Config::load(Some(file.path())).unwrap_err();
        assert!(error.contains("prot"), "{error}");
    }
}
