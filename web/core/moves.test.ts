import { describe, expect, it, vi } from 'vitest';
import { BULK_MOVES, MOVES, MOVE_FIELDS, missing, moveBody } from './moves';

describe('the form of a move', () => {
  it('names what is missing, and a return for another reason needs its note', () => {
    expect(missing('arbitrate', { owner_code: 'a', reason: '  ' }).map(({ name }) => name)).toEqual(['owner_name', 'reason']);
    expect(missing('return', { reason: 'unclear' })).toEqual([]);
    expect(missing('return', { reason: 'other' }).map(({ name }) => name)).toEqual(['note']);
    expect(missing('close', {})).toEqual([]);
  });
  it('makes the body that the server reads, without what was left empty', () => {
    expect(moveBody('dispatch', { owner_code: ' street:1:urban ', owner_name: '城管办' }, { seq: 4, rule: 'r-1' })).toEqual({ move: 'dispatch', seq: 4, owner: { code: 'street:1:urban', name: '城管办' }, rule: 'r-1' });
    expect(moveBody('close', { red_text: '', level: 'community' })).toEqual({ move: 'close', level: 'community' });
    expect(moveBody('acknowledge', { reason: 'left over' }, { seq: 2 })).toEqual({ move: 'acknowledge', seq: 2 });
    expect(moveBody('arbitrate', { owner_code: 'a', owner_name: 'b', reason: 'c' }, { rule: 'r' })).not.toHaveProperty('rule');
  });
  it('puts off until the end of the local day', () => {
    vi.stubEnv('TZ', 'Asia/Shanghai');
    expect(moveBody('ask_defer', { until: '2027-03-16', reason: 'x' }).until).toBe('2027-03-16T15:59:59.000Z');
    vi.unstubAllEnvs();
  });
  it('is complete once every required field is filled', () => {
    for (const move of MOVES) expect(missing(move, Object.fromEntries(MOVE_FIELDS[move].map(({ name }) => [name, 'x']))), move).toEqual([]);
    for (const move of BULK_MOVES) expect(MOVE_FIELDS[move].every(({ kind }) => kind !== 'issue')).toBe(true);
  });
});
