//! The key of this installation: it seals sensitive fields and signs checkpoints, and lies outside the database.
//!
//! Sealed: AES-256-SIV (RFC 5297) bound to field and row, so that a value cannot be moved to another row, and equal
//! values of one row stay equal. Invariant: a backup of the database holds nothing that opens a sealed field.

use super::error::{Error, Result};
use crate::domain::hex;
use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

/// Sealed fields of a housekeeper.
pub const PRIVATE_PHONE: &str = "housekeeper.private_phone";
/// The same: the day of birth.
pub const BIRTH_DATE: &str = "housekeeper.birth_date";
/// The same: the day of joining the Party.
pub const PARTY_JOIN_DATE: &str = "housekeeper.party_join_date";

/// The name of whoever reported an issue without an account.
pub const REPORTER_NAME: &str = "issue.reporter_name";
/// How to reach them.
pub const REPORTER_PHONE: &str = "issue.reporter_phone";

/// The variable that may hold the key instead of a file.
pub const KEY_VARIABLE: &str = "GRIDKEEPER_KEY";
/// First line of a key file.
const HEAD: &str = "gridkeeper-key-1";
/// How a sealed value begins.
const SEALED: &str = "sealed1:";

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Locked {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Locked {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// A key that was read or made.
type Found = std::result::Result<[u8; 32], Locked>;

/// The key, or why there is none.
pub struct Keys {
    master: Found,
    /// Signs what need not outlive the process when there is no key.
    fallback: [u8; 32],
}

impl Keys {
    /// Takes the key from the environment, else from `file`; makes the file (mode 0600, with a recovery sheet beside
    /// it) when it does not exist and `may_make`. What is wrong is kept: sealed fields then stay locked.
    pub fn open(file: &Path, from_environment: Option<String>, may_make: bool) -> Self {
        let master = match from_environment {
            Some(text) => decode(text.trim()).ok_or_else(|| {
                Locked::new(
                    format!("{KEY_VARIABLE} 中没有密钥（应为 43 个字符）"),
                    format!("{KEY_VARIABLE} holds no key (43 characters)"),
                )
            }),
            None if file.exists() => read(file),
            None if may_make => make(file),
            None => Err(Locked::new(
                format!("密钥文件 {} 不存在", file.display()),
                format!("the key file {} does not exist", file.display()),
            )),
        };
        if let Err(reason) = &master {
            tracing::warn!(reason = %reason.en, "keys.locked");
        }
        Self {
            master,
            fallback: random(),
        }
    }

    /// The key does not belong to this database: fields stay locked, and it signs nothing here.
    #[must_use]
    pub fn of_another_database(self, bound: &str) -> Self {
        let found = self.fingerprint().unwrap_or_default();
        let reason = Locked::new(
            format!("现有密钥为 {found}，数据库是用密钥 {bound} 加密的"),
            format!("the key is {found}, the database was sealed with {bound}"),
        );
        tracing::warn!(reason = %reason.en, "keys.locked");
        Self {
            master: Err(reason),
            ..self
        }
    }

    /// A key of its own, for tests.
    pub fn throw_away() -> Self {
        Self {
            master: Ok(random()),
            fallback: random(),
        }
    }

    /// Why sealed fields are locked; `None` when they are not.
    pub fn locked(&self) -> Option<&Locked> {
        self.master.as_ref().err()
    }

    /// Names the key without giving it away: eight hexadecimal digits.
    pub fn fingerprint(&self) -> Option<String> {
        let master = self.master.as_ref().ok()?;
        Some(hex(&derive(master, "fingerprint")[..4]))
    }

    /// Seals a value of `field` in the row `id`.
    ///
    /// # Errors
    /// `Conflict` when there is no key.
    pub fn seal(&self, field: &str, id: &str, clear: &str) -> Result<String> {
        let sealed = self
            .cipher()?
            .encrypt([field.as_bytes(), id.as_bytes()], clear.as_bytes())
            .map_err(|error| Error::Internal(format!("sealing {field}: {error}")))?;
        Ok(format!("{SEALED}{}", STANDARD_NO_PAD.encode(sealed)))
    }

    /// Opens a sealed value; one that an earlier version stored in the clear is given as it is.
    ///
    /// # Errors
    /// `Conflict` when there is no key, or it is another one.
    pub fn unseal(&self, field: &str, id: &str, stored: &str) -> Result<String> {
        let Some(text) = stored.strip_prefix(SEALED) else {
            return Ok(stored.to_owned());
        };
        let opened = STANDARD_NO_PAD.decode(text).ok().and_then(|bytes| {
            let headers = [field.as_bytes(), id.as_bytes()];
            self.cipher().ok()?.decrypt(headers, &bytes).ok()
        });
        opened
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| match self.locked() {
                Some(reason) => locked(reason),
                None => locked(&Locked::new(
                    "密钥不是加密此字段的那一把",
                    "the key is not the one that sealed this field",
                )),
            })
    }

    /// A stored value sealed anew with another key, in the same field and row.
    ///
    /// # Errors
    /// `Conflict` when either key is missing, or this one does not open it.
    pub fn reseal(&self, to: &Self, field: &str, id: &str, stored: &str) -> Result<String> {
        to.seal(field, id, &self.unseal(field, id, stored)?)
    }

    /// Whether a stored value is sealed.
    pub fn is_sealed(stored: &str) -> bool {
        stored.starts_with(SEALED)
    }

    /// A signature over `text` for a purpose, as hexadecimal digits.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let master = self.master.as_ref().unwrap_or(&self.fallback);
        hex(&hmac(&derive(master, purpose), text.as_bytes()))
    }

    /// Whether a signature fits.
    pub fn verify(&self, purpose: &str, text: &str, signature: &str) -> bool {
        let expected = self.sign(purpose, text);
        expected.as_bytes().ct_eq(signature.as_bytes()).into()
    }

    fn cipher(&self) -> Result<Aes256Siv> {
        let master = self.master.as_ref().map_err(locked)?;
        let mut key = [0u8; 64];
        key[..32].copy_from_slice(&derive(master, "seal, authentication"));
        key[32..].copy_from_slice(&derive(master, "seal, encryption"));
        Ok(Aes256Siv::new(&key.into()))
    }
}

