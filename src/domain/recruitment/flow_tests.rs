//! Properties and golden numbers of recruitment.
//!
//! Invariant of these tests: every legal way through a template is walked, and every other one is refused.

use super::*;
use crate::domain::ActorId;
use crate::domain::access::Role;
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use uuid::Uuid;

fn at(n: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + Duration::days(n)
}

fn actor(n: u128) -> ActorId {
    ActorId::new(Uuid::from_u128(n))
}

/// One person for each role.
fn of_role(role: Role) -> ActorId {
    actor(role as u128 + 1)
}

fn row(seq: usize, step: &str, decision: Decision, by: ActorId) -> StepRow {
    StepRow {
        seq: seq as i32,
        step: step.into(),
        decision,
        actor: by,
        actor_name: "示例".into(),
        at: at(seq as i64),
        note: String::new(),
    }
}

fn ask(
    template: &Template,
    rows: &[StepRow],
    step: &str,
    decision: Decision,
) -> Result<(), Refusal> {
    let role = template.step(step).map_or(Role::GridWorker, |step| step.by);
    let by = Decider {
        actor: of_role(role),
        own: false,
        roles: &[role],
    };
    check(template, rows, step, decision, by)
}

fn walk(template: &Template, order: &[&str]) -> Vec<StepRow> {
    let mut rows: Vec<StepRow> = Vec::new();
    for step in order {
        ask(template, &rows, step, Decision::Approved).unwrap();
        let by = of_role(template.step(step).unwrap().by);
        rows.push(row(rows.len() + 1, step, Decision::Approved, by));
    }
    rows
}

const FIVE: [&str; 5] = [
    "self_application",
    "grid_worker_recommendation",
    "compound_party_review",
    "community_party_review",
    "street_appointment",
];

#[test]
fn both_templates_hold_and_faulty_ones_are_named() {
    assert_eq!(Template::five_steps().check(), Ok(()));
    assert_eq!(Template::three_and_three().check(), Ok(()));
    let changed = |change: fn(&mut Template)| {
        let mut template = Template::five_steps();
        change(&mut template);
        template.check().unwrap_err()
    };
    assert_eq!(changed(|t| t.steps.truncate(1)), TemplateFault::Number);
    assert_eq!(
        changed(|t| t.steps[1].code = "self_application".into()),
        TemplateFault::Words
    );
    assert_eq!(changed(|t| t.steps[2].stage = 4), TemplateFault::Stages);
    assert_eq!(
        changed(|t| {
            t.steps.pop();
        }),
        TemplateFault::LastStep
    );
    assert_eq!(
        changed(|t| t.steps[0].kind = StepKind::Recommendation),
        TemplateFault::NoConsent
    );
    assert_eq!(
        changed(|t| t.steps[3].by = Role::GridWorker),
        TemplateFault::Role
    );
    assert_eq!(changed(|t| t.remind_after_days = 0), TemplateFault::Days);
}

#[test]
fn deciding_the_fourth_step_while_the_third_is_open_names_the_third() {
    let template = Template::five_steps();
    let rows = walk(&template, &FIVE[..2]);
    assert_eq!(
        ask(
            &template,
            &rows,
            "community_party_review",
            Decision::Approved
        ),
        Err(Refusal::OutOfOrder(vec!["compound_party_review".into()]))
    );
}

#[test]
fn recommended_first_and_then_consented_is_complete_before_the_third_step() {
    let template = Template::five_steps();
    let rows = walk(&template, &["grid_worker_recommendation"]);
    assert_eq!(
        ask(
            &template,
            &rows,
            "compound_party_review",
            Decision::Approved
        ),
        Err(Refusal::OutOfOrder(vec!["self_application".into()]))
    );
    let rows = walk(
        &template,
        &["grid_worker_recommendation", "self_application"],
    );
    assert_eq!(
        ask(
            &template,
            &rows,
            "compound_party_review",
            Decision::Approved
        ),
        Ok(())
    );
}

