//! What people do, from end to end, through the HTTP surface on a real database.

pub mod app;
mod bad_input;
mod balance;
mod compare;
mod coverage;
mod demo;
mod demo_issues;
mod edits;
mod import;
mod issue_import;
mod issue_places;
mod issues;
mod kill;
mod load;
mod notices;
mod paper;
mod people;
mod publish;
mod real_coverage;
mod real_data;
mod real_issues;
mod recruitment;
mod redraw;
mod residents;
mod upkeep;
mod visits;
