// What is said before a plan is published: what blocks, what warns, what is in order.

export interface CheckFigures {
  readonly unassigned: number;
  readonly disconnected: number;
  readonly disconnected_without_attachments: number;
  readonly out_of_band: number;
}
export interface Check {
  readonly key: 'assigned' | 'connected' | 'band' | 'attach' | 'stale';
  readonly level: 'ok' | 'warn' | 'block';
  readonly n: number;
}

export function publishChecks(figures: CheckFigures, stale: boolean): Check[] {
  const checks: Check[] = [
    { key: 'assigned', level: figures.unassigned > 0 ? 'block' : 'ok', n: figures.unassigned },
    { key: 'connected', level: figures.disconnected > 0 ? 'block' : 'ok', n: figures.disconnected },
    { key: 'band', level: figures.out_of_band > 0 ? 'warn' : 'ok', n: figures.out_of_band },
  ];
  const attached = figures.disconnected_without_attachments - figures.disconnected;
  if (attached > 0) checks.push({ key: 'attach', level: 'warn', n: attached });
  if (stale) checks.push({ key: 'stale', level: 'warn', n: 0 });
  return checks;
}
