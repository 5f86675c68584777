import { expect, test } from 'vitest';
import { WakeUp } from '../../src/application/wake-up.ts';
import { ReadyWork } from '../../src/application/work/ready-work.ts';

const longMs = 60_000;

/** Which of the waits have ended, after all that could end them has. */
async function ended(waits: Readonly<Record<string, Promise<void>>>): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [name, wait] of Object.entries(waits)) void wait.then(() => names.push(name));
  await new Promise((resolve) => setImmediate(resolve));
  return names.toSorted();
}

function ready(): { readonly work: ReadyWork; wait(...keys: string[]): Promise<void> } {
  const work = new ReadyWork(() => new WakeUp());
  return { work, wait: (...keys) => work.wait(keys, { ms: longMs, seen: work.count }) };
}

test('those who wait for ready work are woken by their types and kinds, and by no others', async () => {
  const { work, wait } = ready();
  const ofKind = work.ofKind('task');
  const waits = {
    import: wait('task/import'), both: wait('task/import', 'task/export'), export: wait('task/export'),
    other: wait('errand/import'), kind: ofKind.wait(longMs, ofKind.count),
  };
  work.notify(['task/export']);
  expect(await ended(waits)).toEqual(['both', 'export', 'kind']);
  work.notifyAll();
  expect(await ended(waits)).toEqual(['both', 'export', 'import', 'kind', 'other']);
});

test('ready work that was told of before the wait ends it at once, and that of other types does not', async () => {
  const { work } = ready();
  const seen = work.count;
  work.notify(['task/import']);
  const wait = (key: string): Promise<void> => work.wait([key], { ms: longMs, seen });
  const waits = { import: wait('task/import'), export: wait('task/export') };
  expect(await ended(waits)).toEqual(['import']);
  work.close();
  expect(await ended(waits)).toEqual(['export', 'import']);
});

test('a wait for ready work ends in time, by its signal and by the end of the server', async () => {
  const { work } = ready();
  await work.wait(['task/import'], { ms: 1, seen: work.count });
  const leaving = new AbortController();
  const waits = {
    left: work.wait(['task/import'], { ms: longMs, seen: work.count, signal: leaving.signal }),
    stayed: work.wait(['task/import'], { ms: longMs, seen: work.count }),
  };
  leaving.abort();
  expect(await ended(waits)).toEqual(['left']);
  work.close();
  expect(await ended(waits)).toEqual(['left', 'stayed']);
  await work.wait(['task/import'], { ms: longMs, seen: work.count });
  const ofKind = work.ofKind('task');
  await ofKind.wait(longMs, ofKind.count);
});

test('ready work of more types than are remembered misses nobody', () => {
  const { work } = ready();
  const seen = work.count;
  for (let n = 0; n <= 10_000; n += 1) work.notify([`task/${n}`]);
  expect(work.wasTold(['task/0'], seen)).toBe(true);
  expect(work.wasTold(['task/0'], work.count)).toBe(false);
});
