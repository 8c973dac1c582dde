//! An import of issues from file to report, and from report to one transaction of the issue writer.

use super::categories::Branch;
use super::offer::{Known, Offer, System, offer};
use super::places::Ground;
use crate::crs::Crs;
use crate::domain::issue::{Category, CategoryTree};
use crate::domain::{Actor, Import, ImportChange, ImportId, Region};
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::services::importing::batch::Batch;
use crate::services::importing::households::Derived;
use crate::services::importing::report;
use crate::services::importing::run::{
    ImportRequest, ReadFile, narrow, read_file, suspicions, within_scope,
};
use crate::services::importing::store::Stored;
use crate::services::issues::{Brought, Catalog, Write};
use crate::services::jobs::Job;
use crate::services::picture::{Picture, Rows};
use crate::storage::IssueRow;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// The identity under which an import remembers a category that it made.
pub(super) fn category_id(code: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("category:{code}").as_bytes())
}

/// A file, read, with the system that it is of.
struct Sheet {
    file: ReadFile,
    system: System,
}

/// What the transaction needs.
struct Prepared {
    crs: Option<Crs>,
    offer: Offer,
    regions: Vec<Region>,
    categories: Vec<Category>,
    district_code: i32,
    rows: u64,
    mended: u64,
}

impl Services {
    /// Imports issues; the report of a dry run is the same.
    pub(in crate::services::importing) async fn import_issues(
        &self,
        actor: &Actor,
        id: ImportId,
        request: ImportRequest,
        job: Arc<Job>,
    ) -> Result<Import> {
        let _one_at_a_time = self.writer().await;
        if let Some(within) = &request.within {
            within_scope(&request, within)?;
        }
        let now = self.now();
        let (ask, worker) = (request.clone(), job.clone());
        let sheet = blocking(move || {
            let file = read_file(&ask, &worker)?;
            let system = System::of(&ask, &file.columns);
            Ok(Sheet { file, system })
        })
        .await?;
        let stored = self.issues_of(&sheet.system).await?;
        job.phase("match", 0, 0);
        let (picture, catalog) = (self.picture(), self.issues().catalog());
        let (ask, by, tree) = (request.clone(), actor.clone(), catalog.clone());
        let prepared = blocking(move || {
            let known = Known {
                actor: &by,
                import: id,
                file_name: &ask.file_name,
                system: &sheet.system,
                stored,
                within: ask.within.as_deref(),
                now,
            };
            prepare(&ask, sheet.file, &known, &picture, &tree.tree)
        })
        .await?;
        let tree = grown(&catalog.tree, &prepared.categories)?;
        let mut offer = prepared.offer;
        let rules = Catalog {
            tree: tree.clone().unwrap_or_else(|| catalog.tree.clone()),
            ..Catalog::clone(&catalog)
        };
        for (row, _) in &mut offer.rows {
            row.issue.due = rules.due(&row.issue);
        }
        let batch = Batch {
            counts: offer.counts,
            problems: std::mem::take(&mut offer.problems),
            ..Batch::default()
        };
        let report = report::compose(
            request.kind,
            prepared.rows,
            prepared.mended,
            Vec::new(),
            &batch,
            &Derived::default(),
        );
        let import = request.record(id, actor, prepared.district_code, prepared.crs, report, now);
        if request.dry_run {
            self.import_desk().keep_dry_run(import.clone());
            return Ok(import);
        }
        if job.cancelled() {
            return Err(Error::conflict("cancelled", "已取消", "cancelled"));
        }
        job.phase("store", 0, 0);
        self.backup_automatically("import").await?;
        let entry = crate::services::importing::store::event(
            &import,
            actor,
            "import.stored",
            offer.changes.len(),
        );
        let changes =
            self.issue_changes(id, &prepared.regions, &prepared.categories, offer.changes)?;
        let brought = Brought {
            import: import.clone(),
            changes,
            rows: offer.rows,
            day: self.today(now),
            regions: prepared.regions,
            tree: tree.clone(),
            entry,
        };
        self.issue_write(Write::Import(Box::new(brought))).await?;
        if let Some(tree) = tree {
            self.issues().adopt_tree(tree);
        }
        job.phase("atlas", 0, 0);
        self.reload().await?;
        tracing::info!(import.id = %id, import.rows = import.report.counts.read, "import.stored");
        Ok(import)
    }

