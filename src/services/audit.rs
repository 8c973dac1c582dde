//! The audit log as a use case: noting, searching, verifying, and letting go of what was kept long enough.
//!
//! After every entry a signed checkpoint is written beside the database, so that a log cut short is found out.
//! Invariant: what is noted in a transaction is stored with it or not at all.

use super::Services;
use super::error::{Error, Result};
use super::keys::Keys;
use crate::domain::{Actor, AuditEntry, AuditOutcome, FIRST, NewAuditEntry, follow};
use crate::storage::{Conn, Tx};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use std::path::Path;
use utoipa::ToSchema;

/// Fewest days that entries are kept (Cybersecurity Law: six months).
pub const LEAST_DAYS: u32 = 183;
/// Entries read at once.
const PAGE: i64 = 1000;
/// Longest field of an entry, in characters.
const MAX_FIELD_CHARS: usize = 300;
const PURPOSE: &str = "audit checkpoint";
/// Origin of what is done at the command line.
pub(super) const CONSOLE: &str = "console";

/// What was done, by whom, from where.
#[derive(Debug, Clone)]
pub struct Noted<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// From where.
    pub origin: &'a str,
    /// What.
    pub action: &'a str,
    /// On what.
    pub subject: &'a str,
    /// Why.
    pub purpose: &'a str,
    /// How it ended.
    pub outcome: AuditOutcome,
}

impl<'a> Noted<'a> {
    /// Something that was done, without a purpose that somebody gave.
    pub const fn done(
        actor: &'a Actor,
        origin: &'a str,
        action: &'a str,
        subject: &'a str,
    ) -> Self {
        Self {
            actor,
            origin,
            action,
            subject,
            purpose: "",
            outcome: AuditOutcome::Done,
        }
    }

    /// With the reason for it.
    #[must_use]
    pub const fn because(self, purpose: &'a str) -> Self {
        Self { purpose, ..self }
    }

    /// With another end.
    #[must_use]
    pub const fn ended(self, outcome: AuditOutcome) -> Self {
        Self { outcome, ..self }
    }
}

/// An entry as the auditor sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditView {
    /// Place in the log.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: identity.
    pub actor: String,
    /// Who: name at the time.
    pub actor_name: String,
    /// From where.
    pub origin: String,
    /// What.
    pub action: String,
    /// On what.
    pub subject: String,
    /// Why.
    pub purpose: String,
    /// done, denied or failed.
    pub outcome: String,
    /// Hash of the chain here.
    pub hash: String,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let of = entry.entry;
        Self {
            seq: entry.seq,
            at: of.at,
            actor: of.actor,
            actor_name: of.actor_name,
            origin: of.origin,
            action: of.action,
            subject: of.subject,
            purpose: of.purpose,
            outcome: of.outcome.to_string(),
            hash: entry.hash,
        }
    }
}

/// Entries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// Entries.
    pub items: Vec<AuditView>,
    /// Where the next page begins; absent at the end.
    pub next: Option<i64>,
}

/// What a verification found.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditReport {
    /// Whether everything fits.
    pub whole: bool,
    /// Entries that were read.
    pub entries: u64,
    /// Number of the last one.
    pub last: i64,
    /// What does not fit, in Chinese; empty when everything does.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// A place in the chain, signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Checkpoint {
    seq: i64,
    hash: String,
    signature: String,
}

impl Checkpoint {
    fn signed(keys: &Keys, seq: i64, hash: &str) -> Self {
        Self {
            seq,
            hash: hash.to_owned(),
            signature: keys.sign(PURPOSE, &Self::text(seq, hash)),
        }
    }

    fn text(seq: i64, hash: &str) -> String {
        format!("{seq}:{hash}")
    }
}

impl Services {
    /// Notes something in a transaction of its own.
    ///
    /// # Errors
    /// The store's own: then what was to be noted is not to be done either.
    pub async fn note(&self, noted: Noted<'_>) -> Result<()> {
        let tx = self.store().begin().await?;
        self.commit_noting(tx, noted).await
    }

    /// Notes something in the transaction that does it, commits, and writes the checkpoint.
    ///
    /// # Errors
    /// The store's own: then nothing is done.
    pub async fn commit_noting(&self, mut tx: Tx, noted: Noted<'_>) -> Result<()> {
        let entry = self.note_in(&mut tx.conn(), noted).await?;
        tx.commit().await?;
        self.checkpoint(&entry);
        Ok(())
    }

    /// Notes something in a transaction. After the commit, [`Services::checkpoint`] follows.
    async fn note_in(&self, conn: &mut Conn<'_>, noted: Noted<'_>) -> Result<AuditEntry> {
        let short = |text: &str| -> String {
            text.chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .take(MAX_FIELD_CHARS)
                .collect()
        };
        let entry = NewAuditEntry {
            at: self.now(),
            actor: noted.actor.id.to_string(),
            actor_name: short(&noted.actor.name),
            origin: short(noted.origin),
            action: short(noted.action),
            subject: short(noted.subject),
            purpose: short(noted.purpose),
            outcome: noted.outcome,
        };
        let (seq, hash) = match conn.audit_last().await? {
            Some(last) => last,
            None => self.base(conn).await?,
        };
        self.watch_for_tampering(conn, seq, &hash).await?;
        Ok(conn.audit_append(entry, (seq, &hash)).await?)
    }

