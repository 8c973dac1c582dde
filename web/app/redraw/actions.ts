// Everything an editor can do to a draft, each as one step. Words for the status line and for the screen reader are
// made here, so that they say the same.
import { useI18n } from 'vue-i18n';
import { count, deviation } from '@/core/format';
import { MoveError, type Move, UNASSIGNED } from '@/core/redraw';
import { type AreaChange, type KeeperMove, type Stroke, isEmpty } from '@/core/draft/stroke';
import { useUi } from '../stores/ui';
import { NEW_AREA, useRedraw } from './store';

/** What one household changing keeper costs a suggestion, in thousandths of a basis point of deviation. */
export const CHANGE_PRICE = 1000;
const SUGGESTIONS = 5;

export function useActions() {
  const { t } = useI18n();
  const redraw = useRedraw();
  const ui = useUi();

  const draft = () => redraw.bench!.draft;
  const householdsOf = (units: readonly number[]) => units.reduce((sum, unit) => sum + (redraw.bench!.ground.households[unit] as number), 0);
  const nameOf = (unit: number) => (redraw.sheet?.units.name[unit] as string | undefined) || t('redraw.unnamed');
  /** What an area is called that nobody has named. */
  const usualName = (number: number) => t('redraw.areaName', { number: String(number).padStart(2, '0') });
  const areaName = (area: number) => (area === UNASSIGNED ? t('redraw.unassigned') : area === NEW_AREA ? t('redraw.newArea') : draft().label(area));

  /** “3栋 96户”. */
  const amount = (units: readonly number[]) => t('redraw.amount', { units: count(units.length), households: count(householdsOf(units)) });
  /** “07 片区，612户，+22%”. */
  function figures(area: number): string {
    const state = draft().redraw.area(area);
    return state ? t('redraw.figures', { area: areaName(area), households: count(state.households), deviation: deviation(state.deviationBp) }) : areaName(area);
  }

  /** Remembers how the areas stand before a step, for the status line and the ghosts. */
  function before(areas: Iterable<number>): { area: number; before: number; beforeBp: number }[] {
    return [...new Set(areas)].filter((area) => area >= 0).flatMap((area) => {
      const state = draft().redraw.area(area);
      return state ? [{ area, before: state.households, beforeBp: state.deviationBp }] : [];
    });
  }

  function guarded(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (reason) {
      if (!(reason instanceof MoveError)) throw reason;
      ui.say(t(`redraw.refusal.${reason.refusal}`));
      return false;
    }
  }

  /** Does a step and says what it did. */
  function perform(label: string, parts: { moves?: readonly Move[]; areas?: readonly AreaChange[]; keepers?: readonly KeeperMove[] }, target = UNASSIGNED): boolean {
    const on = redraw.bench;
    if (!on || !redraw.editable) return false;
    const moves = parts.moves ?? [];
    const units = moves.map(([unit]) => unit);
    const stroke: Stroke = {
      id: crypto.randomUUID(), label: label.slice(0, 200),
      moves: draft().groups(moves.map(([unit, to]) => [unit, draft().redraw.areaOf[unit] as number, to] as const)),
      areas: parts.areas ?? [], keepers: parts.keepers ?? [],
    };
    if (isEmpty(stroke)) return false;
    const areas = before([...units.map((unit) => draft().redraw.areaOf[unit] as number), target]);
    const changed = draft().redraw.totals().changedHouseholds;
    if (!guarded(() => on.do(stroke))) return false;
    redraw.status = { label, target, units: units.length, households: householdsOf(units), changed: draft().redraw.totals().changedHouseholds - changed, areas };
    redraw.stepped();
    ui.say([label, ...areas.slice(0, 3).map(({ area }) => figures(area))].join('，'));
    return true;
  }

  /** Gives units to an area (or to none, or to a new one), leaving out what is locked. */
  function assign(units: readonly number[], area: number, label?: string): boolean {
    const areas: AreaChange[] = [];
    let to = area;
    if (area === NEW_AREA) {
      const made = newFields();
      areas.push(made.change);
      to = made.area;
    }
    const open = units.filter((unit) => {
      const own = draft().redraw.areaOf[unit] as number;
      return own !== to && !draft().area(own)?.locked && !redraw.bench!.ground.locked[unit];
    });
    if (open.length === 0 || (to >= 0 && area !== NEW_AREA && draft().area(to)?.locked)) {
      ui.say(t('redraw.refusal.locked_area'));
      return false;
    }
    const what = label ?? t('redraw.stroke.assign', { what: open.length === 1 ? nameOf(open[0]!) : amount(open), area: area === NEW_AREA ? areas.map(({ after }) => after!.number).join('') : areaName(to) });
    const done = perform(what, { moves: open.map((unit) => [unit, to] as const), areas }, to);
    if (done && area === NEW_AREA) redraw.aim(to);
    return done;
  }

  /** An area that does not exist yet, and the change that makes it. */
  function newFields(): { area: number; change: AreaChange } {
    const area = draft().reserve();
    const number = draft().freeNumber();
    return { area, change: draft().change(area, { number, name: usualName(number), locked: false }) };
  }

  function addArea(): void {
    const { area, change } = newFields();
    if (perform(t('redraw.stroke.add', { number: change.after!.number }), { areas: [change] })) redraw.aim(area);
  }

  /** Dissolves an area: its buildings are left without one, its keepers without a seat. */
  function removeArea(area: number): void {
    const moves = draft().redraw.unitsOf(area).map((unit): Move => [unit, UNASSIGNED]);
    perform(t('redraw.stroke.remove', { area: areaName(area) }), { moves, areas: [draft().change(area, null)], keepers: vacate(area, UNASSIGNED) });
    redraw.aim(draft().areas()[0] ?? NEW_AREA);
  }

  /** Puts one area into another; its keepers take the free seats there. */
  function merge(area: number, into: number): void {
    const moves = draft().redraw.unitsOf(area).map((unit): Move => [unit, into]);
    perform(t('redraw.stroke.merge', { area: areaName(area), into: areaName(into) }), { moves, areas: [draft().change(area, null)], keepers: vacate(area, into) }, into);
    redraw.aim(into);
  }

  function vacate(area: number, to: number): KeeperMove[] {
    let free = to < 0 ? 0 : Math.max(0, (draft().redraw.area(to)?.seats ?? 0) - draft().keepersOf(to).length);
    return draft().people.flatMap((_, person) => (draft().seatOf(person) === area ? [draft().seat(person, free-- > 0 ? to : UNASSIGNED)] : []));
  }

  function describe(area: number, change: { number?: number; name?: string }): boolean {
    const fields = draft().area(area);
    if (!fields) return false;
    // A name that is only the number follows the number.
    const name = change.name?.trim() || (change.number !== undefined && fields.name === usualName(fields.number) ? usualName(change.number) : fields.name);
    const after = { ...fields, ...change, name };
    if (draft().areas().some((other) => other !== area && draft().area(other)!.number === after.number)) {
      ui.say(t('redraw.refusal.number_taken', { number: after.number }));
      return false;
    }
    return perform(t('redraw.stroke.describe', { area: areaName(area), name: after.name, number: after.number }), { areas: [draft().change(area, after)] });
  }

  function lock(area: number, locked: boolean): void {
    const fields = draft().area(area);
    if (fields && fields.locked !== locked) perform(t(locked ? 'redraw.stroke.lock' : 'redraw.stroke.unlock', { area: areaName(area) }), { areas: [draft().change(area, { ...fields, locked })] });
  }

  /** Locks all areas but one; a second time unlocks all. */
  function lockOthers(area: number): void {
    const others = draft().areas().filter((other) => other !== area);
    const all = others.every((other) => draft().area(other)!.locked);
    const areas = draft().areas().flatMap((other) => {
      const fields = draft().area(other)!;
      const locked = other !== area && !all;
      return fields.locked === locked ? [] : [draft().change(other, { ...fields, locked })];
    });
    perform(t(all ? 'redraw.stroke.unlockAll' : 'redraw.stroke.lockOthers', { area: areaName(area) }), { areas });
  }

  function seat(person: number, area: number): void {
    const { name } = draft().people[person]!;
    perform(t(area < 0 ? 'redraw.stroke.unseat' : 'redraw.stroke.seat', { name, area: areaName(area) }), { keepers: [draft().seat(person, area)] });
  }

  /** Gives a stray piece, or unassigned buildings, to the neighbour they suit best. */
  function heal(units: readonly number[], own: number): boolean {
    const to = draft().redraw.hostOf(units, own);
    if (to === null) {
      ui.say(t('redraw.noHost'));
      return false;
    }
    return assign(units, to, t('redraw.stroke.heal', { what: amount(units), area: areaName(to) }));
  }

  function applyMoves(moves: readonly Move[], label: string, areas: readonly AreaChange[] = []): boolean {
    return perform(label, { moves, areas });
  }

  function undo(): void {
    guarded(() => {
      const step = redraw.bench?.undo((of) => t('redraw.stroke.undo', { what: of.label }).slice(0, 200));
      if (step) ui.say(t('redraw.stroke.undo', { what: step.label }));
      if (step) redraw.status = { label: t('redraw.stroke.undo', { what: step.label }), target: UNASSIGNED, units: 0, households: 0, changed: 0, areas: [] };
    });
    redraw.stepped();
  }

  function redo(): void {
    guarded(() => {
      const step = redraw.bench?.redo();
      if (step) ui.say(t('redraw.stroke.redo', { what: step.label }));
      if (step) redraw.status = { label: t('redraw.stroke.redo', { what: step.label }), target: UNASSIGNED, units: 0, households: 0, changed: 0, areas: [] };
    });
    redraw.stepped();
  }

  /** Looks for the best next moves; the page does so when the hand rests. */
  function suggest(): void {
    redraw.suggestionAt = 0;
    redraw.suggestions = redraw.bench && redraw.editable ? draft().redraw.bestMoves(CHANGE_PRICE, SUGGESTIONS) : [];
  }

  function accept(): void {
    const one = redraw.suggestion;
    if (!one) return;
    applyMoves(one.units.map((unit) => [unit, one.to] as const), t('redraw.stroke.suggestion', { what: one.units.length === 1 ? nameOf(one.units[0]!) : amount(one.units), area: areaName(one.to) }));
  }

  /** Splits a compound into its buildings for the tools, or joins it again. */
  function split(group: number): void {
    const next = new Set(redraw.split);
    if (!next.delete(group)) next.add(group);
    redraw.split = next;
    ui.say(t(next.has(group) ? 'redraw.split' : 'redraw.joined'));
  }

  return { amount, figures, nameOf, areaName, usualName, householdsOf, before, assign, addArea, removeArea, merge, describe, lock, lockOthers, seat, heal, applyMoves, undo, redo, suggest, accept, split, newFields };
}

export type Actions = ReturnType<typeof useActions>;
