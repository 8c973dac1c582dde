// Steps in the browser's own database, so that a closed window or a dead line loses nothing.
// One row per step, so that writing a stroke costs the same at step 500 as at step 1.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { KEPT_STEPS } from './history';
import type { Stroke } from './stroke';
import type { Memory, Remembered } from './workbench';

interface Row {
  readonly plan: string;
  readonly stroke: Stroke;
}

interface Schema extends DBSchema {
  done: { key: number; value: Row; indexes: { plan: string } };
  undone: { key: number; value: Row; indexes: { plan: string } };
  outbox: { key: number; value: Row; indexes: { plan: string } };
}

const STORES = ['done', 'undone', 'outbox'] as const;
type Store = (typeof STORES)[number];

async function open(): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>('gridkeeper-drafts', 1, {
    upgrade(db) {
      for (const name of STORES) db.createObjectStore(name, { autoIncrement: true }).createIndex('plan', 'plan');
    },
  });
}

export class BrowserMemory implements Memory {
  /** The writes made so far, one after the other. */
  private last: Promise<unknown> = Promise.resolve();
  /** Set when the browser refuses to keep anything (a private window, a full disk). */
  broken: unknown = null;

  private constructor(
    private readonly db: IDBPDatabase<Schema>,
    private readonly plan: string,
  ) {}

  /** The memory of a plan, and what it holds. */
  static async of(plan: string): Promise<[BrowserMemory, Remembered]> {
    const db = await open();
    const read = async (store: Store) => (await db.getAllFromIndex(store, 'plan', plan)).map(({ stroke }) => stroke);
    const [done, undone, outbox] = await Promise.all(STORES.map(read));
    return [new BrowserMemory(db, plan), { done: done ?? [], undone: undone ?? [], outbox: outbox ?? [] }];
  }

  /** Resolves when everything so far is on the disk. */
  async written(): Promise<void> {
    await this.last;
  }

  pushed(stroke: Stroke): void {
    this.write(async () => {
      const tx = this.db.transaction(['done', 'undone'], 'readwrite');
      await tx.objectStore('done').add({ plan: this.plan, stroke });
      for (const key of await tx.objectStore('undone').index('plan').getAllKeys(this.plan)) await tx.objectStore('undone').delete(key);
      const keys = await tx.objectStore('done').index('plan').getAllKeys(this.plan);
      for (const key of keys.slice(0, Math.max(0, keys.length - KEPT_STEPS))) await tx.objectStore('done').delete(key);
      await tx.done;
    });
  }

  undone(): void {
    this.shift('done', 'undone');
  }

  redone(): void {
    this.shift('undone', 'done');
  }

  queued(stroke: Stroke): void {
    this.write(() => this.db.add('outbox', { plan: this.plan, stroke }));
  }

  acknowledged(ids: readonly string[]): void {
    const gone = new Set(ids);
    this.write(async () => {
      const tx = this.db.transaction('outbox', 'readwrite');
      for (let cursor = await tx.store.index('plan').openCursor(this.plan); cursor; cursor = await cursor.continue()) {
        if (gone.has(cursor.value.stroke.id)) await cursor.delete();
      }
      await tx.done;
    });
  }

  replaced(all: Remembered): void {
    this.write(async () => {
      const tx = this.db.transaction(STORES, 'readwrite');
      for (const store of STORES) {
        const rows = tx.objectStore(store);
        for (const key of await rows.index('plan').getAllKeys(this.plan)) await rows.delete(key);
        for (const stroke of all[store]) await rows.add({ plan: this.plan, stroke });
      }
      await tx.done;
    });
  }

  close(): void {
    void this.last.finally(() => this.db.close());
  }

  private shift(from: 'done' | 'undone', to: 'done' | 'undone'): void {
    this.write(async () => {
      const tx = this.db.transaction([from, to], 'readwrite');
      const cursor = await tx.objectStore(from).index('plan').openCursor(this.plan, 'prev');
      if (cursor) {
        await tx.objectStore(to).add(cursor.value);
        await cursor.delete();
      }
      await tx.done;
    });
  }

  private write(work: () => Promise<unknown>): void {
    this.last = this.last.then(work).catch((reason: unknown) => { this.broken = reason; });
  }
}

/** Where the browser keeps nothing: editing goes on, and the header says so. */
export const forgetful: Memory = { pushed() {}, undone() {}, redone() {}, queued() {}, acknowledged() {}, replaced() {} };
