//! What both databases must do alike: every method of the store, called on both.

use super::fixtures::*;
use crate::support::TestGpkg;
use crate::support::postgis::TestPostgis;
use gridkeeper::domain::*;
use gridkeeper::storage::{Error, Placed, Store};

/// Declares each function as a test on a GeoPackage and on PostGIS.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod on_geopackage {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let db = super::TestGpkg::new().await;
                super::$name(&db.store).await;
            })+
        }
        mod on_postgis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let db = super::TestPostgis::new().await;
                super::$name(&db.store).await;
            })+
        }
    };
}

on_both! {
    rows_of_every_kind_come_back_as_they_were_given
    a_second_writing_of_the_same_identity_replaces_the_row
    more_rows_than_one_statement_holds_are_all_stored
    what_hangs_on_people_comes_back_as_it_was_given
    a_plan_with_its_areas_comes_back_and_goes_away_whole
    only_one_plan_of_a_street_is_open_ended
    areas_and_waiting_rows_move_to_another_community_and_no_others
    imports_changes_and_waiting_rows_come_back
    the_feed_is_gapless_in_each_district_and_its_sum_is_the_data_version
    writers_at_the_same_time_leave_no_gap_in_the_feed
    a_dropped_transaction_leaves_nothing
    a_read_sees_one_version_throughout
    a_taken_natural_key_is_a_conflict
    a_reference_to_nothing_is_refused_at_the_commit
    the_mark_of_synthetic_data_is_kept
    a_sound_database_passes_its_own_checks
    our_own_writes_are_not_taken_for_edits_of_others
    quota_policies_come_back_and_are_replaced_by_identity
}

async fn rows_of_every_kind_come_back_as_they_were_given(store: &Store) {
    let regions = [
        region(1, "340104000000", "示例区"),
        region(2, "340104002000", "示例街道"),
        region(3, "340104002001", "示例社区"),
    ];
    let grids = [grid(10)];
    let compounds = [compound(20), compound(21)];
    let mut first = building(30, Some(compounds[0].id));
    first.grid = Some(grids[0].id);
    first.households = households();
    let buildings = [first, building(31, None)];
    let barriers = [barrier(40)];
    let gates = [gate(50, Some(compounds[0].id)), gate(51, None)];
    let backdrops = [backdrop(55)];
    let keepers = [housekeeper(60)];
    let posts = [
        appointment(70, keepers[0].id, Some(compounds[0].id)),
        appointment(71, keepers[0].id, None),
    ];

    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    conn.region_upsert(&regions).await.unwrap();
    conn.grid_upsert(&grids).await.unwrap();
    conn.compound_upsert(&compounds).await.unwrap();
    conn.building_upsert(&buildings).await.unwrap();
    conn.barrier_upsert(&barriers).await.unwrap();
    conn.gate_upsert(&gates).await.unwrap();
    conn.backdrop_insert(&backdrops).await.unwrap();
    conn.housekeeper_upsert(&keepers).await.unwrap();
    conn.appointment_upsert(&posts).await.unwrap();
    tx.commit().await.unwrap();

    let mut lease = store.read().await.unwrap();
    let mut conn = lease.conn();
    assert_eq!(conn.region_list().await.unwrap(), regions);
    assert_eq!(conn.grid_list().await.unwrap(), grids);
    assert_eq!(conn.compound_list().await.unwrap(), compounds);
    assert_eq!(conn.compounds_in(street()).await.unwrap(), compounds);
    assert_eq!(
        conn.compounds_in("340104003000".parse().unwrap())
            .await
            .unwrap(),
        []
    );
    assert_eq!(conn.building_list().await.unwrap(), buildings);
    assert_eq!(conn.buildings_in(community()).await.unwrap(), buildings);
    assert_eq!(conn.barrier_list().await.unwrap(), barriers);
    assert_eq!(conn.gate_list().await.unwrap(), gates);
    assert_eq!(conn.backdrop_list().await.unwrap(), backdrops);
    assert_eq!(conn.housekeeper_list().await.unwrap(), keepers);
    assert_eq!(conn.appointment_list().await.unwrap(), posts);
}

