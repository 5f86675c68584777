import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { Store } from '../../../src/ports/store/store.ts';
import { newDatabase, type TestDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';

let database: TestDatabase;
let here: Store;
let there: Store;
beforeEach(async () => {
  database = await newDatabase();
  [here, there] = [await open(database.url), await open(database.url)];
  // From then on they are heard.
  await Promise.all([here, there].map((store) => heard(store, null)));
});
afterEach(async () => {
  await here.close();
  await there.close();
});

/** Resolves when a store hears of the topic. */
function heard(store: Store, wanted: string | null): Promise<void> {
  return new Promise((resolve) => store.wakeUps?.listen((topic) => topic === wanted && resolve()));
}

describe('wake-ups', () => {
  it('reach the other servers, and not the one that sends them', async () => {
    const heardHere: (string | null)[] = [];
    here.wakeUps?.listen((topic) => heardHere.push(topic));
    const [question, answer] = [heard(there, 'queue'), heard(here, 'done')];
    here.wakeUps?.notify('queue');
    await question;
    there.wakeUps?.notify('done');
    await answer;
    expect(heardHere).toEqual([null, 'done']);
  });

  it('in quick succession are sent as one', async () => {
    const listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    await listener.query('LISTEN waybill');
    const payloads: (string | undefined)[] = [];
    const end = new Promise<void>((resolve) => {
      listener.on('notification', ({ payload }) => {
        payloads.push(payload);
        if (payload === 'end') resolve();
      });
    });
    for (let i = 0; i < 1_000; i++) here.wakeUps?.notify('queue');
    here.wakeUps?.notify('end');
    await end;
    expect(payloads.toSorted()).toEqual(['end', 'queue']);
    await listener.end();
  });

  it('reach nobody who has stopped listening', async () => {
    const topics: (string | null)[] = [];
    const stop = there.wakeUps?.listen((topic) => topics.push(topic));
    stop?.();
    const other = heard(there, 'queue');
    here.wakeUps?.notify('queue');
    await other;
    expect(topics).toEqual([]);
  });
});
