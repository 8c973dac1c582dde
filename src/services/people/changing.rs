//! What is done with an appointment: its end, terms, leave, cover, kit and area.
//!
//! Invariant: history is added to. An appointment that ended stays as it ended.

use super::{day, event, in_order, missing, place_of, require};
use crate::domain::access::{Action, Object};
use crate::domain::roster::{Cover, CoverReason, KitIssue, KitItem, Leave};
use crate::domain::{
    Appointment, AppointmentId, AreaKeeper, CompoundId, EndReason, Housekeeper, PartTimeCategory,
    Plan, RegionCode, Terms,
};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::notices::{Roster, follow_plan, roster_written};
use crate::services::picture::Picture;
use crate::storage::Conn;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::HashSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// Most households that somebody can be said to look after.
const MAX_CAPACITY: u32 = 100_000;

/// What is done with an appointment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum AppointmentAct {
    /// It ends.
    End {
        /// Last day in post.
        last: NaiveDate,
        /// resigned, term_ended, removed, moved or other.
        #[schema(value_type = String)]
        reason: EndReason,
    },
    /// What was agreed; what is absent is taken away.
    Terms {
        /// Category of a part-time keeper.
        #[schema(value_type = Option<String>)]
        category: Option<PartTimeCategory>,
        /// Households that the keeper can look after.
        capacity: Option<u32>,
        /// Last day of the term.
        term_end: Option<NaiveDate>,
    },
    /// Days off. Why is not asked.
    Leave {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
    /// Takes leave back.
    LeaveCancel {
        /// The leave.
        id: Uuid,
    },
    /// Serves another compound as well.
    Cover {
        /// The compound.
        compound: Uuid,
        /// The appointment of whoever is away; absent for a vacancy.
        instead_of: Option<Uuid>,
        /// First day.
        from: NaiveDate,
        /// Last day; until it is ended when absent.
        to: Option<NaiveDate>,
        /// vacancy, leave or load.
        #[schema(value_type = String)]
        reason: CoverReason,
    },
    /// Covers until then.
    CoverEnd {
        /// The cover.
        id: Uuid,
        /// Last day.
        last: NaiveDate,
    },
    /// Something is handed out, one piece each.
    KitIssue {
        /// vest, badge, notebook, cards.
        #[schema(value_type = Vec<String>)]
        items: Vec<KitItem>,
        /// When.
        on: NaiveDate,
    },
    /// Something comes back.
    KitReturn {
        /// What was handed out.
        id: Uuid,
        /// When.
        on: NaiveDate,
    },
    /// Serves an area of the plan in force; none when absent.
    Area {
        /// The area.
        area: Option<Uuid>,
    },
}