async fn what_hangs_on_people_comes_back_as_it_was_given(store: &Store) {
    use gridkeeper::domain::assessment::{Assessment, AssessmentMove, Judge};
    use gridkeeper::domain::organisation::{Organisation, OrganisationKind};
    use gridkeeper::domain::recruitment::{Decision, RecruitmentCase, StepRow, Template};
    use gridkeeper::domain::roster::*;
    let (one, two) = (AppointmentId::new(uuid(70)), AppointmentId::new(uuid(71)));
    let leave = Leave {
        id: uuid(1),
        district_code: DISTRICT,
        appointment: one,
        from: day(1),
        to: day(3),
    };
    let mut cover = Cover {
        id: uuid(2),
        district_code: DISTRICT,
        appointment: two,
        compound: CompoundId::new(uuid(20)),
        instead_of: Some(one),
        from: day(1),
        to: None,
        reason: CoverReason::Leave,
    };
    let mut kit = KitIssue {
        id: uuid(3),
        district_code: DISTRICT,
        appointment: one,
        item: KitItem::Vest,
        quantity: 2,
        issued: day(1),
        returned: None,
    };
    let keepers = [HousekeeperId::new(uuid(60)), HousekeeperId::new(uuid(61))];
    let training = Training {
        id: uuid(4),
        region: community(),
        title: "上岗培训".into(),
        held: day(2),
        attended: keepers.to_vec(),
    };
    let mut group = MentorGroup {
        id: uuid(5),
        district_code: DISTRICT,
        mentor: keepers[0],
        members: vec![keepers[1]],
        from: day(1),
        to: None,
    };
    let mut organisation = Organisation {
        id: uuid(6),
        community: community(),
        compound: CompoundId::new(uuid(20)),
        kind: OrganisationKind::Secretary,
        name: "示例书记".into(),
        duty_phone: Some("100 0000 0009".into()),
        consent: Some(day(1)),
        from: day(1),
        to: None,
    };
    let case = RecruitmentCase {
        id: uuid(7),
        community: community(),
        compound: CompoundId::new(uuid(20)),
        name: "示例候01".into(),
        kind: AppointmentKind::PartTime,
        category: Some(PartTimeCategory::Working),
        duty_phone: Some("100 0000 0010".into()),
        private_phone: Some(Sealed::stored("sealed1:AAAA".into())),
        birth_date: Some(Sealed::stored("sealed1:BBBB".into())),
        party_join_date: None,
        party_member: Some(true),
        residence: Some(BuildingId::new(uuid(30))),
        template: Template::three_and_three(),
        applicant: Some(ActorId::new(uuid(90))),
        housekeeper: None,
        appointment: None,
        created_at: instant(1),
        created_by: "示例".into(),
    };
    let step = |seq: i32| StepRow {
        seq,
        step: "self_recommendation".into(),
        decision: Decision::Approved,
        actor: ActorId::new(uuid(91)),
        actor_name: "示例网格员".into(),
        at: instant(2),
        note: "同意".into(),
    };
    let by = |n| ActorId::new(uuid(n));
    let assessed = Assessment::new(
        uuid(8),
        "2026Q3".parse().unwrap(),
        keepers[0],
        community(),
        None,
    )
    .after(
        AssessmentMove::Score(Judge::Organisation, 88),
        by(92),
        instant(1),
    )
    .and_then(|one| {
        one.after(
            AssessmentMove::Score(Judge::Residents, 0),
            by(93),
            instant(1),
        )
    })
    .and_then(|one| one.after(AssessmentMove::Show, by(94), instant(2)))
    .and_then(|one| {
        one.after(
            AssessmentMove::Appeal("少算一次".into()),
            by(60),
            instant(3),
        )
    })
    .unwrap();
    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    conn.leave_insert(std::slice::from_ref(&leave))
        .await
        .unwrap();
    conn.cover_insert(std::slice::from_ref(&cover))
        .await
        .unwrap();
    conn.kit_insert(std::slice::from_ref(&kit)).await.unwrap();
    conn.training_insert(std::slice::from_ref(&training))
        .await
        .unwrap();
    conn.mentor_group_insert(std::slice::from_ref(&group))
        .await
        .unwrap();
    conn.organisation_insert(std::slice::from_ref(&organisation))
        .await
        .unwrap();
    conn.recruitment_put(std::slice::from_ref(&case))
        .await
        .unwrap();
    conn.recruitment_step_insert(DISTRICT, &[(case.id, step(1))])
        .await
        .unwrap();
    conn.assessment_put(std::slice::from_ref(&assessed))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // The same number twice: two people decided at once.
    let mut tx = store.begin().await.unwrap();
    let twice = tx
        .conn()
        .recruitment_step_insert(DISTRICT, &[(case.id, step(1))])
        .await;
    assert!(matches!(twice, Err(Error::Conflict { .. })), "{twice:?}");
    drop(tx);
    for region in [
        None,
        Some(community()),
        Some("340104000000".parse().unwrap()),
        Some("340000000000".parse().unwrap()),
    ] {
        let mut lease = store.read().await.unwrap();
        let mut conn = lease.conn();
        assert_eq!(
            conn.leave_list(region).await.unwrap(),
            std::slice::from_ref(&leave)
        );
        assert_eq!(
            conn.cover_list(region).await.unwrap(),
            std::slice::from_ref(&cover)
        );
        assert_eq!(
            conn.kit_list(region).await.unwrap(),
            std::slice::from_ref(&kit)
        );
        assert_eq!(
            conn.training_list(region).await.unwrap(),
            std::slice::from_ref(&training)
        );
        assert_eq!(
            conn.mentor_group_list(region).await.unwrap(),
            std::slice::from_ref(&group)
        );
        assert_eq!(
            conn.organisation_list(region).await.unwrap(),
            std::slice::from_ref(&organisation)
        );
        assert_eq!(
            conn.recruitment_list(region).await.unwrap(),
            [(case.clone(), vec![step(1)])]
        );
        assert_eq!(
            conn.assessment_list(region).await.unwrap(),
            std::slice::from_ref(&assessed)
        );
        assert_eq!(
            conn.assessment_find(assessed.id).await.unwrap().as_ref(),
            Some(&assessed)
        );
    }
    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    conn.leave_delete(DISTRICT, leave.id).await.unwrap();
    conn.cover_end(DISTRICT, cover.id, day(9)).await.unwrap();
    conn.kit_return(DISTRICT, kit.id, day(9)).await.unwrap();
    conn.mentor_group_end(DISTRICT, group.id, day(9))
        .await
        .unwrap();
    conn.organisation_end(DISTRICT, organisation.id, day(9))
        .await
        .unwrap();
    conn.recruitment_put(std::slice::from_ref(&case))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (cover.to, kit.returned, group.to, organisation.to) =
        (Some(day(9)), Some(day(9)), Some(day(9)), Some(day(9)));
    let mut lease = store.read().await.unwrap();
    let mut conn = lease.conn();
    assert!(conn.leave_list(None).await.unwrap().is_empty());
    assert_eq!(conn.cover_list(None).await.unwrap(), [cover]);
    assert_eq!(conn.kit_list(None).await.unwrap(), [kit]);
    assert_eq!(conn.mentor_group_list(None).await.unwrap(), [group]);
    assert_eq!(conn.organisation_list(None).await.unwrap(), [organisation]);
    let found = conn.recruitment_find(case.id).await.unwrap();
    assert_eq!(
        found,
        Some((case.clone(), vec![step(1)])),
        "a case is written anew and keeps its steps"
    );
    drop(lease);
    // Another community takes over: nothing else of a row changes, and no other row.
    let to: RegionCode = "340104002009".parse().unwrap();
    let mut tx = store.begin().await.unwrap();
    for (of, id) in [
        (Placed::Organisation, uuid(6)),
        (Placed::Case, case.id),
        (Placed::Assessment, assessed.id),
        (Placed::Training, training.id),
    ] {
        let mut conn = tx.conn();
        let (elsewhere, given) = (DISTRICT + 1, [uuid(99), id]);
        conn.community_set(of, elsewhere, &given, to).await.unwrap();
        conn.community_set(of, DISTRICT, &[], to).await.unwrap();
    }
    // Neither another district nor nobody is meant.
    assert_eq!(
        tx.conn().training_list(None).await.unwrap(),
        std::slice::from_ref(&training)
    );
    for (of, id) in [
        (Placed::Organisation, uuid(6)),
        (Placed::Case, case.id),
        (Placed::Assessment, assessed.id),
        (Placed::Training, training.id),
    ] {
        let given = [uuid(99), id];
        let mut conn = tx.conn();
        conn.community_set(of, DISTRICT, &given, to).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut lease = store.read().await.unwrap();
    let mut conn = lease.conn();
    let organisations = conn.organisation_list(None).await.unwrap();
    assert_eq!(organisations[0].community, to);
    let moved = RecruitmentCase {
        community: to,
        ..case
    };
    let cases = conn.recruitment_list(None).await.unwrap();
    assert_eq!(cases, [(moved, vec![step(1)])]);
    let moved = Assessment {
        community: to,
        ..assessed
    };
    assert_eq!(conn.assessment_list(None).await.unwrap(), [moved]);
    let moved = Training {
        region: to,
        ..training
    };
    assert_eq!(conn.training_list(None).await.unwrap(), [moved]);
}

async fn a_second_writing_of_the_same_identity_replaces_the_row(store: &Store) {
    let (before, mut after) = (compound(20), compound(20));
    after.name = "新名".into();
    after.households = HouseholdCount::unknown();
    after.geometry = square(77).into();
    let inhabitant = building(30, Some(before.id));
    let mut tx = store.begin().await.unwrap();
    tx.conn().compound_upsert(&[before]).await.unwrap();
    tx.conn()
        .building_upsert(std::slice::from_ref(&inhabitant))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // The building refers to the compound while it is replaced.
    let mut tx = store.begin().await.unwrap();
    tx.conn()
        .compound_upsert(std::slice::from_ref(&after))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut lease = store.read().await.unwrap();
    assert_eq!(lease.conn().compound_list().await.unwrap(), [after.clone()]);
    drop(lease);

    let mut tx = store.begin().await.unwrap();
    tx.conn()
        .row_delete("building", DISTRICT, inhabitant.id.uuid())
        .await
        .unwrap();
    tx.conn()
        .row_delete("compound", DISTRICT, after.id.uuid())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        store
            .read()
            .await
            .unwrap()
            .conn()
            .compound_list()
            .await
            .unwrap(),
        []
    );
}

