//! Sensitive fields at rest: sealing what earlier versions stored in the clear, and a new key for everything.
//!
//! Invariant: either every field is sealed with the key that the database is bound to, or nothing was changed.

use super::Services;
use super::error::{Error, Result};
use super::importing::WAITING_ROW;
use super::keys::{
    BIRTH_DATE, Keys, PARTY_JOIN_DATE, PRIVATE_PHONE, REPORTER_NAME, REPORTER_PHONE,
};
use crate::domain::recruitment::RecruitmentCase;
use crate::domain::{Actor, Housekeeper, ImportKind, Sealed};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

impl Services {
    /// Seals what stands in the clear, in rows, in the records of imports and in rows that wait, and has the database
    /// forget the old bytes. Does nothing when nothing is in the clear, or without a key.
    ///
    /// # Errors
    /// The store's own: then nothing was changed.
    pub(super) async fn seal_what_is_clear(&self) -> Result<()> {
        let clear = {
            let mut lease = self.store().read().await?;
            lease.conn().housekeepers_in_the_clear().await?
        };
        if clear == 0 || self.keys().locked().is_some() {
            return Ok(());
        }
        let sealed = self.rewrite(self.keys(), self.keys()).await?;
        self.store().forget_deleted().await?;
        tracing::warn!(
            rows = sealed,
            "sealing.done: backups made before today still hold these fields in the clear; delete them when they are no longer needed"
        );
        Ok(())
    }

    /// Makes a new key and seals everything with it. The old file is kept: backups need it. When the computer stops in
    /// the middle, the next start finds the new file and finishes.
    ///
    /// # Errors
    /// `Conflict` when there is no key in a file, or a field does not open with it: then nothing was changed.
    pub async fn key_rotate(&self, actor: &Actor) -> Result<u64> {
        let refuse = |zh: &str, en: &str| Err(Error::conflict("key_not_rotated", zh, en));
        if let Some(reason) = self.keys().locked() {
            return refuse(&reason.zh, &reason.en);
        }
        if self.config().security.key.is_some() {
            return refuse(
                "密钥来自 GRIDKEEPER_KEY：请改用密钥文件后再更换",
                "the key comes from GRIDKEEPER_KEY: rotate it with a key file",
            );
        }
        let file = self.key_file();
        let next = next_key_file(file);
        let to = Keys::open(&next, None, true);
        if let Some(reason) = to.locked() {
            return refuse(&reason.zh, &reason.en);
        }
        self.backup_automatically("key").await?;
        let sealed = self.rewrite(self.keys(), &to).await?;
        let former = self.keys().fingerprint().unwrap_or_default();
        finish_rotation(file, &former)
            .map_err(|error| Error::Internal(format!("naming the key files: {error}")))?;
        self.store().forget_deleted().await?;
        self.audit_key_changed(actor, &to).await?;
        Ok(sealed)
    }

