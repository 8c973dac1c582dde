// A stroke: what one step of editing changes, as (key, before, after). Its inverse is the swap, so undo is a stroke
// too, and strokes of two people commute unless they share a key. Keys are identities, never numbers: a change of the
// data between load and save moves no stroke to a wrong building.

/** What an area says of itself; `null` where it does not exist. */
export interface AreaFields {
  readonly number: number;
  readonly name: string;
  readonly locked: boolean;
}

export interface MoveGroup {
  readonly from: string | null;
  readonly to: string | null;
  readonly units: readonly string[];
}

export interface AreaChange {
  readonly id: string;
  readonly before: AreaFields | null;
  readonly after: AreaFields | null;
}

export interface KeeperMove {
  readonly appointment: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Stroke {
  readonly id: string;
  readonly label: string;
  readonly moves: readonly MoveGroup[];
  readonly areas: readonly AreaChange[];
  readonly keepers: readonly KeeperMove[];
}

/** The stroke that takes another one back. */
export function inverse(of: Stroke, label: string): Stroke {
  return {
    id: crypto.randomUUID(),
    label,
    moves: of.moves.map(({ from, to, units }) => ({ from: to, to: from, units })),
    areas: of.areas.map(({ id, before, after }) => ({ id, before: after, after: before })),
    keepers: of.keepers.map(({ appointment, from, to }) => ({ appointment, from: to, to: from })),
  };
}

/** The same change as a new step. */
export const again = (of: Stroke): Stroke => ({ ...of, id: crypto.randomUUID() });

export const isEmpty = (stroke: Stroke): boolean =>
  stroke.moves.length === 0 && stroke.areas.length === 0 && stroke.keepers.length === 0;

/** Everything that a stroke touches: `unit:…`, `area:…`, `keeper:…`. */
export function keysOf(stroke: Stroke): string[] {
  return [
    ...stroke.moves.flatMap((group) => group.units.map((unit) => `unit:${unit}`)),
    ...stroke.areas.map((area) => `area:${area.id}`),
    ...stroke.keepers.map((keeper) => `keeper:${keeper.appointment}`),
  ];
}

/** A stroke without some of its keys. */
export function without(stroke: Stroke, keys: ReadonlySet<string>): Stroke {
  const moves = stroke.moves
    .map((group) => ({ ...group, units: group.units.filter((unit) => !keys.has(`unit:${unit}`)) }))
    .filter((group) => group.units.length > 0);
  return {
    ...stroke,
    moves,
    areas: stroke.areas.filter((area) => !keys.has(`area:${area.id}`)),
    keepers: stroke.keepers.filter((keeper) => !keys.has(`keeper:${keeper.appointment}`)),
  };
}

export const sameFields = (a: AreaFields | null, b: AreaFields | null): boolean =>
  a === b || (a !== null && b !== null && a.number === b.number && a.name === b.name && a.locked === b.locked);
