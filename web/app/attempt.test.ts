import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/problem';
import { useAttempts } from './attempt';

const refusal = new ApiError(409, 'number_taken', '编号已被使用', 'the number is taken');
/** Work that ends when the test says so. */
function held() {
  let end!: { resolve: (value?: unknown) => void; reject: (reason: unknown) => void };
  const promise = new Promise((resolve, reject) => { end = { resolve, reject }; });
  return { work: () => promise, ...end };
}

describe('an attempt', () => {
  it('is busy until it succeeds', async () => {
    const { attempt, busy, error } = useAttempts();
    const one = held();
    expect(busy.value).toBe(false);
    const ended = attempt(one.work);
    expect(busy.value).toBe(true);
    one.resolve();
    expect(await ended).toBe(true);
    expect(busy.value).toBe(false);
    expect(error.value).toBeNull();
  });
  it('keeps what was wrong until the next one begins', async () => {
    const { attempt, busy, error } = useAttempts();
    expect(await attempt(() => Promise.reject(refusal))).toBe(false);
    expect(error.value).toBe(refusal);
    expect(busy.value).toBe(false);
    const two = held();
    const ended = attempt(two.work);
    expect(error.value).toBeNull();
    two.resolve();
    expect(await ended).toBe(true);
  });
  it('never rejects, even where the work throws at once', async () => {
    const { attempt, error } = useAttempts();
    expect(await attempt(() => { throw new TypeError('x is not a function'); })).toBe(false);
    expect(error.value?.code).toBe('client');
  });
  it('is busy while any of several is under way', async () => {
    const { attempt, busy } = useAttempts();
    const [one, two] = [held(), held()];
    const first = attempt(one.work);
    const second = attempt(two.work);
    one.resolve();
    await first;
    expect(busy.value).toBe(true);
    two.reject(refusal);
    await second;
    expect(busy.value).toBe(false);
  });
  it('inside another tells its own failure', async () => {
    const { attempt, error, busy } = useAttempts();
    expect(await attempt(async () => { await attempt(() => Promise.reject(refusal)); })).toBe(true);
    expect(error.value).toBe(refusal);
    expect(busy.value).toBe(false);
  });
  it('is done again as it was', async () => {
    const { attempt, retry, error } = useAttempts();
    const done: string[] = [];
    let up = false;
    await attempt(async () => {
      if (!up) throw refusal;
      done.push('failed first');
    });
    await attempt(async () => { done.push('another'); });
    up = true;
    expect(await retry()).toBe(true);
    expect(done).toEqual(['another', 'failed first']);
    expect(error.value).toBeNull();
  });
  it('may share the place of its error with attempts that are busy apart', async () => {
    const acts = useAttempts();
    const reads = useAttempts(acts.error);
    const one = held();
    const ended = reads.attempt(one.work);
    expect([reads.busy.value, acts.busy.value]).toEqual([true, false]);
    one.reject(refusal);
    await ended;
    expect(acts.error.value).toBe(refusal);
  });
});