    async fn rewrite(&self, from: &Keys, to: &Keys) -> Result<u64> {
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let mut keepers = conn.housekeeper_list().await?;
        for keeper in &mut keepers {
            resealed(keeper, from, to)?;
        }
        conn.housekeeper_upsert(&keepers).await?;
        let mut n = keepers.len() as u64;
        for (key, before) in conn.import_changes_of("housekeeper").await? {
            // What the record holds is a housekeeper as it was; one that cannot be read is left as it is.
            let Ok(mut keeper) = serde_json::from_value::<Housekeeper>(before) else {
                continue;
            };
            resealed(&mut keeper, from, to)?;
            let before = serde_json::to_value(&keeper).unwrap_or_default();
            conn.import_change_before_set(key, &before).await?;
            n += 1;
        }
        for row in conn.waiting_list().await? {
            if row.kind != ImportKind::Housekeepers {
                continue;
            }
            let import = row.import.to_string();
            let all = match row.properties.get(WAITING_ROW) {
                Some(sealed) => from.unseal(WAITING_ROW, &import, sealed)?,
                None => serde_json::to_string(&row.properties).unwrap_or_default(),
            };
            let sealed = to.seal(WAITING_ROW, &import, &all)?;
            let properties = BTreeMap::from([(WAITING_ROW.to_owned(), sealed)]);
            conn.waiting_properties_set(row.district_code, row.id, &properties)
                .await?;
            n += 1;
        }
        for mut account in conn.account_list().await? {
            if let Some(sealed) = account.totp_sealed.clone() {
                let (field, id) = (super::accounts::TOTP_FIELD, account.id.to_string());
                account.totp_sealed = Some(from.reseal(to, field, &id, &sealed)?);
                conn.account_update(&account).await?;
                n += 1;
            }
        }
        for (district, id, name, phone) in conn.issue_reporters().await? {
            let row = id.to_string();
            let again = |field: &str, stored: Option<String>| {
                stored
                    .map(|stored| from.reseal(to, field, &row, &stored))
                    .transpose()
            };
            let (name, phone) = (again(REPORTER_NAME, name)?, again(REPORTER_PHONE, phone)?);
            conn.issue_reporter_set(district, id, name, phone).await?;
            n += 1;
        }
        for one in conn.subscriptions().await? {
            let id = one.id.to_string();
            let again = |field: &str, sealed: Option<&Sealed>| {
                sealed
                    .map(|sealed| from.reseal(to, field, &id, sealed.as_stored()))
                    .transpose()
            };
            let url = again(super::subscriptions::URL_FIELD, one.url.as_ref())?;
            let secret = again(super::subscriptions::SECRET_FIELD, one.secret.as_ref())?;
            conn.subscription_reseal(one.id, url, secret).await?;
            n += 1;
        }
        let mut cases: Vec<RecruitmentCase> = Vec::new();
        for (mut case, _steps) in conn.recruitment_list(None).await? {
            resealed_case(&mut case, from, to)?;
            cases.push(case);
        }
        conn.recruitment_put(&cases).await?;
        n += cases.len() as u64;
        if let Some(fingerprint) = to.fingerprint() {
            conn.key_fingerprint_set(&fingerprint).await?;
        }
        tx.commit().await?;
        Ok(n)
    }
}

/// Where a key waits until everything is sealed with it.
pub(super) fn next_key_file(file: &Path) -> PathBuf {
    file.with_extension("next.key")
}

/// The new key takes the place of the former, which stays beside it under its fingerprint.
pub(super) fn finish_rotation(file: &Path, former: &str) -> std::io::Result<()> {
    let next = next_key_file(file);
    std::fs::rename(file, file.with_extension(format!("{former}.key")))?;
    std::fs::rename(&next, file)?;
    // The sheet to print goes along with its key.
    let sheet = |key: &Path| key.with_extension("recovery.txt");
    if sheet(&next).exists() {
        std::fs::rename(sheet(&next), sheet(file))?;
    }
    Ok(())
}

fn resealed(keeper: &mut Housekeeper, from: &Keys, to: &Keys) -> Result<()> {
    let id = keeper.id.to_string();
    let again = |field: &str, value: &mut Option<Sealed>| -> Result<()> {
        if let Some(stored) = value {
            let again = from.reseal(to, field, &id, stored.as_stored())?;
            *value = Some(Sealed::stored(again));
        }
        Ok(())
    };
    again(PRIVATE_PHONE, &mut keeper.private_phone)?;
    again(BIRTH_DATE, &mut keeper.birth_date)?;
    again(PARTY_JOIN_DATE, &mut keeper.party_join_date)
}

/// The sealed fields of a case: those of the keeper that comes of it, bound to the case.
fn resealed_case(case: &mut RecruitmentCase, from: &Keys, to: &Keys) -> Result<()> {
    let id = case.id.to_string();
    let fields = [
        (PRIVATE_PHONE, &mut case.private_phone),
        (BIRTH_DATE, &mut case.birth_date),
        (PARTY_JOIN_DATE, &mut case.party_join_date),
    ];
    for (field, value) in fields {
        if let Some(stored) = value {
            *value = Some(Sealed::stored(from.reseal(
                to,
                field,
                &id,
                stored.as_stored(),
            )?));
        }
    }
    Ok(())
}
