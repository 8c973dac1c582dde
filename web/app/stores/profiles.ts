// Who sits at this computer. Until accounts exist these are names without passwords; each request says whose it is.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { actAs, api, type Profile } from '@/api/client';

const KEY = 'gk.profile';
const remembered = (): string | null => {
  try { return localStorage.getItem(KEY); } catch { return null; }
};

export const useProfiles = defineStore('profiles', () => {
  const list = shallowRef<Profile[]>([]);
  const chosen = ref<string | null>(remembered());
  const current = computed(() => list.value.find(({ id }) => id === chosen.value) ?? list.value[0] ?? null);

  async function load(): Promise<void> {
    list.value = await api.profiles();
    // One that was removed elsewhere is the operator again.
    if (chosen.value && !list.value.some(({ id }) => id === chosen.value)) choose(null);
    else actAs(chosen.value);
  }
  function choose(id: string | null): void {
    chosen.value = id;
    actAs(id);
    try {
      if (id) localStorage.setItem(KEY, id);
      else localStorage.removeItem(KEY);
    } catch { /* a private window forgets */ }
  }
  async function add(name: string): Promise<Profile> {
    const made = await api.addProfile(name);
    await load();
    return made;
  }
  async function remove(id: string): Promise<void> {
    await api.removeProfile(id);
    if (chosen.value === id) choose(null);
    await load();
  }
  actAs(chosen.value);
  return { list, current, load, choose, add, remove };
});
