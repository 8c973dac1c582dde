// Seven days as a small line. A day without a figure is a gap, never 0. Invariant: every point lies inside the box.

/** `null` where there are fewer than two days with a figure. */
export function weekLine(values: readonly (number | null)[], width: number, height: number): { path: string; end: [number, number] } | null {
  const known = values.flatMap((value, at) => (value === null ? [] : [{ value, at }]));
  if (known.length < 2) return null;
  const low = Math.min(...known.map(({ value }) => value));
  const span = Math.max(...known.map(({ value }) => value)) - low;
  const x = (at: number) => 3 + (at / Math.max(1, values.length - 1)) * (width - 6);
  const y = (value: number) => (span === 0 ? height / 2 : 3 + (1 - (value - low) / span) * (height - 6));
  const path = known.map(({ value, at }, i) => `${i === 0 || known[i - 1]!.at !== at - 1 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const last = known[known.length - 1]!;
  return { path, end: [x(last.at), y(last.value)] };
}