async fn more_rows_than_one_statement_holds_are_all_stored(store: &Store) {
    let many: Vec<Building> = (0..1234).map(|n| building(1000 + n, None)).collect();
    for _ in 0..2 {
        let mut tx = store.begin().await.unwrap();
        tx.conn().building_upsert(&many).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut stored = store
        .read()
        .await
        .unwrap()
        .conn()
        .building_list()
        .await
        .unwrap();
    stored.sort_by_key(|b| b.id);
    assert!(stored == many, "all buildings, each once");
}

async fn a_plan_with_its_areas_comes_back_and_goes_away_whole(store: &Store) {
    let keeper = housekeeper(60);
    let post = appointment(70, keeper.id, None);
    let mut plan = plan(80);
    let areas = [area(81, plan.id, 1), area(82, plan.id, 2)];
    let mut assignments = [
        Assignment {
            unit: Unit::Building(BuildingId::new(uuid(30))),
            area: areas[0].id,
        },
        Assignment {
            unit: Unit::Compound(CompoundId::new(uuid(20))),
            area: areas[1].id,
        },
        Assignment {
            unit: Unit::Stairwell(StairwellId::new(uuid(25))),
            area: areas[1].id,
        },
    ];
    let seats = [AreaKeeper {
        plan: plan.id,
        area: areas[0].id,
        appointment: post.id,
    }];
    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    conn.housekeeper_upsert(&[keeper]).await.unwrap();
    conn.appointment_upsert(&[post]).await.unwrap();
    conn.plan_insert(&plan).await.unwrap();
    conn.patrol_area_insert(DISTRICT, &areas).await.unwrap();
    conn.assignment_insert(DISTRICT, plan.id, &assignments)
        .await
        .unwrap();
    conn.area_keeper_insert(DISTRICT, &seats).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    assert_eq!(conn.plan_find(plan.id).await.unwrap(), Some(plan.clone()));
    assert_eq!(conn.plan_find(PlanId::new(uuid(999))).await.unwrap(), None);
    assert_eq!(conn.plan_list().await.unwrap(), [plan.clone()]);
    assert_eq!(
        conn.plans_of_street(street()).await.unwrap(),
        [plan.clone()]
    );
    assert_eq!(
        conn.patrol_area_list(DISTRICT, plan.id).await.unwrap(),
        areas
    );
    let mut read = conn.assignment_list(DISTRICT, plan.id).await.unwrap();
    read.sort();
    assignments.sort();
    assert_eq!(read, assignments);
    assert_eq!(
        conn.area_keeper_list(DISTRICT, plan.id).await.unwrap(),
        seats
    );

    plan.stored_state = PlanState::Scheduled;
    plan.version = 2;
    plan.effective_at = Some(instant(100));
    plan.ended_at = Some(instant(200));
    plan.note = None;
    plan.name = "改名".into();
    conn.plan_update(&plan).await.unwrap();
    assert_eq!(conn.plan_find(plan.id).await.unwrap(), Some(plan.clone()));
    conn.plan_delete(DISTRICT, plan.id).await.unwrap();
    tx.commit().await.unwrap();

    let mut lease = store.read().await.unwrap();
    let mut conn = lease.conn();
    assert_eq!(conn.plan_list().await.unwrap(), []);
    assert_eq!(conn.patrol_area_list(DISTRICT, plan.id).await.unwrap(), []);
    assert_eq!(conn.assignment_list(DISTRICT, plan.id).await.unwrap(), []);
    assert_eq!(conn.area_keeper_list(DISTRICT, plan.id).await.unwrap(), []);
}

async fn only_one_plan_of_a_street_is_open_ended(store: &Store) {
    let scheduled = |n| {
        let mut plan = plan(n);
        plan.stored_state = PlanState::Scheduled;
        plan.effective_at = Some(instant(n as i64));
        plan
    };
    let mut former = scheduled(80);
    let mut tx = store.begin().await.unwrap();
    tx.conn().plan_insert(&former).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.begin().await.unwrap();
    let refused = tx.conn().plan_insert(&scheduled(81)).await;
    assert!(
        matches!(refused, Err(Error::Conflict { .. })),
        "{refused:?}"
    );
    drop(tx);

    let mut tx = store.begin().await.unwrap();
    former.ended_at = Some(instant(81));
    tx.conn().plan_update(&former).await.unwrap();
    tx.conn().plan_insert(&scheduled(81)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        store
            .read()
            .await
            .unwrap()
            .conn()
            .plans_of_street(street())
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn areas_and_waiting_rows_move_to_another_community_and_no_others(store: &Store) {
    let to: RegionCode = "340104002009".parse().unwrap();
    let plan = plan(80);
    let areas = [area(81, plan.id, 1), area(82, plan.id, 2)];
    let import = import(90);
    let rows = [waiting(95, import.id), waiting(96, import.id)];
    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    conn.plan_insert(&plan).await.unwrap();
    conn.patrol_area_insert(DISTRICT, &areas).await.unwrap();
    conn.import_insert(&import).await.unwrap();
    conn.waiting_insert(&rows).await.unwrap();
    conn.community_set(Placed::Area, DISTRICT, &[areas[1].id.uuid()], to)
        .await
        .unwrap();
    conn.community_set(Placed::Waiting, DISTRICT, &[rows[0].id.uuid()], to)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mut lease = store.read().await.unwrap();
    let mut conn = lease.conn();
    let [first, mut second] = areas;
    second.community = to;
    let stored = conn.patrol_area_list(DISTRICT, plan.id).await.unwrap();
    assert_eq!(stored, [first, second], "and nothing else of them changes");
    let [mut moved, stays] = rows;
    moved.community = Some(to);
    assert_eq!(conn.waiting_list().await.unwrap(), [moved, stays]);
}

async fn imports_changes_and_waiting_rows_come_back(store: &Store) {
    let (older, newer) = (import(90), import(91));
    let changes = [change(newer.id, 1, false), change(newer.id, 2, true)];
    let rows = [
        waiting(95, newer.id),
        waiting(96, newer.id),
        waiting(97, older.id),
    ];
    let mut tx = store.begin().await.unwrap();
    let mut conn = tx.conn();
    conn.import_insert(&older).await.unwrap();
    conn.import_record(&newer, &changes).await.unwrap();
    conn.waiting_insert(&rows).await.unwrap();
    conn.import_state_set(DISTRICT, older.id, ImportState::Undone)
        .await
        .unwrap();
    conn.waiting_state_set(DISTRICT, rows[0].id, WaitingState::Placed)
        .await
        .unwrap();
    conn.waiting_delete_of_import(older.id).await.unwrap();
    tx.commit().await.unwrap();

    let mut lease = store.read().await.unwrap();
    let mut conn = lease.conn();
    let undone = Import {
        state: ImportState::Undone,
        ..older
    };
    assert_eq!(conn.import_list().await.unwrap(), [newer.clone(), undone]);
    assert_eq!(
        conn.import_find(newer.id).await.unwrap(),
        Some(newer.clone())
    );
    assert_eq!(
        conn.import_find(ImportId::new(uuid(1))).await.unwrap(),
        None
    );
    assert_eq!(conn.import_change_list(newer.id).await.unwrap(), changes);
    assert_eq!(conn.waiting_list().await.unwrap(), [rows[1].clone()]);
}

async fn the_feed_is_gapless_in_each_district_and_its_sum_is_the_data_version(store: &Store) {
    assert_eq!(store.data_version().await.unwrap(), 0);
    for (district, expected) in [(DISTRICT, 1), (0, 1), (DISTRICT, 2), (DISTRICT, 3)] {
        let mut tx = store.begin().await.unwrap();
        assert_eq!(
            tx.conn()
                .event_append(&event(district, "import.stored"))
                .await
                .unwrap(),
            expected
        );
        tx.commit().await.unwrap();
    }
    let mut tx = store.begin().await.unwrap();
    tx.conn()
        .event_append(&event(DISTRICT, "lost"))
        .await
        .unwrap();
    drop(tx);
    assert_eq!(store.data_version().await.unwrap(), 4);
    let mut lease = store.read().await.unwrap();
    let events = lease.conn().event_list(DISTRICT, 1, 10).await.unwrap();
    assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(events[0].at, instant(1));
    assert_eq!(events[0].payload, serde_json::json!({"n": 1}));
    assert_eq!(
        lease.conn().event_list(DISTRICT, 0, 1).await.unwrap().len(),
        1
    );
}

async fn writers_at_the_same_time_leave_no_gap_in_the_feed(store: &Store) {
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    let mut tx = store.begin().await.unwrap();
                    tx.conn()
                        .event_append(&event(DISTRICT, "edit"))
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let events = store
        .read()
        .await
        .unwrap()
        .conn()
        .event_list(DISTRICT, 0, 1000)
        .await
        .unwrap();
    assert_eq!(
        events.iter().map(|e| e.seq).collect::<Vec<_>>(),
        (1..=80).collect::<Vec<_>>()
    );
}

async fn a_dropped_transaction_leaves_nothing(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    tx.conn().compound_upsert(&[compound(20)]).await.unwrap();
    drop(tx);
    assert_eq!(
        store
            .read()
            .await
            .unwrap()
            .conn()
            .compound_list()
            .await
            .unwrap(),
        []
    );
    // And the next writer is not hindered.
    let mut tx = store.begin().await.unwrap();
    tx.conn().compound_upsert(&[compound(20)]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_read_sees_one_version_throughout(store: &Store) {
    let mut lease = store.read().await.unwrap();
    assert_eq!(lease.conn().compound_list().await.unwrap().len(), 0);
    let mut tx = store.begin().await.unwrap();
    tx.conn().compound_upsert(&[compound(20)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        lease.conn().compound_list().await.unwrap().len(),
        0,
        "the snapshot stays"
    );
    drop(lease);
    assert_eq!(
        store
            .read()
            .await
            .unwrap()
            .conn()
            .compound_list()
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn a_taken_natural_key_is_a_conflict(store: &Store) {
    let first = building(30, None);
    let second = Building {
        id: BuildingId::new(uuid(31)),
        ..first.clone()
    };
    let mut tx = store.begin().await.unwrap();
    tx.conn().building_upsert(&[first]).await.unwrap();
    let refused = tx.conn().building_upsert(&[second]).await;
    assert!(
        matches!(refused, Err(Error::Conflict { .. })),
        "{refused:?}"
    );
}

async fn a_reference_to_nothing_is_refused_at_the_commit(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    tx.conn()
        .building_upsert(&[building(30, Some(CompoundId::new(uuid(999))))])
        .await
        .unwrap();
    let refused = tx.commit().await;
    assert!(
        matches!(refused, Err(Error::Conflict { .. })),
        "{refused:?}"
    );
    assert_eq!(
        store
            .read()
            .await
            .unwrap()
            .conn()
            .building_list()
            .await
            .unwrap(),
        []
    );
}

async fn the_mark_of_synthetic_data_is_kept(store: &Store) {
    assert!(
        !store
            .read()
            .await
            .unwrap()
            .conn()
            .is_synthetic()
            .await
            .unwrap()
    );
    for mark in [true, true, false] {
        let mut tx = store.begin().await.unwrap();
        tx.conn().synthetic_set(mark).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            store
                .read()
                .await
                .unwrap()
                .conn()
                .is_synthetic()
                .await
                .unwrap(),
            mark
        );
    }
}

async fn a_sound_database_passes_its_own_checks(store: &Store) {
    rows_of_every_kind_come_back_as_they_were_given(store).await;
    let mut tx = store.begin().await.unwrap();
    tx.conn()
        .event_append(&event(DISTRICT, "import.stored"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for check in store.check().await.unwrap() {
        assert_eq!(
            check.problems,
            Vec::<String>::new(),
            "{}: {}",
            check.en,
            check.detail
        );
    }
}

async fn our_own_writes_are_not_taken_for_edits_of_others(store: &Store) {
    rows_of_every_kind_come_back_as_they_were_given(store).await;
    assert_eq!(store.data_version().await.unwrap(), 0);
}

async fn quota_policies_come_back_and_are_replaced_by_identity(store: &Store) {
    let policy = |n: u128, region: &str| ScopedPolicy {
        id: QuotaPolicyId::new(uuid::Uuid::from_u128(n)),
        region: region.parse().unwrap(),
        policy: QuotaPolicy {
            keepers: 3,
            per_households: 800,
            rule: QuotaRule::UnitPairs,
            round_at: RegionLevel::District,
            part_time_counts: n == 1,
            basis: (n == 1).then_some(HouseholdBasis::Occupied),
        },
        valid_from: "2027-01-01".parse().unwrap(),
        valid_to: None,
        withdrawn_at: None,
        made_by: "示例甲01".into(),
        made_at: "2026-11-29T01:02:03.456Z".parse().unwrap(),
    };
    // A city is bound to no district.
    let mut all = vec![policy(1, "340100000000"), policy(2, "340104002000")];
    let mut tx = store.begin().await.unwrap();
    tx.conn().quota_policy_upsert(&all).await.unwrap();
    tx.commit().await.unwrap();
    let mut lease = store.read().await.unwrap();
    assert_eq!(lease.conn().quota_policy_list().await.unwrap(), all);
    drop(lease);
    all[1].valid_to = Some("2027-06-30".parse().unwrap());
    all[1].withdrawn_at = Some(all[1].made_at);
    let mut tx = store.begin().await.unwrap();
    tx.conn().quota_policy_upsert(&all[1..]).await.unwrap();
    tx.commit().await.unwrap();
    let mut lease = store.read().await.unwrap();
    assert_eq!(lease.conn().quota_policy_list().await.unwrap(), all);
}
