// Numbers as people read them: thousands comma, true minus, + on every positive change, “—” for nothing.
// Not translation; only figures.

/** Nothing to show is not zero. */
export const EMPTY = '—';
const MINUS = '−';

/** 31000 → “31,000”. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return EMPTY;
  return Math.round(value).toString().replace('-', MINUS).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Basis points → “45.2 %” without the unit: 4516 → “45.2”. */
export function percent(bp: number | null | undefined, digits = 1): string {
  if (bp === null || bp === undefined) return EMPTY;
  return (bp / 100).toFixed(digits).replace('-', MINUS);
}

/** Deviation in basis points → “+17%”, “−36%”, “0%”; half a per cent rounds away from zero. */
export function deviation(bp: number | null | undefined): string {
  if (bp === null || bp === undefined) return EMPTY;
  const whole = Math.sign(bp) * Math.round(Math.abs(bp) / 100);
  if (whole === 0) return '0%';
  return `${whole > 0 ? '+' : MINUS}${Math.abs(whole)}%`;
}

/** Deviation with two decimals, for tooltips and proofs. */
export function deviationExact(bp: number | null | undefined): string {
  if (bp === null || bp === undefined) return EMPTY;
  const sign = bp > 0 ? '+' : bp < 0 ? MINUS : '';
  return `${sign}${(Math.abs(bp) / 100).toFixed(2)}%`;
}

/** 85 → “85 m”, 1234 → “1.2 km”. */
export function distance(metres: number): string {
  return metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(metres < 10000 ? 1 : 0)} km`;
}

const two = (n: number) => n.toString().padStart(2, '0');

/** “2027-03-16” in the reader's own clock. */
export function day(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** ISO time → “2027-03-16 09:41” in the reader's own clock. */
export function moment(iso: string | null | undefined): string {
  if (!iso) return EMPTY;
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return `${day(at)} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A round length for a scale bar that is at most `maxPx` wide, with its width. */
export function scaleBar(metresPerPixel: number, maxPx: number): { metres: number; px: number } {
  const most = metresPerPixel * maxPx;
  if (!Number.isFinite(most) || most <= 0) return { metres: 0, px: 0 };
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((n) => n * power <= most) ?? 1;
  return { metres: step * power, px: (step * power) / metresPerPixel };
}