    /// Issues that came from a system, by their number there.
    async fn issues_of(&self, system: &System) -> Result<HashMap<String, IssueRow>> {
        let lead = format!("{}:", system.name);
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let ids: Vec<_> = conn
            .issue_external()
            .await?
            .into_iter()
            .filter(|(_, external)| external.starts_with(&lead))
            .map(|(id, _)| id)
            .collect();
        let rows = conn.issue_list(&ids).await?.into_iter();
        Ok(rows
            .filter_map(|row| Some((row.issue.external_id.clone()?, row)))
            .collect())
    }

    /// What an import changes, regions first, numbered.
    fn issue_changes(
        &self,
        import: ImportId,
        regions: &[Region],
        categories: &[Category],
        issues: Vec<ImportChange>,
    ) -> Result<Vec<ImportChange>> {
        let picture = self.picture();
        let mut changes = Vec::with_capacity(regions.len() + categories.len() + issues.len());
        for region in regions {
            let before = picture.regions.iter().find(|known| known.id == region.id);
            let before = before.map(serde_json::to_value).transpose();
            changes.push(ImportChange {
                district_code: region.district_code(),
                import,
                seq: 0,
                table: Region::TABLE.to_owned(),
                row: region.id.uuid(),
                before: before.map_err(|error| Error::Internal(error.to_string()))?,
                after_digest: region.digest(),
            });
        }
        changes.extend(categories.iter().map(|category| ImportChange {
            district_code: 0,
            import,
            seq: 0,
            table: "category".to_owned(),
            row: category_id(&category.code),
            before: None,
            after_digest: String::new(),
        }));
        changes.extend(issues);
        for (seq, change) in (1..).zip(&mut changes) {
            change.seq = seq;
        }
        Ok(changes)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Internal(format!("import: {error}")))?
}

fn prepare(
    request: &ImportRequest,
    file: ReadFile,
    known: &Known<'_>,
    picture: &Picture,
    tree: &CategoryTree,
) -> Result<Prepared> {
    let ReadFile {
        system,
        columns,
        raw,
        mut notes,
    } = file;
    if let Some(system) = system {
        let mut rows = Rows {
            compounds: picture.compounds.clone(),
            barriers: picture.barriers.clone(),
            ..Rows::default()
        };
        if let Some(within) = &request.within {
            narrow(&mut rows, within);
        }
        notes.extend(suspicions(request.kind, system, &raw.candidates, &rows));
    }
    let points = raw.candidates.iter().filter_map(|candidate| {
        use geo::Centroid;
        let point = candidate.geometry.as_ref()?.centroid()?;
        let measured = point.x().abs() > 1e-9 || point.y().abs() > 1e-9;
        measured.then(|| [point.x(), point.y()])
    });
    let mut ground = Ground::new(
        picture,
        request.region.as_ref(),
        request.within.as_deref(),
        points,
    )?;
    let mut branch = Branch::new(tree, &known.system.name);
    let mut offer = offer(
        &raw.candidates,
        &columns,
        request,
        known,
        &mut ground,
        &mut branch,
    );
    let own = std::mem::take(&mut offer.problems);
    offer.problems = raw.problems;
    offer.problems.extend(notes);
    offer.problems.extend(own);
    let first = offer.rows.first().map_or(0, |(row, _)| row.district_code);
    let district_code = match ground.district_code() {
        0 => first,
        code => code,
    };
    let brings = !offer.rows.is_empty();
    Ok(Prepared {
        crs: system,
        // Without an issue there is nothing to make a region or a category for.
        regions: if brings { ground.regions() } else { Vec::new() },
        categories: if brings { branch.made } else { Vec::new() },
        offer,
        district_code,
        rows: raw.rows,
        mended: raw.mended,
    })
}

/// All categories with the new ones; `None` when there are none.
fn grown(tree: &CategoryTree, made: &[Category]) -> Result<Option<CategoryTree>> {
    if made.is_empty() {
        return Ok(None);
    }
    let rows: Vec<Category> = tree.all().iter().chain(made).cloned().collect();
    CategoryTree::try_from(rows)
        .map(Some)
        .map_err(|error| Error::Internal(format!("categories of an import: {error}")))
}