impl Services {
    /// Does something with an appointment.
    ///
    /// # Errors
    /// `NotFound` outside one's scope, `Forbidden` for a role without the right, `Conflict` with what is already so,
    /// `Invalid` days and numbers.
    pub async fn appointment_act(
        &self,
        asker: &Asker,
        id: Uuid,
        act: AppointmentAct,
    ) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        let picture = self.picture();
        let what = format!("appointment {id}");
        let (keeper, post) = picture
            .holder(AppointmentId::new(id))
            .ok_or_else(|| Error::NotFound(what.clone()))?;
        let place = place_of(&picture, keeper, Some(post));
        require(asker, Object::Roster, Action::Update, &place, &what)?;
        let changes_picture = matches!(
            act,
            AppointmentAct::End { .. }
                | AppointmentAct::Terms { .. }
                | AppointmentAct::Area { .. }
                | AppointmentAct::Cover { .. }
                | AppointmentAct::CoverEnd { .. }
                | AppointmentAct::Leave { .. }
                | AppointmentAct::LeaveCancel { .. }
        );
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let kind = match act {
            AppointmentAct::End { last, reason } => {
                let ended = self.end(&mut conn, &picture, post, last, reason).await?;
                let (before, after) = (post.clone(), ended);
                self.boards_follow(&mut conn, asker, &picture, &[before], &[after])
                    .await?;
                "appointment.ended"
            }
            AppointmentAct::Terms {
                category,
                capacity,
                term_end,
            } => {
                let terms = terms(&picture, post, category, capacity, term_end)?;
                let changed = Appointment {
                    terms,
                    ..post.clone()
                };
                conn.appointment_upsert(&[changed]).await?;
                "appointment.terms"
            }
            AppointmentAct::Area { area } => {
                let plan = self.seat(&mut conn, &picture, keeper, post, area).await?;
                follow_plan(&mut conn, plan, picture.today, &asker.actor, self.now()).await?;
                "appointment.area"
            }
            other => {
                self.hang_on(&mut conn, asker, &picture, post, other)
                    .await?;
                "appointment.noted"
            }
        };
        conn.event_append(&event(
            asker,
            self.now(),
            post.district_code,
            kind,
            id.to_string(),
        ))
        .await?;
        tx.commit().await?;
        if changes_picture {
            self.reload().await?;
        }
        Ok(())
    }

    /// Ends an appointment and what it covers.
    async fn end(
        &self,
        conn: &mut Conn<'_>,
        picture: &Picture,
        post: &Appointment,
        last: NaiveDate,
        reason: EndReason,
    ) -> Result<Appointment> {
        day(last, picture.today, "离岗日期")?;
        if let Some(end) = post.end {
            return Err(Error::conflict(
                "appointment_ended",
                format!("这项任命已于 {end} 结束，历史不改写；如有错请重新任命"),
                format!("the appointment ended on {end}; history is not rewritten"),
            ));
        }
        in_order(post.start, Some(last))?;
        let ended = Appointment {
            end: Some(last),
            terms: Terms {
                end_reason: Some(reason),
                ..post.terms.clone()
            },
            ..post.clone()
        };
        conn.appointment_upsert(std::slice::from_ref(&ended))
            .await?;
        for cover in conn.cover_list(place_region(picture, post)).await? {
            let open = cover.to.is_none_or(|to| to > last);
            if cover.appointment == post.id && open {
                let until = last.max(cover.from);
                conn.cover_end(cover.district_code, cover.id, until).await?;
            }
        }
        Ok(ended)
    }

    /// What hangs on doors follows the appointments, in the same transaction.
    async fn boards_follow(
        &self,
        conn: &mut Conn<'_>,
        asker: &Asker,
        picture: &Picture,
        before: &[Appointment],
        after: &[Appointment],
    ) -> Result<()> {
        let of = |appointments| Roster {
            keepers: &[],
            appointments,
        };
        let (today, now) = (picture.today, self.now());
        roster_written(conn, of(before), of(after), today, &asker.actor, now).await?;
        Ok(())
    }

    /// Gives somebody an area of the plan in force.
    async fn seat<'p>(
        &self,
        conn: &mut Conn<'_>,
        picture: &'p Picture,
        keeper: &Housekeeper,
        post: &Appointment,
        area: Option<Uuid>,
    ) -> Result<&'p Plan> {
        if !post.active_on(picture.today) {
            return Err(not_in_post());
        }
        let plan = picture
            .in_force(keeper.community, self.now())
            .ok_or_else(|| {
                Error::conflict(
                    "no_plan_in_force",
                    "本街道还没有生效的划片方案，不能安排片区",
                    "no plan is in force in this street",
                )
            })?;
        let district = plan.plan.street.district_code();
        conn.area_keeper_remove(district, plan.plan.id, post.id)
            .await?;
        let Some(area) = area else {
            return Ok(&plan.plan);
        };
        let missing = || Error::NotFound(format!("area {area}"));
        let at = plan.area_index(area).ok_or_else(missing)?;
        let found = &plan.areas[at];
        if found.community != keeper.community {
            return Err(missing());
        }
        let others = plan
            .active_keepers(picture, at)
            .filter(|(_, other)| other.id != post.id)
            .count();
        if others as u32 >= found.seats {
            return Err(Error::conflict(
                "area_full",
                format!(
                    "片区 {} 已有 {others} 人，需 {} 人；请先调整在岗的人",
                    found.label(),
                    found.seats
                ),
                format!(
                    "area {} has {others} of {} already",
                    found.label(),
                    found.seats
                ),
            ));
        }
        let seat = AreaKeeper {
            plan: plan.plan.id,
            area: found.id,
            appointment: post.id,
        };
        conn.area_keeper_insert(district, &[seat]).await?;
        Ok(&plan.plan)
    }

    /// Leave, cover and kit.
    async fn hang_on(
        &self,
        conn: &mut Conn<'_>,
        asker: &Asker,
        picture: &Picture,
        post: &Appointment,
        act: AppointmentAct,
    ) -> Result<()> {
        let (today, district_code, region) = (
            picture.today,
            post.district_code,
            place_region(picture, post),
        );
        match act {
            AppointmentAct::Leave { from, to } => {
                day(from, today, "休假开始日期")?;
                day(to, today, "休假结束日期")?;
                in_order(from, Some(to))?;
                let overlaps =
                    |one: &Leave| one.appointment == post.id && one.from <= to && from <= one.to;
                if conn.leave_list(region).await?.iter().any(overlaps) {
                    return Err(Error::conflict(
                        "leave_overlaps",
                        "与已登记的休假重叠，请先取消原来的",
                        "it overlaps leave that is noted; take that back first",
                    ));
                }
                let leave = Leave {
                    id: Uuid::now_v7(),
                    district_code,
                    appointment: post.id,
                    from,
                    to,
                };
                conn.leave_insert(&[leave]).await?;
            }
            AppointmentAct::LeaveCancel { id } => {
                let all = conn.leave_list(region).await?;
                let own = |one: &&Leave| one.id == id && one.appointment == post.id;
                let leave = all.iter().find(own).ok_or_else(|| missing("leave", id))?;
                conn.leave_delete(leave.district_code, id).await?;
            }
            AppointmentAct::Cover {
                compound,
                instead_of,
                from,
                to,
                reason,
            } => {
                day(from, today, "顶岗开始日期")?;
                in_order(from, to)?;
                let cover = cover(picture, asker, post, (compound, instead_of))?;
                conn.cover_insert(&[Cover {
                    from,
                    to,
                    reason,
                    ..cover
                }])
                .await?;
            }
            AppointmentAct::CoverEnd { id, last } => {
                let all = conn.cover_list(region).await?;
                let own = |one: &&Cover| one.id == id && one.appointment == post.id;
                let cover = all.iter().find(own).ok_or_else(|| missing("cover", id))?;
                in_order(cover.from, Some(last))?;
                conn.cover_end(cover.district_code, id, last).await?;
            }
            AppointmentAct::KitIssue { items, on } => {
                day(on, today, "发放日期")?;
                let items: HashSet<KitItem> = items.into_iter().collect();
                if items.is_empty() {
                    return Err(Error::invalid(
                        "kit_empty",
                        "请至少选一样物品",
                        "choose at least one item",
                    ));
                }
                let mut items: Vec<KitItem> = items.into_iter().collect();
                items.sort_unstable();
                let issued: Vec<KitIssue> = items
                    .into_iter()
                    .map(|item| KitIssue {
                        id: Uuid::now_v7(),
                        district_code,
                        appointment: post.id,
                        item,
                        quantity: 1,
                        issued: on,
                        returned: None,
                    })
                    .collect();
                conn.kit_insert(&issued).await?;
            }
            AppointmentAct::KitReturn { id, on } => {
                let all = conn.kit_list(region).await?;
                let own = |one: &&KitIssue| one.id == id && one.appointment == post.id;
                let kit = all.iter().find(own).ok_or_else(|| missing("kit", id))?;
                in_order(kit.issued, Some(on))?;
                if let Some(returned) = kit.returned {
                    return Err(Error::conflict(
                        "kit_returned",
                        format!("已于 {returned} 归还"),
                        format!("it came back on {returned}"),
                    ));
                }
                conn.kit_return(kit.district_code, id, on).await?;
            }
            AppointmentAct::End { .. }
            | AppointmentAct::Terms { .. }
            | AppointmentAct::Area { .. } => {}
        }
        Ok(())
    }
}

