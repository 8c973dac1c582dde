// What each move of an issue asks for, and the body made of it. Whether it is allowed is the server's to say.
// Invariant: a body is only made when nothing required is missing; optional fields left empty are left out.
import type { MoveAsk, MoveKind } from '../api/issues';

export type FieldKind = 'line' | 'text' | 'red' | 'day' | 'reason' | 'level' | 'issue';
export interface MoveField { readonly name: string; readonly kind: FieldKind; readonly label: string; readonly required: boolean }

const need = (name: string, kind: FieldKind, label = name): MoveField => ({ name, kind, label, required: true });
const may = (name: string, kind: FieldKind, label = name): MoveField => ({ name, kind, label, required: false });
const OWNER = [need('owner_code', 'line', 'owner'), need('owner_name', 'line', 'ownerName')];
const REASON = need('reason', 'text');

export const MOVE_FIELDS: Readonly<Record<MoveKind, readonly MoveField[]>> = {
  report: [], acknowledge: [], coordinate: [], approve_defer: [], resume: [],
  solve_self: [need('red_text', 'red', 'red')], answer: [need('red_text', 'red', 'red')], complete: [may('red_text', 'red', 'red')],
  close: [may('red_text', 'red', 'red'), may('level', 'level')],
  dispatch: OWNER, arbitrate: [...OWNER, REASON], return: [need('reason', 'reason'), may('note', 'text')],
  ask_defer: [need('until', 'day'), REASON], refuse_defer: [REASON], inspect_pass: [may('note', 'text')], inspect_fail: [REASON],
  reopen: [REASON], escalate: [need('to', 'line'), REASON], merge: [need('into', 'issue')], reject: [REASON], cancel: [REASON],
};
export const MOVES = Object.keys(MOVE_FIELDS) as MoveKind[];
/** Moves that make sense for many issues at once. */
export const BULK_MOVES: readonly MoveKind[] = ['acknowledge', 'coordinate', 'dispatch', 'inspect_pass', 'close', 'reject', 'escalate', 'resume'];
export const RETURN_REASONS = ['not_our_matter', 'not_our_place', 'wrong_category', 'unclear', 'duplicate', 'other'] as const;
export const LEVELS = ['self', 'compound_meeting', 'community', 'street', 'district'] as const;

/** Fields that are still missing; a return for another reason needs its note. */
export function missing(move: MoveKind, values: Readonly<Record<string, string>>): MoveField[] {
  return MOVE_FIELDS[move].filter(({ name, required }) => (required || (move === 'return' && name === 'note' && values.reason === 'other')) && (values[name] ?? '').trim() === '');
}

/** The body of a move. `day` is the end of that local day. */
export function moveBody(move: MoveKind, values: Readonly<Record<string, string>>, more: { seq?: number; rule?: string | null } = {}): MoveAsk {
  const body: Record<string, unknown> = {};
  for (const { name, kind } of MOVE_FIELDS[move]) {
    const value = (values[name] ?? '').trim();
    if (value === '' || name.startsWith('owner_')) continue;
    body[name] = kind === 'day' ? new Date(`${value}T23:59:59`).toISOString() : value;
  }
  if (MOVE_FIELDS[move].some(({ name }) => name === 'owner_code')) body.owner = { code: (values.owner_code ?? '').trim(), name: (values.owner_name ?? '').trim() };
  // A rule is named only when its own choice was taken.
  if (move === 'dispatch' && more.rule) body.rule = more.rule;
  return { move, ...(more.seq === undefined ? {} : { seq: more.seq }), ...body };
}
