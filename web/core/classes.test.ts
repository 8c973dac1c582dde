import { describe, expect, it } from 'vitest';
import { COVERAGE_CLASSES, coverageClass, deviationClass, deviationClasses } from './classes';

describe('classes', () => {
  const classes = deviationClasses(1500, 3000);
  it('hold the band inclusively on both sides', () => {
    expect(deviationClass(1500, classes).key).toBe('within');
    expect(deviationClass(-1500, classes).key).toBe('within');
    expect(deviationClass(1501, classes).key).toBe('over');
    expect(deviationClass(-1501, classes).key).toBe('under');
    expect(deviationClass(3001, classes).key).toBe('far_over');
    expect(deviationClass(-3001, classes).key).toBe('far_under');
  });
  it('tell no keeper from few, and full from nearly full', () => {
    expect(coverageClass(0).key).toBe('none');
    expect(coverageClass(1).key).toBe('low');
    expect(coverageClass(9999).key).toBe('most');
    expect(coverageClass(10000).key).toBe('full');
    expect(COVERAGE_CLASSES.map((c) => c.from)).toEqual([...COVERAGE_CLASSES.map((c) => c.from)].sort((a, b) => a - b));
  });
});