#[test]
fn nobody_decides_their_own_case_another_ones_step_or_two_steps() {
    let template = Template::five_steps();
    let rows = walk(&template, &FIVE[..2]);
    let decide = |actor, own, roles: &[Role]| {
        let by = Decider { actor, own, roles };
        check(
            &template,
            &rows,
            "compound_party_review",
            Decision::Approved,
            by,
        )
    };
    let secretary = [Role::CompoundSecretary];
    assert_eq!(decide(actor(99), true, &secretary), Err(Refusal::OwnCase));
    assert_eq!(
        decide(actor(99), false, &[Role::CommunitySecretary]),
        Err(Refusal::WrongRole(Role::CompoundSecretary))
    );
    // Who recommended does not review.
    assert_eq!(
        decide(of_role(Role::GridWorker), false, &secretary),
        Err(Refusal::SamePerson("grid_worker_recommendation".into()))
    );
    assert_eq!(decide(actor(99), false, &secretary), Ok(()));
}

#[test]
fn a_case_that_is_over_stays_over_and_one_set_aside_is_resumed_first() {
    let template = Template::five_steps();
    let mut rows = walk(&template, &FIVE[..3]);
    rows.push(row(
        4,
        FIVE[3],
        Decision::Suspended,
        of_role(Role::CommunitySecretary),
    ));
    assert_eq!(replay(&template, &rows).state, CaseState::Suspended);
    assert_eq!(
        ask(&template, &rows, FIVE[3], Decision::Approved),
        Err(Refusal::Suspended)
    );
    assert_eq!(ask(&template, &rows, FIVE[3], Decision::Resumed), Ok(()));
    rows.push(row(
        5,
        FIVE[3],
        Decision::Resumed,
        of_role(Role::CommunitySecretary),
    ));
    assert_eq!(
        ask(&template, &rows, FIVE[3], Decision::Resumed),
        Err(Refusal::NotSuspended)
    );
    rows.push(row(
        6,
        FIVE[3],
        Decision::Refused,
        of_role(Role::CommunitySecretary),
    ));
    let after = replay(&template, &rows);
    assert_eq!(
        (after.state, after.refused),
        (CaseState::Refused, Some(FIVE[3]))
    );
    assert_eq!(
        ask(&template, &rows, FIVE[3], Decision::Approved),
        Err(Refusal::Over(CaseState::Refused))
    );
}

#[test]
fn a_case_waits_too_long_after_the_days_of_its_template_and_never_ends_by_itself() {
    let template = Template::five_steps();
    let rows = walk(&template, &FIVE[..2]);
    assert!(!overdue(&template, &rows, at(0), at(2 + 15)));
    assert!(overdue(&template, &rows, at(0), at(2 + 16)));
    assert_eq!(replay(&template, &rows).state, CaseState::Open);
    assert!(!overdue(&template, &walk(&template, &FIVE), at(0), at(900)));
}

#[test]
fn a_thousand_and_fifty_three_appointments_are_five_thousand_two_hundred_and_sixty_five_steps() {
    let template = Template::five_steps();
    let steps: usize = (0..1053)
        .map(|_| {
            let rows = walk(&template, &FIVE);
            assert_eq!(replay(&template, &rows).state, CaseState::Appointed);
            rows.len()
        })
        .sum();
    assert_eq!(steps, 5265);
}

proptest! {
    /// Whatever is tried in whatever order: only steps whose stage is open are taken, and exactly all of them appoint.
    #[test]
    fn no_order_of_tries_appoints_without_every_step(
        tries in proptest::collection::vec(0usize..6, 0..40), second in any::<bool>()
    ) {
        let template = if second { Template::three_and_three() } else { Template::five_steps() };
        let mut rows: Vec<StepRow> = Vec::new();
        for n in tries {
            let step = &template.steps[n % template.steps.len()];
            let open: Vec<String> = replay(&template, &rows).open.iter().map(|step| step.code.clone()).collect();
            let answer = ask(&template, &rows, &step.code, Decision::Approved);
            prop_assert_eq!(answer.is_ok(), open.contains(&step.code));
            if answer.is_ok() {
                rows.push(row(rows.len() + 1, &step.code, Decision::Approved, of_role(step.by)));
            }
        }
        let all = rows.len() == template.steps.len();
        prop_assert_eq!(replay(&template, &rows).state == CaseState::Appointed, all);
        if all {
            prop_assert_eq!(&rows.last().unwrap().step, "street_appointment");
        }
    }
}
