//! The roles of `domain.md` §5.2, in the order of the table's columns.

use crate::domain::text_enum::text_enum;

text_enum! {
    /// What somebody is here, at the places that a grant names.
    pub enum Role {
        /// Anybody, without signing in.
        Public => "public", "公众";
        /// A volunteer of a compound.
        Housekeeper => "housekeeper", "小管家";
        /// A part-time volunteer.
        PartTimeKeeper => "part_time_keeper", "兼职小管家";
        /// Recommends keepers, looks after a grid.
        GridWorker => "grid_worker", "网格员";
        /// Leads the branch of a compound.
        CompoundSecretary => "compound_secretary", "小区党支部书记";
        /// Leads the committee of a community.
        CommunitySecretary => "community_secretary", "社区书记";
        /// Draws the patrol areas of a street.
        GridAdmin => "grid_admin", "网格管理员";
        /// Approves for a street.
        StreetLeader => "street_leader", "街道领导";
        /// Plans for a district.
        Planner => "planner", "区级规划员";
        /// Handles issues for a department.
        DepartmentHandler => "department_handler", "部门承办人";
        /// Manages the property of compounds.
        PropertyCompany => "property_company", "物业公司";
        /// Watches that responsible bodies act.
        Supervisor => "supervisor", "监督员";
        /// Deputy or member.
        Deputy => "deputy", "代表委员";
        /// Reads the audit log; the audit administrator.
        Auditor => "auditor", "审计管理员";
        /// Keeps accounts; reads no data.
        SystemAdmin => "system_admin", "系统管理员";
        /// Approves rights; reads no data.
        SecurityAdmin => "security_admin", "安全管理员";
    }
}

impl Role {
    /// The three administrators exclude one another (三权分立, GB/T 22239-2019).
    pub const fn is_administrator(self) -> bool {
        matches!(
            self,
            Self::Auditor | Self::SystemAdmin | Self::SecurityAdmin
        )
    }

    /// Whether one account may hold both roles. An administrator of accounts or rights holds no role over data.
    pub fn goes_with(self, other: Self) -> bool {
        self == other || !(self.is_administrator() || other.is_administrator())
    }

    /// Whether somebody can be given the role.
    pub fn can_be_granted(self) -> bool {
        self != Self::Public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_exclude_one_another_and_every_role_over_data() {
        for &role in Role::ALL {
            assert!(role.goes_with(role));
            assert_eq!(
                role.goes_with(Role::SystemAdmin),
                role == Role::SystemAdmin,
                "{role}"
            );
        }
        assert!(!Role::SecurityAdmin.goes_with(Role::Auditor));
        assert!(Role::GridAdmin.goes_with(Role::GridWorker));
    }
}