fn not_in_post() -> Error {
    Error::conflict(
        "not_in_post",
        "这项任命今天不在岗，不能安排",
        "the appointment is not active today",
    )
}

/// A region whose district is that of the appointment's rows.
fn place_region(picture: &Picture, post: &Appointment) -> Option<RegionCode> {
    picture.holder(post.id).map(|(keeper, _)| keeper.community)
}

fn terms(
    picture: &Picture,
    post: &Appointment,
    category: Option<PartTimeCategory>,
    capacity: Option<u32>,
    term_end: Option<NaiveDate>,
) -> Result<Terms> {
    if capacity.is_some_and(|n| n == 0 || n > MAX_CAPACITY) {
        return Err(Error::invalid(
            "capacity_invalid",
            format!("可服务户数须为 1 至 {MAX_CAPACITY}"),
            format!("capacity is 1 to {MAX_CAPACITY} households"),
        ));
    }
    if let Some(end) = term_end {
        day(end, picture.today, "任期至")?;
        in_order(post.start, Some(end))?;
    }
    if category.is_some() && post.kind == crate::domain::AppointmentKind::FullTime {
        return Err(Error::invalid(
            "category_of_full_time",
            "专职小管家没有兼职类别",
            "full-time keepers have no category",
        ));
    }
    Ok(Terms {
        category,
        capacity,
        term_end,
        end_reason: post.terms.end_reason,
    })
}

/// A cover, with its days still open: whoever covers is in post, and covers another compound of one's scope.
fn cover(
    picture: &Picture,
    asker: &Asker,
    post: &Appointment,
    (compound, instead_of): (Uuid, Option<Uuid>),
) -> Result<Cover> {
    if !post.active_on(picture.today) {
        return Err(not_in_post());
    }
    let id = CompoundId::new(compound);
    let there =
        super::place_of_compound(picture, id).ok_or_else(|| missing("compound", compound))?;
    let what = format!("compound {compound}");
    require(asker, Object::Roster, Action::Update, &there, &what)?;
    let instead_of = match instead_of {
        None => None,
        Some(other) => {
            let found = picture.holder(AppointmentId::new(other));
            let (_, away) = found.ok_or_else(|| missing("appointment", other))?;
            if away.compound != Some(id) || away.id == post.id {
                return Err(missing("appointment", other));
            }
            Some(away.id)
        }
    };
    if post.compound == Some(id) && instead_of.is_none() {
        return Err(Error::invalid(
            "cover_own_compound",
            "本来就服务这个小区，不需要登记顶岗",
            "this compound is served anyway",
        ));
    }
    Ok(Cover {
        id: Uuid::now_v7(),
        district_code: post.district_code,
        appointment: post.id,
        compound: id,
        instead_of,
        from: picture.today,
        to: None,
        reason: CoverReason::Vacancy,
    })
}
