// Geometry of the balance bar: households on an axis from 0 to twice the target, with the tolerance band.
// Invariant: every row of a list shares the axis, so bars can be compared by eye.

/** Where things lie on the axis, in per cent of its width. */
export interface BalanceBar {
  readonly length: number;
  readonly target: number;
  readonly bandFrom: number;
  readonly bandTo: number;
  readonly clipped: boolean;
}

/** The axis ends at 1.8 × target; a longer bar is clipped and says so. */
export const AXIS = 1.8;

export function balanceBar(deviationBp: number, bandBp: number): BalanceBar {
  const at = (ratio: number) => Math.min(100, Math.max(0, (ratio / AXIS) * 100));
  const ratio = 1 + deviationBp / 10_000;
  return {
    length: at(ratio),
    target: at(1),
    bandFrom: at(1 - bandBp / 10_000),
    bandTo: at(1 + bandBp / 10_000),
    clipped: ratio > AXIS,
  };
}
