// Who is signed in and what they may do somewhere. The page only hides what would be refused; the server decides.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { api, type SessionView } from '@/api/client';

const LOOK_KEY = 'gk.look';
const looked = (): boolean => {
  try { return sessionStorage.getItem(LOOK_KEY) === '1'; } catch { return false; }
};

export const useAccount = defineStore('account', () => {
  const session = shallowRef<SessionView | null>(null);
  /** Somebody chose to look around without signing in, in this tab. */
  const looking = ref(looked());
  const signedIn = computed(() => session.value?.signed_in === true);
  const name = computed(() => session.value?.name ?? '');
  const roles = computed(() => [...new Set((session.value?.roles ?? []).map(({ role }) => role))]);

  const can = (object: string, action: string): boolean => session.value?.can[object]?.includes(action) ?? false;

  let asked: Promise<void> | null = null;
  /** Asks once who is there; a failure is asked again next time. */
  function ready(): Promise<void> {
    asked ??= api.session().then(
      (view) => { session.value = view; },
      (reason: unknown) => {
        asked = null;
        throw reason;
      },
    );
    return asked;
  }
  /** Another person is there now: everything that the former one saw goes with a new page. Nothing comes after it here. */
  function enter(view: SessionView, next: string): Promise<never> {
    session.value = view;
    location.assign(next);
    return new Promise(() => undefined);
  }
  function look(): void {
    looking.value = true;
    try { sessionStorage.setItem(LOOK_KEY, '1'); } catch { /* a private window forgets */ }
  }
  async function leave(everywhere: boolean): Promise<void> {
    await (everywhere ? api.signOutEverywhere() : api.signOut());
    location.assign('/sign-in');
  }
  /** Where somebody begins: keepers their buildings, administrators of accounts and auditors see no map. */
  const home = computed(() => (can('visits', 'update') ? '/m' : can('quota_policy', 'read') ? '/' : can('places', 'read') ? '/areas' : can('audit_log', 'read') ? '/audit' : '/accounts'));

  return { session, looking, signedIn, name, roles, home, can, ready, enter, look, leave };
});
