import { describe, expect, it } from 'vitest';
import { freeCode } from './region-codes';

describe('freeCode', () => {
  it('fills the first gap of the street, whatever other streets have', () => {
    expect(freeCode(['999001001001', '999001001003', '999001002002'], '999001001000')).toBe('999001001002');
  });
  it('gives nothing when the street is full or unknown', () => {
    const full = Array.from({ length: 999 }, (_, i) => `999001001${String(i + 1).padStart(3, '0')}`);
    expect(freeCode(full, '999001001000')).toBe('');
    expect(freeCode([], '')).toBe('');
  });
});