    /// Looks whether the log still goes through its checkpoint before it goes on. When it does not, it goes on all the
    /// same, because nothing may be lost, but the checkpoint stays where it is: every verification finds it.
    async fn watch_for_tampering(&self, conn: &mut Conn<'_>, seq: i64, hash: &str) -> Result<()> {
        if self.keys().locked().is_some() {
            return Ok(());
        }
        let Some(point) = read_checkpoint(self.checkpoint_file()) else {
            return Ok(());
        };
        let found = if point.seq == seq {
            Some(hash.to_owned())
        } else {
            conn.audit_hash(point.seq).await?
        };
        // Entries that were let go of lie before the beginning, which is signed itself.
        let let_go = seq > point.seq && self.base(conn).await?.0 >= point.seq;
        if found.as_ref() != Some(&point.hash) && !let_go {
            tracing::error!(
                audit.seq = seq,
                audit.checkpoint = point.seq,
                "audit.tampered"
            );
            self.stop_checkpoints();
        }
        Ok(())
    }

    /// Where the log begins: after what was let go of, or at the very start.
    async fn base(&self, conn: &mut Conn<'_>) -> Result<(i64, String)> {
        let base: Option<Checkpoint> = conn.audit_base().await?;
        Ok(base.map_or((0, FIRST.to_owned()), |base| (base.seq, base.hash)))
    }

    /// Writes where the log ends now beside the database. A failure is logged: the entry itself is stored.
    fn checkpoint(&self, entry: &AuditEntry) {
        self.checkpoint_signed(self.keys(), entry);
    }

