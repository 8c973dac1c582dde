// Figures as people read them: thousands commas, true minus, a sign on every change, — for nothing.

/** What an empty denominator or an unknown value shows. */
export const NONE = '—';
const MINUS = '\u2212';

/** Whole number with thousands commas. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const text = Math.abs(Math.round(value)).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return value < 0 ? MINUS + text : text;
}

/** Ratio in basis points as a percentage with one decimal: 4516 → 45.2 %. */
export function percent(bp: number | null | undefined): string {
  if (bp === null || bp === undefined) return NONE;
  return `${(Math.round(bp / 10) / 10).toFixed(1)}%`;
}

/** Deviation in basis points with its sign, whole percent: −1180 → −12%. */
export function deviation(bp: number | null | undefined): string {
  if (bp === null || bp === undefined) return NONE;
  const whole = Math.round(Math.abs(bp) / 100);
  if (whole === 0) return '0%';
  return `${bp > 0 ? '+' : MINUS}${whole}%`;
}

/** Local day and time of an instant. */
export function instant(text: string | null | undefined, locale: string): string {
  if (!text) return NONE;
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? NONE
    : date.toLocaleString(locale, { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });
}
