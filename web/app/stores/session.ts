// What the page knows of the server: meta, regions, the data version, and whether the line is open.
// Invariant: `dataVersion` only moves together with meta and regions of that same version.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { API, ApiError, api, type Meta, type Region } from '@/api/client';

export const useSession = defineStore('session', () => {
  const meta = shallowRef<Meta | null>(null);
  const regions = shallowRef<Region[]>([]);
  const dataVersion = ref(-1);
  const error = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  const offline = ref(false);
  /** Moves whenever an issue changed somewhere; what shows issues asks again. */
  const feed = ref(0);
  /** Those that the last move of `feed` was about; `null` = any may have changed. */
  const moved = shallowRef<readonly string[] | null>(null);
  /** Moves when the visits that plans may weigh are others. */
  const weights = ref(0);
  const first = (globalThis as { gkFirst?: Promise<[Meta, Awaited<ReturnType<typeof api.regions>>]> });

  async function load(): Promise<void> {
    loading.value = true;
    try {
      for (let tries = 0; tries < 4; tries += 1) {
        const started = first.gkFirst;
        delete first.gkFirst;
        const [newMeta, list] = await (started ?? Promise.all([api.meta(), api.regions()]));
        if (newMeta.data_version !== list.data_version) continue;
        meta.value = newMeta;
        regions.value = list.items;
        dataVersion.value = newMeta.data_version;
        error.value = null;
        offline.value = false;
        return;
      }
      throw new ApiError(409, 'data_version_changed', '数据正在频繁更新，请稍后重试', 'the data change all the time; try again in a moment');
    } catch (reason) {
      error.value = ApiError.of(reason);
    } finally {
      loading.value = false;
    }
  }

  let source: EventSource | null = null;
  /** Reloads whenever the data change, whoever changed them. */
  function listen(): void {
    source?.close();
    source = new EventSource(`${API}/events`);
    source.addEventListener('data', (event) => {
      const { data_version: version } = JSON.parse((event as MessageEvent<string>).data) as { data_version: number };
      if (version !== dataVersion.value) void load();
    });
    source.addEventListener('issues', (event) => {
      const told = JSON.parse((event as MessageEvent<string>).data) as { feed: number; ids?: string[] | null };
      moved.value = told.ids ?? null;
      feed.value = told.feed;
    });
    source.addEventListener('weights', () => { weights.value += 1; });
    source.onopen = () => {
      if (offline.value) {
        void load();
        // What happened in between was not told.
        moved.value = null;
        feed.value += 1;
        weights.value += 1;
      }
      offline.value = false;
    };
    source.onerror = () => {
      offline.value = true;
      if (source?.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    };
  }

  const isEmpty = computed(() => meta.value !== null && regions.value.every((region) => region.compounds === 0 && region.buildings === 0));
  const byCode = computed(() => new Map(regions.value.map((region) => [region.code, region])));
  const scopes = computed(() => regions.value.filter((region) => region.level === 'street' || region.level === 'community'));

  return { meta, regions, dataVersion, error, loading, offline, feed, moved, weights, isEmpty, byCode, scopes, load, listen };
});
