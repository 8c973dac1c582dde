//! Why households are not served, in the order in which reasons are looked for.

use super::text_enum::text_enum;

text_enum! {
    /// The one reason of a building: the first that holds. A compound shows the one with most households.
    pub enum GapReason {
        /// In no area of the plan in force.
        Unassigned => "unassigned", "未划片";
        /// Its area has fewer keepers than seats, or its compound fewer than the quota.
        Unstaffed => "unstaffed", "缺人";
        /// No visit for too many days.
        Unvisited => "unvisited", "久未巡";
        /// Its keepers live too far away on foot.
        TooFar => "too_far", "太远";
    }
}
