//! The audit log: who did what, when, from where, on whom, why, and with which outcome.
//!
//! Every entry holds the hash of the one before. Invariant: entries are numbered 1, 2, 3, … and none can be
//! changed, removed or put elsewhere without breaking the chain after it.

use super::text_enum::text_enum;
use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};

text_enum! {
    /// How it ended.
    pub enum AuditOutcome {
        /// Done.
        Done => "done", "成功";
        /// Refused for want of a right.
        Denied => "denied", "拒绝";
        /// Not done for another reason.
        Failed => "failed", "失败";
    }
}

/// What is to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: the identity of an account, or of the door (command line, visitor).
    pub actor: String,
    /// Their name then.
    pub actor_name: String,
    /// From where: an address, or `console`.
    pub origin: String,
    /// What: a stable word such as `session.begin` or `PUT /api/v1/plans/{id}/name`.
    pub action: String,
    /// On what: an identity, a code, a file.
    pub subject: String,
    /// Why, where a reason is asked for.
    pub purpose: String,
    /// How it ended.
    pub outcome: AuditOutcome,
}

/// What was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Place in the log, from 1.
    pub seq: i64,
    /// What.
    pub entry: NewAuditEntry,
    /// SHA-256 of this entry and the hash before it, in hexadecimal digits.
    pub hash: String,
}

/// The hash before the first entry.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl NewAuditEntry {
    /// The hash of this entry as number `seq` after `previous`. Fields are length-prefixed, so that none can be
    /// moved into its neighbour; the instant counts to the millisecond, as databases keep it.
    pub fn hash(&self, seq: i64, previous: &str) -> String {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let seq = seq.to_string();
        let fields = [
            previous,
            &seq,
            &at,
            &self.actor,
            &self.actor_name,
            &self.origin,
            &self.action,
            &self.subject,
            &self.purpose,
            self.outcome.as_str(),
        ];
        let mut sha = Sha256::new();
        for field in fields {
            sha.update((field.len() as u64).to_be_bytes());
            sha.update(field);
        }
        hex(&sha.finalize())
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// Follows the chain of `entries`, which come in the order of the log after an entry with number `seq` and `hash`.
/// Gives the end of the chain, or the number of the first entry that does not fit.
pub fn follow<'a>(
    mut seq: i64,
    hash: &str,
    entries: impl IntoIterator<Item = &'a AuditEntry>,
) -> Result<(i64, String), i64> {
    let mut hash = hash.to_owned();
    for entry in entries {
        seq += 1;
        let expected = entry.entry.hash(seq, &hash);
        if entry.seq != seq || entry.hash != expected {
            return Err(seq);
        }
        hash = expected;
    }
    Ok((seq, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(n: i64) -> Vec<AuditEntry> {
        let mut hash = FIRST.to_owned();
        (1..=n)
            .map(|seq| {
                let entry = NewAuditEntry {
                    at: DateTime::from_timestamp(1_700_000_000 + seq, 0).unwrap(),
                    actor: "a".into(),
                    actor_name: "示例甲01".into(),
                    origin: "127.0.0.1".into(),
                    action: "session.begin".into(),
                    subject: seq.to_string(),
                    purpose: String::new(),
                    outcome: AuditOutcome::Done,
                };
                hash = entry.hash(seq, &hash);
                AuditEntry {
                    seq,
                    entry,
                    hash: hash.clone(),
                }
            })
            .collect()
    }

    #[test]
    fn every_change_deletion_and_reordering_of_200_entries_is_found() {
        let whole = log(200);
        let (seq, end) = follow(0, FIRST, &whole).unwrap();
        assert_eq!((seq, &end), (200, &whole[199].hash));
        for at in 0..200usize {
            let mut changed = whole.clone();
            changed[at].entry.subject.push('!');
            assert_eq!(follow(0, FIRST, &changed), Err(at as i64 + 1));
            let mut deleted = whole.clone();
            deleted.remove(at);
            // The tail is missed by the checkpoint, which knows where the log ended.
            let gone = follow(0, FIRST, &deleted);
            assert!(gone != Ok((200, end.clone())), "{at}");
            if at < 199 {
                assert!(gone.is_err());
                let mut swapped = whole.clone();
                swapped.swap(at, at + 1);
                assert!(follow(0, FIRST, &swapped).is_err());
            }
            let cut = follow(0, FIRST, &whole[..at]).unwrap();
            assert_ne!(cut, (200, end.clone()));
        }
    }

    #[test]
    fn no_field_can_be_moved_into_its_neighbour() {
        let mut one = log(1).remove(0).entry;
        let mut other = one.clone();
        one.action = "ab".into();
        one.subject = "c".into();
        other.action = "a".into();
        other.subject = "bc".into();
        assert_ne!(one.hash(1, FIRST), other.hash(1, FIRST));
    }
}
