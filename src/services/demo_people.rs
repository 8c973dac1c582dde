//! The people of the demo beyond who is where: organisations, leave, cover, kit, trainings, mentors, recruitment and one
//! quarter of assessments.
//!
//! Not who is in post (`demo::staff`). Invariant: every name begins with 示例, every number is made up, and nothing here
//! changes how many are in post.

use super::Services;
use super::error::Result;
use super::keys::{BIRTH_DATE, PARTY_JOIN_DATE, PRIVATE_PHONE};
use super::picture::Picture;
use crate::domain::assessment::{Assessment, AssessmentMove, Judge, Quarter};
use crate::domain::organisation::{Organisation, OrganisationKind};
use crate::domain::recruitment::{Decision, RecruitmentCase, StepRow, Template};
use crate::domain::roster::{Cover, CoverReason, KitIssue, KitItem, Leave, MentorGroup, Training};
use crate::domain::{
    ActorId, Appointment, AppointmentId, AppointmentKind, Compound, EndReason, Housekeeper,
    PartTimeCategory, RegionCode, Sealed, Terms,
};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use std::collections::{BTreeMap, HashSet, VecDeque};
use uuid::Uuid;

/// Open and ended cases of each community.
const CASES: usize = 16;
/// Steps in the order of the five.
const STEPS: [&str; 5] = [
    "self_application",
    "grid_worker_recommendation",
    "compound_party_review",
    "community_party_review",
    "street_appointment",
];
/// Who takes them in the demo.
const TAKERS: [&str; 5] = [
    "示例网格员一",
    "示例网格员一",
    "示例小区书记",
    "示例社区书记",
    "示例街道主任",
];

/// Everything that is written.
#[derive(Default)]
struct Made {
    organisations: Vec<Organisation>,
    leaves: Vec<Leave>,
    covers: Vec<Cover>,
    kit: Vec<KitIssue>,
    trainings: Vec<Training>,
    groups: Vec<MentorGroup>,
    former: Vec<Appointment>,
    cases: Vec<RecruitmentCase>,
    steps: BTreeMap<i32, Vec<(Uuid, StepRow)>>,
    assessments: Vec<Assessment>,
}