fn locked(reason: &Locked) -> Error {
    let Locked { zh, en } = reason;
    Error::conflict(
        "fields_locked",
        format!("敏感字段已锁定：{zh}。请恢复密钥文件后重启（见 docs/security.md）"),
        format!(
            "sensitive fields are locked: {en}; restore the key file and restart (docs/security.md)"
        ),
    )
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn derive(master: &[u8; 32], purpose: &str) -> [u8; 32] {
    hmac(master, purpose.as_bytes())
}

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A new token of 256 bits, for a cookie or an address.
pub(super) fn token() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// What is stored of a token.
pub(super) fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn decode(text: &str) -> Option<[u8; 32]> {
    STANDARD_NO_PAD.decode(text).ok()?.try_into().ok()
}

fn read(file: &Path) -> Found {
    let name = file.display();
    let unread = |error: std::io::Error| {
        Locked::new(
            format!("读不了密钥文件 {name}：{error}"),
            format!("the key file {name} cannot be read: {error}"),
        )
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(file)
            .map_err(unread)?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            let mode = mode & 0o777;
            return Err(Locked::new(
                format!("密钥文件 {name} 他人可读（权限 {mode:o}），请运行 chmod 600 {name}"),
                format!(
                    "the key file {name} can be read by others (mode {mode:o}); run: chmod 600 {name}"
                ),
            ));
        }
    }
    let text = std::fs::read_to_string(file).map_err(unread)?;
    let mut lines = text.lines();
    let key =
        (lines.next() == Some(HEAD)).then(|| lines.next().and_then(|line| decode(line.trim())));
    key.flatten().ok_or_else(|| {
        Locked::new(
            format!("{name} 不是密钥文件"),
            format!("{name} is no key file"),
        )
    })
}

