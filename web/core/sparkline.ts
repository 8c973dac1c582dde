// A falling line of the worst deviation (basis points) with the tolerance band at the bottom.

export function sparkline(values: readonly number[], width: number, height: number, bandBp: number): { points: string; bandY: number } {
  const most = Math.max(bandBp * 1.5, ...values);
  const y = (value: number) => height - 2 - (Math.min(value, most) / most) * (height - 4);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const points = values.length === 1 ? `0,${y(values[0]!).toFixed(1)} ${width},${y(values[0]!).toFixed(1)}` : values.map((value, i) => `${(i * step).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return { points, bandY: y(bandBp) };
}