    /// The same with a key that is to be the one of this installation.
    fn checkpoint_signed(&self, keys: &Keys, entry: &AuditEntry) {
        if keys.locked().is_some() || self.checkpoints_stopped() {
            return;
        }
        let file = self.checkpoint_file();
        let checkpoint = Checkpoint::signed(keys, entry.seq, &entry.hash);
        let _one_at_a_time = self.checkpointing();
        // Another writer may have come further meanwhile.
        if read_checkpoint(file).is_some_and(|known| known.seq > entry.seq) {
            return;
        }
        let text = serde_json::to_string(&checkpoint).unwrap_or_default();
        let part = file.with_extension("part");
        let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, file));
        if let Err(error) = written {
            tracing::error!(%error, "audit.checkpoint_failed");
        }
    }

    /// Entries before a number, newest first, that hold a text.
    ///
    /// # Errors
    /// The store's own.
    pub async fn audit_page(
        &self,
        before: Option<i64>,
        text: &str,
        limit: usize,
    ) -> Result<AuditPage> {
        let limit = limit.clamp(1, 500) as i64;
        let mut lease = self.store().read().await?;
        let entries = lease
            .conn()
            .audit_before(before.unwrap_or(i64::MAX), text, limit)
            .await?;
        let next = (entries.len() as i64 == limit)
            .then(|| entries.last().map(|entry| entry.seq))
            .flatten();
        Ok(AuditPage {
            items: entries.into_iter().map(AuditView::from).collect(),
            next,
        })
    }

    /// Follows the whole chain and compares it with the signed checkpoint.
    ///
    /// # Errors
    /// The store's own.
    pub async fn audit_verify(&self) -> Result<AuditReport> {
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let base: Option<Checkpoint> = conn.audit_base().await?;
        let checkpoint = read_checkpoint(self.checkpoint_file());
        let signed = |point: &Checkpoint| {
            let text = Checkpoint::text(point.seq, &point.hash);
            self.keys().verify(PURPOSE, &text, &point.signature)
        };
        if base.as_ref().is_some_and(|base| !signed(base)) {
            return Ok(broken(
                0,
                0,
                "日志起点的签名不符",
                "the signature of the beginning does not fit",
            ));
        }
        let (first, mut hash) = base.map_or((0, FIRST.to_owned()), |base| (base.seq, base.hash));
        let mut seq = first;
        let mut at_checkpoint =
            (checkpoint.as_ref().map(|point| point.seq) == Some(seq)).then(|| hash.clone());
        loop {
            let entries = conn.audit_after(seq, PAGE).await?;
            if entries.is_empty() {
                break;
            }
            if let Some(point) = &checkpoint
                && let Some(entry) = entries.iter().find(|entry| entry.seq == point.seq)
            {
                at_checkpoint = Some(entry.hash.clone());
            }
            match follow(seq, &hash, &entries) {
                Ok(end) => (seq, hash) = end,
                Err(at) => {
                    return Ok(broken(
                        at - first - 1,
                        at,
                        &format!("第 {at} 条被改动、删除或换了位置"),
                        &format!("entry {at} was changed, removed or moved"),
                    ));
                }
            }
        }
        let n = seq - first;
        let Some(point) = checkpoint else {
            if seq == 0 {
                return Ok(whole(n, seq));
            }
            return Ok(broken(
                n,
                seq,
                "没有检查点文件，无法确认末尾是否被截断",
                "there is no checkpoint file: nobody can tell whether the end was cut off",
            ));
        };
        if !signed(&point) {
            return Ok(broken(
                n,
                seq,
                "检查点的签名不符",
                "the signature of the checkpoint does not fit",
            ));
        }
        match at_checkpoint {
            Some(found) if found == point.hash => Ok(whole(n, seq)),
            Some(_) => Ok(broken(
                n,
                point.seq,
                &format!("第 {} 条与检查点不符：日志被整体重写", point.seq),
                &format!(
                    "entry {} is not that of the checkpoint: the log was written anew",
                    point.seq
                ),
            )),
            None => Ok(broken(
                n,
                seq,
                &format!(
                    "日志止于第 {seq} 条，检查点在第 {} 条：末尾被截断",
                    point.seq
                ),
                &format!(
                    "the log ends at {seq}, the checkpoint is at {}: its end was cut off",
                    point.seq
                ),
            )),
        }
    }

    /// After a backup was put back: the checkpoint of the log that was there is kept beside the new one, and the
    /// log says that it goes on from a backup.
    ///
    /// # Errors
    /// The store's own.
    pub async fn audit_restored(&self, actor: &Actor, from: &str) -> Result<()> {
        let file = self.checkpoint_file();
        let aside = file.with_extension(format!("before-restore-{}.json", self.now().timestamp()));
        // There may be none: a log that nobody wrote yet.
        drop(std::fs::rename(file, aside));
        self.note(Noted::done(actor, CONSOLE, "backup.restored", from))
            .await
    }

    /// Notes that the key changed, and signs with the new one where the log begins and ends.
    pub(super) async fn audit_key_changed(&self, actor: &Actor, to: &Keys) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let key = to.fingerprint().unwrap_or_default();
        let noted = Noted::done(actor, CONSOLE, "key.rotated", &key);
        let entry = self.note_in(&mut tx.conn(), noted).await?;
        if let Some(base) = tx.conn().audit_base::<Checkpoint>().await? {
            let base = Checkpoint::signed(to, base.seq, &base.hash);
            tx.conn().audit_base_set(&base).await?;
        }
        tx.commit().await?;
        self.checkpoint_signed(to, &entry);
        Ok(())
    }

    /// Lets go of entries older than the settings say, and says how many; with `dry` only counts.
    ///
    /// # Errors
    /// `Conflict` when the chain is broken: then nothing is removed.
    pub async fn audit_retain(&self, actor: &Actor, dry: bool) -> Result<u64> {
        let report = self.audit_verify().await?;
        if !report.whole {
            return Err(Error::conflict("audit_broken", report.zh, report.en));
        }
        let days = self.config().security.audit_days.max(LEAST_DAYS);
        let until = self.now() - Duration::days(i64::from(days));
        let mut tx = self.store().begin().await?;
        let (first, _) = self.base(&mut tx.conn()).await?;
        let mut last: Option<(i64, String)> = None;
        'pages: loop {
            let after = last.as_ref().map_or(first, |(seq, _)| *seq);
            let entries = tx.conn().audit_after(after, PAGE).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                if entry.entry.at >= until {
                    break 'pages;
                }
                last = Some((entry.seq, entry.hash));
            }
        }
        let Some((seq, hash)) = last else {
            return Ok(0);
        };
        let n = (seq - first) as u64;
        if dry {
            return Ok(n);
        }
        let base = Checkpoint::signed(self.keys(), seq, &hash);
        let (subject, why) = (seq.to_string(), format!("{days} days"));
        let noted = Noted::done(actor, CONSOLE, "audit.retain", &subject).because(&why);
        // Noted before anything goes: the new entry continues the chain as it was.
        let entry = self.note_in(&mut tx.conn(), noted).await?;
        tx.conn().audit_base_set(&base).await?;
        tx.conn().audit_prune(seq).await?;
        tx.commit().await?;
        self.checkpoint(&entry);
        Ok(n)
    }
}

fn read_checkpoint(file: &Path) -> Option<Checkpoint> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

fn whole(entries: i64, last: i64) -> AuditReport {
    AuditReport {
        whole: true,
        entries: entries.max(0) as u64,
        last,
        zh: String::new(),
        en: String::new(),
    }
}

fn broken(entries: i64, last: i64, zh: &str, en: &str) -> AuditReport {
    AuditReport {
        whole: false,
        zh: zh.to_owned(),
        en: en.to_owned(),
        ..whole(entries, last)
    }
}