/// Writes a new key and its recovery sheet.
fn make(file: &Path) -> Found {
    let key: [u8; 32] = random();
    let text = STANDARD_NO_PAD.encode(key);
    let name = file.display();
    let failed = |error: std::io::Error| {
        Locked::new(
            format!("写不了密钥文件 {name}：{error}"),
            format!("the key file {name} cannot be written: {error}"),
        )
    };
    if let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    write_private(file, &format!("{HEAD}\n{text}\n")).map_err(failed)?;
    let sheet = recovery_sheet(file);
    let words = format!(
        "网格管家 · 密钥恢复单 / Gridkeeper recovery sheet\n\n\
         请打印后锁好，再删除本文件。没有它，密钥文件一旦丢失，加密字段再也打不开。\n\
         Print it, lock it away, then delete this file: without it, nothing opens the sealed fields once the key file is lost.\n\n\
         {HEAD}\n{text}\n\n\
         恢复：把以上两行写入密钥文件，权限设为 0600。\n\
         To restore: write the two lines above into the key file, mode 0600.\n"
    );
    write_private(&sheet, &words).map_err(failed)?;
    eprintln!(
        "已生成密钥 {} 和恢复单 {}：请打印恢复单并锁好 / made a key and a recovery sheet: print the sheet and lock it away",
        file.display(),
        sheet.display()
    );
    Ok(key)
}

fn recovery_sheet(file: &Path) -> PathBuf {
    file.with_extension("recovery.txt")
}

/// A file that only its owner reads; it must not exist yet.
pub(super) fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut out = options.open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_row_and_field_with_its_key() {
        let keys = Keys::throw_away();
        let sealed = keys.seal("private_phone", "1", "13800001234").unwrap();
        assert!(Keys::is_sealed(&sealed) && !sealed.contains("1380"));
        assert_eq!(
            keys.unseal("private_phone", "1", &sealed).unwrap(),
            "13800001234"
        );
        assert_eq!(
            keys.seal("private_phone", "1", "13800001234").unwrap(),
            sealed
        );
        assert_ne!(
            keys.seal("private_phone", "2", "13800001234").unwrap(),
            sealed
        );
        assert!(keys.unseal("private_phone", "2", &sealed).is_err());
        assert!(keys.unseal("birth_date", "1", &sealed).is_err());
        assert!(
            Keys::throw_away()
                .unseal("private_phone", "1", &sealed)
                .is_err()
        );
        assert_eq!(keys.unseal("private_phone", "1", "0551").unwrap(), "0551");
    }

    #[test]
    fn a_key_file_is_made_once_private_and_with_a_sheet_to_print() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("city.key");
        let first = Keys::open(&file, None, true);
        assert_eq!(first.locked(), None);
        let again = Keys::open(&file, None, true);
        assert_eq!(first.fingerprint(), again.fingerprint());
        let sheet = std::fs::read_to_string(recovery_sheet(&file)).unwrap();
        let key = std::fs::read_to_string(&file).unwrap();
        assert!(
            sheet.contains(&key),
            "the sheet holds the two lines of the file"
        );
        let text = key.lines().nth(1).unwrap().to_owned();
        let other = Keys::open(&dir.path().join("none"), Some(text), false);
        assert_eq!(other.fingerprint(), first.fingerprint());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let open = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(&file, open).unwrap();
            let refused = Keys::open(&file, None, true);
            assert!(refused.locked().unwrap().en.contains("chmod 600"));
            assert!(refused.seal("f", "1", "x").is_err());
        }
    }

    #[test]
    fn without_a_key_fields_are_locked_and_the_reason_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(&dir.path().join("none.key"), None, false);
        let error = keys.seal("private_phone", "1", "1").unwrap_err();
        assert!(error.to_string().contains("does not exist"), "{error}");
        assert!(
            Keys::open(Path::new("x"), Some("short".into()), false)
                .locked()
                .is_some()
        );
    }
}
