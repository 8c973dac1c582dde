// Before everything: sessions of the people that the journeys need, kept in files. No route around the sign-in page is tested by this; sign-in.spec.ts uses the page.
import { mkdirSync } from 'node:fs';
import { request } from '@playwright/test';

export const STATES = 'node_modules/.cache/e2e-sessions';
/** The file with the session of a role of the demo, or of whoever draws in a real city. */
export const sessionOf = (who: string): string => `${STATES}/${who}.json`;

export default async function signIn(): Promise<void> {
  mkdirSync(STATES, { recursive: true });
  const enter = async (baseURL: string, path: string, data: object, who: string) => {
    const context = await request.newContext({ baseURL });
    const answer = await context.post(path, { data });
    if (!answer.ok()) throw new Error(`${who}: ${answer.status()} ${await answer.text()}`);
    await context.storageState({ path: sessionOf(who) });
    await context.dispose();
  };
  const demo = process.env.GRIDKEEPER_URL ?? 'http://127.0.0.1:8080';
  for (const login of ['grid-admin', 'street-leader', 'community-secretary', 'compound-secretary', 'planner', 'auditor', 'system-admin', 'housekeeper']) await enter(demo, '/api/v1/session', { login }, login);
  const welcome = (url: string, link: string, who: string) => enter(url, '/api/v1/session/welcome', { ticket: link.slice(link.lastIndexOf('.') + 1), password: 'otter lamp Weide 19' }, who);
  if (process.env.GRIDKEEPER_LINK) await welcome(demo, process.env.GRIDKEEPER_LINK, 'city-admin');
  for (const city of ['nanjing', 'shanghai']) {
    const url = process.env[`GRIDKEEPER_${city.toUpperCase()}_URL`];
    const link = process.env[`GRIDKEEPER_${city.toUpperCase()}_LINK`];
    if (url && link) await welcome(url, link, city);
  }
}
