import { describe, expect, it } from 'vitest';
import { ApiError } from './problem';

describe('whatever was thrown', () => {
  it('stays itself when the server said it', () => {
    const refused = new ApiError(409, 'number_taken', '编号已被使用', 'the number is taken', [], ['7']);
    expect(ApiError.of(refused)).toBe(refused);
  });
  it('becomes a fault of the page that says what happened in both languages', () => {
    const thrown = new TypeError('x is not a function');
    const error = ApiError.of(thrown);
    expect(error).toMatchObject({ status: 0, code: 'client', retryable: true, problems: [], details: [] });
    expect(error.zh).toContain('页面出错（TypeError: x is not a function）');
    expect(error.en).toContain('The page went wrong (TypeError: x is not a function)');
    expect(error.cause).toBe(thrown);
  });
  it.each([[undefined, 'undefined'], [null, 'null'], ['no', 'no'], [['a', 1], 'a,1']])('even when it is no error: %s', (thrown, what) => {
    expect(ApiError.of(thrown).en).toContain(`(${what})`);
  });
});
