//! Every SQL fragment that differs between the two databases, side by side.

/// Our own transactions are marked, so that the triggers note only the edits of other tools.
pub(super) const GPKG_OWN_WRITE_BEGINS: &str = "UPDATE own_write SET active = 1";
/// Ends the mark before the commit: no other writer ever sees it.
pub(super) const GPKG_OWN_WRITE_ENDS: &str = "UPDATE own_write SET active = 0";
/// The same mark; it lives as long as the transaction.
pub(super) const POSTGIS_OWN_WRITE: &str = "SELECT set_config('gridkeeper.actor', 'own', true)";
/// One writer at a time, as `BEGIN IMMEDIATE` gives on SQLite: the event feed stays gapless.
pub(super) const POSTGIS_WRITER_LOCK: &str = "SELECT pg_advisory_xact_lock(1196444487)";
/// A read sees one version, as a SQLite read transaction does.
pub(super) const POSTGIS_SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Feature tables with an R-tree in a GeoPackage.
pub(super) const INDEXED: [&str; 7] =
    ["region", "grid", "compound", "building", "barrier", "gate", "patrol_area"];
