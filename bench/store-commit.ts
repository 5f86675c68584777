/**
 * What a store commits a second, each commit durable before the next begins, with nothing above the store.
 *
 *   node bench/store-commit.ts [seconds]     per row of the table, 3 unless said
 *
 * The store is SQLite in a temporary folder, or the one that DATABASE_URL names.
 *
 * "updates": every command records one item of another job: a job update, an item, an event. "lifecycles": the steps
 * of image sets of three items as the rules make them, 512 of them under way, of 200 users; the time that the rules
 * take is not counted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commit } from '../src/ports/store/commit.ts';
import type { Store } from '../src/ports/store/store.ts';
import { Bookkeeper } from '../src/testing/store-suite/bookkeeper.ts';
import { histogram, machine, probeFsync } from './lifecycles/measure.ts';
import { openMeasuredStore } from './open-store.ts';

const seconds = Number(process.argv[2] ?? 3);
const itemsOfUpdated = 200;
const itemsOfSet = 3;
const underWay = 512;
const users = 200;

type Source = (book: Bookkeeper, batch: number) => { next(): Commit; readonly ended: () => number };

/** Every command of a commit is the next item of another set. */
const updates: Source = (book, batch) => {
  let ids: string[] = [];
  let idx = itemsOfUpdated;
  const submit = (): string => {
    const id = book.submit(book.account(crypto.randomUUID(), 'pro', itemsOfUpdated), itemsOfUpdated);
    book.confirm(id);
    book.execute(id);
    return id;
  };
  return {
    ended: () => 0,
    next: () => {
      // One short of the end, so that no commit does anything else.
      if (idx >= itemsOfUpdated - 1) {
        ids.forEach((id) => book.forget(id));
        ids = Array.from({ length: batch }, submit);
        idx = 0;
        return book.take();
      }
      ids.forEach((id) => book.result(id, idx));
      idx += 1;
      return book.take();
    },
  };
};

/** Every command is the next step of one of the sets under way, chosen at random. */
const lifecycles: Source = (book, batch) => {
  const owners = Array.from({ length: users }, () => book.account(crypto.randomUUID(), 'pro', 900_000_000));
  const slots: ({ readonly id: string; step: number } | undefined)[] = [];
  let ended = 0;
  let turn = 0;
  const step = (slot: number, gone: string[]): void => {
    const job = slots[slot];
    if (job === undefined) {
      let owner = owners[turn++ % users] ?? '';
      while ((book.accounts.get(owner)?.activeJobs ?? 0) >= 3) owner = owners[turn++ % users] ?? '';
      slots[slot] = { id: book.submit(owner, itemsOfSet), step: 0 };
      return;
    }
    if (job.step === 0) book.confirm(job.id);
    else if (job.step === 1) book.execute(job.id);
    else book.result(job.id, job.step - 2);
    job.step += 1;
    if (job.step < itemsOfSet + 2) return;
    slots[slot] = undefined;
    gone.push(job.id);
    ended += 1;
  };
  return {
    ended: () => ended,
    next: () => {
      const gone: string[] = [];
      for (let command = 0; command < batch; command++) step(Math.floor(Math.random() * underWay), gone);
      const commit = book.take();
      for (const id of gone) book.forget(id);
      return commit;
    },
  };
};

async function measure(name: string, source: Source, batch: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const store = await openMeasuredStore(folder);
  try {
    const book = new Bookkeeper(Date.now());
    const { next, ended } = source(book, batch);
    await run(store, next, 0.5);
    const endedBefore = ended();
    const { commits, busy, latency } = await run(store, next, seconds);
    const perSecond = (count: number): string => (count / busy).toFixed(0).padStart(8);
    const ends = ended() > 0 ? perSecond(ended() - endedBefore) : ''.padStart(8);
    console.log(
      `${name.padEnd(12)}${String(batch).padStart(6)}${perSecond(commits)}${perSecond(commits * batch)}${ends}` +
        `${latency.p(50).padStart(9)}${latency.p(99).padStart(9)}`,
    );
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(
  store: Store,
  next: () => Commit,
  forSeconds: number,
): Promise<{ commits: number; busy: number; latency: ReturnType<typeof histogram> }> {
  const latency = histogram();
  let [commits, busy] = [0, 0];
  while (busy < forSeconds) {
    const commit = next();
    const began = performance.now();
    // The store works before it returns its promise: the clock starts first.
    const result = await latency.time(() => store.commit(commit));
    busy += (performance.now() - began) / 1_000;
    if (!result.ok) throw new Error(`conflicts: ${result.conflicts.join()}`);
    commits += 1;
  }
  return { commits, busy, latency };
}

const probe = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
console.log(`${machine()}; fdatasync of one page ${probeFsync(probe).toFixed(0)}/s`);
rmSync(probe, { recursive: true, force: true });
console.log('commands    a commit commits commands   ended   ms p50      p99   (a second)');
for (const [name, source] of [['updates', updates], ['lifecycles', lifecycles]] as const) {
  for (const batch of [1, 16, 64, 256]) await measure(name, source, batch);
}