/// A person of the demo who decides; never one of its accounts, so that each account may go on with any case.
fn taker(name: &str) -> ActorId {
    ActorId::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

fn id() -> Uuid {
    Uuid::now_v7()
}

impl Services {
    /// Stores the people of the demo city.
    ///
    /// # Errors
    /// The store's own, and a key that does not seal.
    pub(super) async fn demo_people_make(&self) -> Result<()> {
        let picture = self.picture();
        let now = self.now();
        let mut made = Made::default();
        let mut communities: BTreeMap<RegionCode, Vec<&Compound>> = BTreeMap::new();
        for compound in &picture.compounds {
            communities
                .entry(compound.community)
                .or_default()
                .push(compound);
        }
        for (at, compound) in picture.compounds.iter().enumerate() {
            organisations(at, compound, &mut made);
        }
        let mut posts_of: BTreeMap<RegionCode, Vec<(&Housekeeper, &Appointment)>> = BTreeMap::new();
        for post in &picture.appointments {
            if let Some((keeper, post)) = picture.holder(post.id) {
                posts_of
                    .entry(keeper.community)
                    .or_default()
                    .push((keeper, post));
            }
        }
        let n = communities.len();
        for (at, (community, compounds)) in communities.iter().enumerate() {
            let posts = posts_of.remove(community).unwrap_or_default();
            crew(&picture, &posts, &mut made);
            // The last community held no training yet: the page lists it.
            if at + 1 < n {
                training(&picture, *community, &posts, &mut made);
            }
            for k in 0..CASES {
                self.demo_case(&picture, compounds, at * CASES + k, k, now, &mut made)?;
            }
            for (keeper, post) in &posts {
                if post.start >= NaiveDate::from_ymd_opt(2026, 6, 1).unwrap_or(post.start) {
                    Self::done_case(keeper, post, &mut made);
                }
            }
            assess(&picture, &posts, now, &mut made);
        }
        cover_vacancies(&picture, &mut made);
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.appointment_upsert(&made.former).await?;
        conn.organisation_insert(&made.organisations).await?;
        conn.leave_insert(&made.leaves).await?;
        conn.cover_insert(&made.covers).await?;
        conn.kit_insert(&made.kit).await?;
        conn.training_insert(&made.trainings).await?;
        conn.mentor_group_insert(&made.groups).await?;
        conn.recruitment_put(&made.cases).await?;
        for (district, steps) in &made.steps {
            conn.recruitment_step_insert(*district, steps).await?;
        }
        conn.assessment_put(&made.assessments).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A case of a community: every stage, refused, withdrawn and set aside.
    fn demo_case(
        &self,
        picture: &Picture,
        compounds: &[&Compound],
        n: usize,
        k: usize,
        now: DateTime<Utc>,
        made: &mut Made,
    ) -> Result<()> {
        // The first compound has somebody who waits for its secretary.
        let compound = compounds[if k == 2 { 0 } else { k % compounds.len() }];
        let (taken, last): (&[usize], Option<(usize, Decision)>) = match k {
            0 => (&[0], None),
            1 => (&[1], None),
            4..=7 => (&[0, 1, 2], None),
            8..=10 => (&[1, 0, 2, 3], None),
            11 => (&[0, 1], Some((2, Decision::Refused))),
            12 => (&[0, 1, 2], Some((3, Decision::Refused))),
            13 => (&[0], Some((1, Decision::Withdrawn))),
            14 => (&[0, 1, 2], Some((3, Decision::Suspended))),
            _ => (&[0, 1], None),
        };
        let case = id();
        let part_time = k == 15 || k == 6;
        let homes = picture.buildings_of(compound.id);
        // Every seventh lives somewhere else.
        let elsewhere = picture.buildings_of(compounds[(k + 1) % compounds.len()].id);
        let home = if n % 7 == 3 { elsewhere } else { homes };
        let born = NaiveDate::from_ymd_opt(
            1963 + (n * 7 % 30) as i32,
            1 + (n % 12) as u32,
            1 + (n % 28) as u32,
        );
        let born = match k {
            // Too old by now; and one who did not say.
            8 => picture.today.checked_sub_months(Months::new(66 * 12 + 3)),
            9 => None,
            _ => born,
        };
        let joined = born
            .and_then(|born| NaiveDate::from_ymd_opt(born.year() + 24, 7, 1))
            .filter(|joined| !part_time && *joined < picture.today);
        let seal = |field, clear: Option<String>| -> Result<Option<Sealed>> {
            clear
                .map(|clear| {
                    self.keys()
                        .seal(field, &case.to_string(), &clear)
                        .map(Sealed::stored)
                })
                .transpose()
        };
        // Some wait longer than they should.
        let first = now - chrono::Duration::days(if n % 9 == 4 { 40 } else { 3 + (n % 9) as i64 });
        let template = if k == 15 {
            Template::three_and_three()
        } else {
            Template::five_steps()
        };
        let words: Vec<String> = template
            .steps
            .iter()
            .map(|step| step.code.clone())
            .collect();
        let row = |seq: usize, step: usize, decision: Decision| StepRow {
            seq: seq as i32 + 1,
            step: words[step].clone(),
            decision,
            actor: taker(TAKERS[step]),
            actor_name: TAKERS[step].to_owned(),
            at: first + chrono::Duration::hours(9 * seq as i64),
            note: match decision {
                Decision::Refused => "与本人谈话后，暂不合适".to_owned(),
                Decision::Withdrawn => "家中有事，暂不报名".to_owned(),
                Decision::Suspended => "本人出差，回来再办".to_owned(),
                _ => String::new(),
            },
        };
        let mut steps: Vec<StepRow> = taken
            .iter()
            .enumerate()
            .map(|(seq, step)| row(seq, *step, Decision::Approved))
            .collect();
        if let Some((step, decision)) = last {
            steps.push(row(steps.len(), step, decision));
        }
        made.cases.push(RecruitmentCase {
            id: case,
            community: compound.community,
            compound: compound.id,
            name: format!("示例候{:02}", n + 1),
            kind: if part_time {
                AppointmentKind::PartTime
            } else {
                AppointmentKind::FullTime
            },
            category: part_time.then_some(PartTimeCategory::Backbone),
            duty_phone: Some(format!("100 0001 {:04}", n % 10_000)),
            private_phone: seal(PRIVATE_PHONE, Some(format!("100 0002 {:04}", n % 10_000)))?,
            birth_date: seal(BIRTH_DATE, born.map(|day| day.to_string()))?,
            party_join_date: seal(PARTY_JOIN_DATE, joined.map(|day| day.to_string()))?,
            party_member: (!part_time).then_some(true),
            residence: home
                .get(n % home.len().max(1))
                .map(|at| picture.buildings[*at].id),
            template,
            applicant: None,
            housekeeper: None,
            appointment: None,
            created_at: first,
            created_by: TAKERS[0].to_owned(),
        });
        let steps = steps.into_iter().map(|step| (case, step));
        let district = compound.community.district_code();
        made.steps.entry(district).or_default().extend(steps);
        Ok(())
    }

    /// The case of somebody who was appointed lately.
    fn done_case(keeper: &Housekeeper, post: &Appointment, made: &mut Made) {
        let Some(compound) = post.compound else {
            return;
        };
        let case = id();
        let begun = post
            .start
            .and_hms_opt(1, 0, 0)
            .unwrap_or_default()
            .and_utc();
        let begun = begun - chrono::Duration::days(20);
        made.cases.push(RecruitmentCase {
            id: case,
            community: keeper.community,
            compound,
            name: keeper.name.clone(),
            kind: post.kind,
            category: post.terms.category,
            duty_phone: None,
            // The roster holds what is private; the case need not repeat it.
            private_phone: None,
            birth_date: None,
            party_join_date: None,
            party_member: keeper.party_join_date.is_some().then_some(true),
            residence: keeper.residence,
            template: Template::five_steps(),
            applicant: None,
            housekeeper: Some(keeper.id),
            appointment: Some(post.id),
            created_at: begun,
            created_by: TAKERS[0].to_owned(),
        });
        let steps = (0..STEPS.len()).map(|at| {
            let row = StepRow {
                seq: at as i32 + 1,
                step: STEPS[at].to_owned(),
                decision: Decision::Approved,
                actor: taker(TAKERS[at]),
                actor_name: TAKERS[at].to_owned(),
                at: begun + chrono::Duration::days(4 * at as i64),
                note: String::new(),
            };
            (case, row)
        });
        made.steps
            .entry(post.district_code)
            .or_default()
            .extend(steps);
    }
}

/// Branch, secretary, guide and owners' committee, with gaps and one odd order.
fn organisations(at: usize, compound: &Compound, made: &mut Made) {
    let day = |year: i32, month: u32| NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
    let mut add = |kind: OrganisationKind, name: String, from, to, phone: Option<String>| {
        made.organisations.push(Organisation {
            id: id(),
            community: compound.community,
            compound: compound.id,
            kind,
            consent: phone.is_some().then_some(from),
            duty_phone: phone,
            name,
            from,
            to,
        });
    };
    let branch = day(2019 + (at % 4) as i32, 3);
    add(
        OrganisationKind::Branch,
        format!("{}党支部", compound.name),
        branch,
        None,
        None,
    );
    let number = |kind: u32| Some(format!("100 0003 {:04}", kind as usize * 1000 + at % 1000));
    if at % 7 == 5 {
        // Somebody left, and nobody follows yet.
        add(
            OrganisationKind::Secretary,
            format!("示例书记{:02}", at + 1),
            branch,
            Some(day(2026, 8)),
            None,
        );
    } else {
        add(
            OrganisationKind::Secretary,
            format!("示例书记{:02}", at + 1),
            branch,
            None,
            number(1),
        );
    }
    if at % 6 != 4 {
        add(
            OrganisationKind::Guide,
            format!("示例指导员{:02}", at / 3 + 1),
            day(2024, 6),
            None,
            number(2),
        );
    }
    if at % 5 != 3 {
        let from = if at % 11 == 2 {
            day(2018, 5)
        } else {
            day(2023, 9)
        };
        add(
            OrganisationKind::Owners,
            format!("{}业主委员会", compound.name),
            from,
            None,
            None,
        );
    }
}

/// Kit, leave, a former appointment and mentors of a community.
fn crew(picture: &Picture, posts: &[(&Housekeeper, &Appointment)], made: &mut Made) {
    let today = picture.today;
    let full: Vec<&(&Housekeeper, &Appointment)> = posts
        .iter()
        .filter(|(_, post)| post.kind == AppointmentKind::FullTime)
        .collect();
    for (at, (_, post)) in full.iter().copied().enumerate() {
        let items = if at % 9 == 7 { 2 } else { KitItem::ALL.len() };
        made.kit.extend(
            KitItem::ALL[..items]
                .iter()
                .map(|item| kit(post, *item, post.start, None)),
        );
        if at % 12 == 4 {
            let leave = Leave {
                id: id(),
                district_code: post.district_code,
                appointment: post.id,
                from: today - Days::new(3),
                to: today + Days::new(11),
            };
            made.leaves.push(leave);
            if let (Some((_, other)), Some(compound)) = (full.get(at + 1), post.compound) {
                made.covers.push(Cover {
                    id: id(),
                    district_code: post.district_code,
                    appointment: other.id,
                    compound,
                    instead_of: Some(post.id),
                    from: today - Days::new(3),
                    to: Some(today + Days::new(11)),
                    reason: CoverReason::Leave,
                });
            }
        }
        if at % 8 == 2 {
            // Part-time first, full-time later; a vest of those days is still out.
            let former = Appointment {
                id: AppointmentId::new(id()),
                kind: AppointmentKind::PartTime,
                start: post.start - Months::new(14),
                end: post.start.pred_opt(),
                terms: Terms {
                    category: Some(PartTimeCategory::Working),
                    end_reason: Some(EndReason::Moved),
                    ..Terms::default()
                },
                ..(*post).clone()
            };
            made.kit
                .push(kit(&former, KitItem::Vest, former.start, None));
            made.kit
                .push(kit(&former, KitItem::Badge, former.start, former.end));
            made.former.push(former);
        }
    }
    if let Some(((mentor, _), others)) = full.split_first().map(|(first, rest)| (**first, rest)) {
        let members: Vec<_> = others.iter().take(3).map(|(keeper, _)| keeper.id).collect();
        if !members.is_empty() {
            made.groups.push(MentorGroup {
                id: id(),
                district_code: mentor.community.district_code(),
                mentor: mentor.id,
                members,
                from: NaiveDate::from_ymd_opt(2025, 9, 20).unwrap_or(today),
                to: None,
            });
        }
    }
}

fn kit(
    post: &Appointment,
    item: KitItem,
    issued: NaiveDate,
    returned: Option<NaiveDate>,
) -> KitIssue {
    KitIssue {
        id: id(),
        district_code: post.district_code,
        appointment: post.id,
        item,
        quantity: 1,
        issued,
        returned,
    }
}

/// One training for all, one for those who came later; a few did not come.
fn training(
    picture: &Picture,
    community: RegionCode,
    posts: &[(&Housekeeper, &Appointment)],
    made: &mut Made,
) {
    for (title, held) in [
        ("上岗培训", (2025, 9, 12)),
        ("走访与矛盾调解", (2026, 7, 3)),
    ] {
        let Some(held) = NaiveDate::from_ymd_opt(held.0, held.1, held.2) else {
            continue;
        };
        let came = posts
            .iter()
            .enumerate()
            .filter(|(at, (_, post))| post.start <= held.min(picture.today) && at % 8 != 6);
        made.trainings.push(Training {
            id: id(),
            region: community,
            title: title.to_owned(),
            held,
            attended: came.map(|(_, (keeper, _))| keeper.id).collect(),
        });
    }
}

/// Compounds without anybody are covered by somebody of their community.
fn cover_vacancies(picture: &Picture, made: &mut Made) {
    let today = picture.today;
    let busy: HashSet<AppointmentId> = made.covers.iter().map(|one| one.appointment).collect();
    let mut free: BTreeMap<RegionCode, VecDeque<&Appointment>> = BTreeMap::new();
    for post in &picture.appointments {
        let can = post.kind == AppointmentKind::FullTime && post.active_on(today);
        if let Some((keeper, _)) = picture.holder(post.id)
            && can
            && !busy.contains(&post.id)
        {
            free.entry(keeper.community).or_default().push_back(post);
        }
    }
    for quota in picture
        .quotas
        .iter()
        .filter(|quota| quota.in_post == 0 && quota.short > Some(0))
    {
        let near = free.get_mut(&quota.community).and_then(VecDeque::pop_front);
        if let Some(post) = near {
            made.covers.push(Cover {
                id: id(),
                district_code: post.district_code,
                appointment: post.id,
                compound: quota.id,
                instead_of: None,
                from: today - Days::new(30),
                to: None,
                reason: CoverReason::Vacancy,
            });
        }
    }
}

/// The quarter that is over: most were told, one appealed, a few wait for a judge.
fn assess(
    picture: &Picture,
    posts: &[(&Housekeeper, &Appointment)],
    now: DateTime<Utc>,
    made: &mut Made,
) {
    let period = Quarter::of(picture.today).previous();
    let told = now - chrono::Duration::days(3);
    let (first, second, third) = (
        taker("示例评议一"),
        taker("示例评议二"),
        taker("示例社区书记"),
    );
    let full = posts
        .iter()
        .filter(|(_, post)| post.kind == AppointmentKind::FullTime);
    for (at, (keeper, post)) in full.enumerate() {
        let fresh = Assessment::new(id(), period, keeper.id, keeper.community, post.compound);
        let scores = (74 + (at * 11 % 22) as u8, 70 + (at * 7 % 26) as u8);
        let mut moves = vec![(AssessmentMove::Score(Judge::Organisation, scores.0), first)];
        if at % 10 != 9 {
            moves.push((AssessmentMove::Score(Judge::Residents, scores.1), second));
            moves.push((AssessmentMove::Show, third));
        }
        if at % 10 == 3 {
            let text = "八月的两次矛盾调解没有计入，请核对民情记录簿";
            moves.push((AssessmentMove::Appeal(text.to_owned()), third));
        }
        let done = moves
            .into_iter()
            .try_fold(fresh, |one, (step, by)| one.after(step, by, told));
        made.assessments.extend(done);
    }
}
