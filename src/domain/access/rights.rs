//! The one table of rights: `domain.md` §5.2, row by row, for what the service has.

use super::{Object, Role};
use crate::domain::text_enum::text_enum;

text_enum! {
    /// What somebody wants to do.
    pub enum Action {
        /// Make a new one.
        Create => "create", "新建";
        /// Look.
        Read => "read", "查看";
        /// Change.
        Update => "update", "修改";
        /// Hand in for approval.
        Submit => "submit", "送审";
        /// Approve what somebody else handed in.
        Approve => "approve", "批准";
        /// Take out as a file.
        Export => "export", "导出";
        /// Read in the clear what is masked for others, with a reason.
        Reveal => "reveal", "查看完整信息";
    }
}

/// A cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights(u16);

impl Rights {
    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the cell holds the right.
    pub const fn allows(self, action: Action) -> bool {
        self.0 & (1 << action as u16) != 0
    }

    /// Only what is one's own: one's patrol area, one's own record.
    pub const fn own_only(self) -> bool {
        self.0 & OWN.0 != 0
    }

    /// Only once a plan is shown for comment.
    pub const fn after_consultation(self) -> bool {
        self.0 & LATE.0 != 0
    }

    /// Nothing at all.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

const N: Rights = Rights(0);
const C: Rights = Rights(1 << Action::Create as u16);
const R: Rights = Rights(1 << Action::Read as u16);
const U: Rights = Rights(1 << Action::Update as u16);
const S: Rights = R.and(Rights(1 << Action::Submit as u16));
const A: Rights = R.and(Rights(1 << Action::Approve as u16));
const X: Rights = Rights(1 << Action::Export as u16);
/// Read masked: the contact row alone. Who may read unmasked has the right to reveal as well.
const M: Rights = R;
const V: Rights = R.and(Rights(1 << Action::Reveal as u16));
const OWN: Rights = Rights(1 << 14);
const LATE: Rights = Rights(1 << 15);

const RU: Rights = R.and(U);
const RX: Rights = R.and(X);
const RUX: Rights = RU.and(X);
const CR: Rights = C.and(R);
const CRA: Rights = CR.and(A);
const CRU: Rights = C.and(RU);
const CRX: Rights = C.and(RX);
const CRUX: Rights = CRU.and(X);
const RO: Rights = R.and(OWN);
const VO: Rights = V.and(OWN);
const RL: Rights = R.and(LATE);
const CRUA: Rights = CRU.and(A);
const CRUAX: Rights = CRUA.and(X);
const CRO: Rights = C.and(RO);
const CRUO: Rights = CRU.and(OWN);
const RUO: Rights = RU.and(OWN);

/// The rights of a role on an object.
pub const fn rights(role: Role, object: Object) -> Rights {
    row(object)[role as usize]
}

/// A row, in the order of [`Role::ALL`].
#[rustfmt::skip]
const fn row(object: Object) -> [Rights; 16] {
    match object {
        //                         pub hk  pt  gw  cs  ms  ga    sl  pl    dh pc su de au  sys sec
        Object::Regions        => [R,  R,  R,  R,  R,  R,  RUX,  R,  RUX,  R, R, R, R, R,  N,  N],
        Object::Places         => [R,  R,  R,  RU, RU, RU, CRUX, R,  RX,   R, R, R, R, R,  N,  N],
        Object::HouseholdCounts=> [N,  RO, N,  R,  R,  RU, RUX,  R,  RX,   N, N, R, N, N,  N,  N],
        Object::QuotaPolicy    => [N,  N,  N,  N,  N,  R,  R,    R,  CRUA, N, N, R, N, R,  N,  N],
        Object::PublishedAreas => [R,  R,  R,  R,  R,  R,  R,    R,  R,    R, R, R, R, R,  N,  N],
        Object::PlanDraft      => [N,  N,  N,  RL, RL, R,  CRU,  R,  R,    N, N, N, N, R,  N,  N],
        Object::PlanPublish    => [N,  N,  N,  N,  N,  N,  S,    A,  A,    N, N, N, N, R,  N,  N],
        Object::KeeperCard     => [R,  R,  R,  R,  R,  R,  RU,   R,  R,    R, R, R, R, R,  N,  N],
        Object::KeeperContact  => [N,  VO, VO, M,  V,  V,  V,    M,  N,    N, N, N, N, N,  N,  N],
        Object::Roster         => [N,  RO, RO, R,  RU, RU, CRUX, R,  N,    N, N, R, N, R,  N,  N],
        Object::Imports        => [N,  N,  N,  N,  N,  R,  CRX,  R,  RX,   N, N, N, N, R,  N,  N],
        Object::Rules          => [N,  R,  R,  R,  R,  R,  CRU,  A,  R,    R, R, R, N, R,  N,  N],
        // Whom an issue concerns: own = reported by oneself, in one's own area, or handed to one's body.
        Object::Issues         => [CRO,CRUO,CRO,CRU,CRUA,CRUA,CRUAX,R,N, RUO,RUO,R,RO, R,  N,  N],
        Object::IssueReporter  => [N,  N,  N,  M,  M,  V,  V,    N,  N,    M, N, V, N, N,  N,  N],
        // The leader and the planner see counts; who they belong to is none of the planner's business.
        Object::IssueFigures   => [R,  R,  R,  R,  R,  RX, RX,   RX, RX,   R, R, R, R, R,  N,  N],
        // Whoever plans and asks what a policy would require changes nothing; saving one is the policy's own row.
        Object::QuotaWhatIf    => [N,  N,  N,  N,  N,  R,  R,    R,  CR,   N, N, R, N, N,  N,  N],
        Object::Organisations  => [N,  R,  R,  R,  RU, RU, CRUX, R,  R,    N, R, R, R, R,  N,  N],
        // Applying is one's own; recommending is making; each review is the approval of one step (see the case's scope).
        Object::Recruitment    => [N,  RO, RO, CR, A,  A,  RU,   A,  N,    N, N, R, N, R,  N,  N],
        // A secretary enters for a keeper who writes on paper. Nobody else reads visits of people.
        Object::Visits         => [N,  CRUO,CRO,N, CR, CR, N,    N,  N,    N, N, N, N, N,  N,  N],
        Object::VisitFigures   => [N,  RO, N,  R,  R,  R,  RX,   R,  RX,   N, N, R, N, N,  N,  N],
        Object::PriorityCounts => [N,  RO, N,  RO, CRU,CRU,R,    R,  R,    N, N, N, N, N,  N,  N],
        Object::Notices        => [R,  RUO,N,  R,  RU, RU, CRUX, R,  R,    N, R, R, N, R,  N,  N],
        Object::Assessments    => [N,  RO, RO, N,  CR, CRA,N,    N,  N,    N, N, R, N, R,  N,  N],
        Object::AssessmentFigures=>[N, R,  N,  N,  N,  R,  R,    R,  R,    N, N, R, N, R,  N,  N],
        Object::AuditLog       => [N,  N,  N,  N,  N,  N,  N,    N,  N,    N, N, N, N, RX, N,  N],
        Object::Accounts       => [N,  N,  N,  N,  N,  N,  N,    N,  N,    N, N, N, N, R,  CRU, A],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_without_an_account_reads_more_than_what_hangs_on_doors() {
        let open: Vec<Object> = Object::ALL
            .iter()
            .copied()
            .filter(|object| !rights(Role::Public, *object).is_empty())
            .collect();
        assert_eq!(
            open,
            [
                Object::Regions,
                Object::Places,
                Object::PublishedAreas,
                Object::KeeperCard,
                Object::Issues,
                Object::IssueFigures,
                Object::Notices,
            ]
        );
        for object in open {
            // An issue is reported without an account, and found again by its code.
            let wanted = if object == Object::Issues { CRO } else { R };
            assert_eq!(rights(Role::Public, object), wanted, "{object}");
        }
    }

    #[test]
    fn administrators_of_accounts_and_rights_read_no_data() {
        for &object in Object::ALL {
            for role in [Role::SystemAdmin, Role::SecurityAdmin] {
                assert!(
                    object == Object::Accounts || rights(role, object).is_empty(),
                    "{role} {object}"
                );
            }
        }
    }

    #[test]
    fn who_submits_has_no_right_to_approve_and_only_auditors_read_the_log() {
        for &role in Role::ALL {
            let publish = rights(role, Object::PlanPublish);
            assert!(!(publish.allows(Action::Submit) && publish.allows(Action::Approve)));
            let log = rights(role, Object::AuditLog).allows(Action::Read);
            assert_eq!(log, role == Role::Auditor, "{role}");
        }
    }
}
