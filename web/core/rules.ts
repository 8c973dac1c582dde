// What issues are measured by, as the page edits it: rows with what is wrong about them before the server says so.
// Not the rules themselves (the server's). Invariant: nothing of a row that the page does not show is lost.
import type { CalendarYear, CategoryRow, RoutingRule, WorkCalendar } from '../api/desk';

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

/** Words of what is wrong; the page has their texts. */
export type Fault = 'owner' | 'from' | 'to' | 'code' | 'twice' | 'name' | 'near' | 'hours' | 'weekdays' | 'year' | 'holiday';

export function ruleFault(rule: RoutingRule): Fault | null {
  if (rule.owner.code.trim() === '' || rule.owner.name.trim() === '') return 'owner';
  if (!isDay(rule.valid_from)) return 'from';
  // The last day is open: a rule that ends before it begins never holds.
  if (rule.valid_to !== null && (!isDay(rule.valid_to) || rule.valid_to <= rule.valid_from)) return 'to';
  return null;
}
/** Whether a rule holds on a day: from its first day, until the day before its end. */
export const holdsOn = (rule: RoutingRule, day: string): boolean => rule.valid_from <= day && (rule.valid_to === null || day < rule.valid_to);

export function categoryFault(row: CategoryRow, all: readonly CategoryRow[]): Fault | null {
  if (!/^[a-z0-9_]+(\.[a-z0-9_]+)*$/.test(row.code)) return 'code';
  if (all.filter(({ code }) => code === row.code).length > 1) return 'twice';
  if (row.name_zh.trim() === '' || row.name_en.trim() === '') return 'name';
  if (!(row.near_m >= 0 && row.near_days >= 0)) return 'near';
  return null;
}
/** Parents before their children, each with its depth. */
export function categoryOrder(all: readonly CategoryRow[]): { row: CategoryRow; depth: number }[] {
  const codes = new Set(all.map(({ code }) => code));
  const walk = (parent: string | null, depth: number): { row: CategoryRow; depth: number }[] => all
    .filter((row) => (parent === null ? !row.parent || !codes.has(row.parent) : row.parent === parent))
    .flatMap((row) => [{ row, depth }, ...(depth < 8 ? walk(row.code, depth + 1) : [])]);
  return walk(null, 0);
}

const yearFault = (year: string, { holidays, workdays }: CalendarYear): Fault | null => {
  const inside = (day: string) => isDay(day) && day.startsWith(year);
  return holidays.every((run) => inside(run.from) && inside(run.to) && run.from <= run.to && run.name.trim() !== '') && workdays.every(inside) ? null : 'holiday';
};
export function calendarFault(calendar: WorkCalendar): Fault | null {
  if (calendar.weekdays.length === 0) return 'weekdays';
  const { hours } = calendar;
  if (hours.length === 0 || !hours.every(([from, to], i) => from < to && to <= 1440 && (i === 0 || hours[i - 1]![1] <= from))) return 'hours';
  for (const [year, announced] of Object.entries(calendar.years)) {
    if (!/^\d{4}$/.test(year)) return 'year';
    const fault = yearFault(year, announced);
    if (fault) return fault;
  }
  return null;
}
/** Minutes of a day ↔ `09:00`. */
export const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
export function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return Number.isFinite(hours) && Number.isFinite(minutes) ? hours! * 60 + minutes! : NaN;
}
