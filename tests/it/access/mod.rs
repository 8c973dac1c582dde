//! Who may see and do what: accounts, the matrix of rights, what leaks and what does not, the audit log.

mod accounts;
mod audit;
pub mod city;
mod export_approval;
mod headers;
mod keys;
mod leaks;
mod live;
mod matrix;
mod payloads;
mod rules;
mod sessions;
mod suppressed;
