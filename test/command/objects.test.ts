import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cancelJob, retryJob } from '../../src/application/jobs/change.ts';
import { firstPlaceAt } from '../../src/domain/job/id.ts';
import { commandRetries } from '../../src/kinds/command/application/inputs.ts';
import { createCommandObjects, discardArtifacts, sweepUploads } from '../../src/kinds/command/application/objects.ts';
import { executionPrefix } from '../../src/kinds/command/domain/keys.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { openMigrated } from '../stores/sqlite/open.ts';
import { LeapingClock, operator, succeeded, Yard } from './yard.ts';

const hour = 3_600_000;
let store: Store;
let clock: LeapingClock;
let yard: Yard;

beforeEach(async () => {
  store = createSqliteStore(openMigrated(':memory:'));
  clock = new LeapingClock();
  yard = new Yard(store, undefined, clock);
  await yard.start();
});

afterEach(async () => {
  await yard.stop();
  await store.close();
});

const never = new AbortController().signal;
const sweep = () => sweepUploads(yard.engine.deps, never);

async function put(key: string): Promise<string> {
  await yard.engine.deps.objects.put(key, new Uint8Array([1]), { contentType: 'text/plain' });
  return key;
}

/** A file that was uploaded so long ago. */
function upload(ageMs: number, name = 'a'): Promise<string> {
  return put(`command/uploads/ada/${firstPlaceAt(clock.now() - ageMs)}-7000-8000-000000000001/${name}`);
}

async function keys(prefix = 'command/'): Promise<readonly string[]> {
  return (await yard.engine.deps.objects.list(prefix)).objects.map(({ key }) => key);
}

const bringing = (...of: readonly string[]) => ({
  runAt: clock.now() + 1_000 * hour, inputs: of.map((objectKey, index) => ({ objectKey, path: `in-${index}` })),
});

describe('a file that is uploaded for commands', () => {
  it('is deleted after a day, unless a job that has not ended brings it in', async () => {
    const [used, unused, young] = [await upload(hour, 'used'), await upload(hour, 'unused'), await upload(hour, 'y')];
    const id = await yard.submit('cat in-0', bringing(used));
    clock.leap(24 * hour);
    const late = await upload(0, 'late');
    await sweep();
    expect(new Set(await keys())).toEqual(new Set([used, unused, young, late]));
    clock.leap(2 * hour);
    await sweep();
    expect(new Set(await keys())).toEqual(new Set([used, late]));
    const { writePath, kinds } = yard.engine.deps;
    await cancelJob({ writePath, kinds }, operator, id);
    await sweep();
    expect(await keys()).toEqual([late]);
  });

  it('is found in jobs whose input is too large for lists', async () => {
    const used = await Promise.all(Array.from({ length: 60 }, (_, n) => upload(hour, `${n}-${'x'.repeat(100)}`)));
    await yard.submit('true', { ...bringing(...used), script: 'x'.repeat(20_000) });
    clock.leap(48 * hour);
    await sweep();
    expect(await keys()).toHaveLength(60);
  });

  it('cannot be brought in by new jobs after a day, nor by a retry', async () => {
    const key = await upload(0);
    const id = await yard.submit('true', bringing(key));
    const deps = yard.engine.deps;
    await cancelJob(deps, operator, id);
    clock.leap(24 * hour + 1_000);
    expect(await retryJob(deps, commandRetries, operator, await yard.job(id))).toMatchObject({
      ok: false, refusal: { code: 'invalid_state' },
    });
    await expect(yard.submit('true', bringing(key))).rejects.toThrow('was uploaded more than a day ago');
  });
});

describe('what a job leaves behind', () => {
  it('is in use while the job has not ended, or another one brings it in', async () => {
    const objects = createCommandObjects(yard.engine.deps);
    await yard.register();
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
    const source = await yard.submit('make', { outputs: ['a'] });
    const isInUse = async () =>
      (await objects.inUse([{ part: 'results', ownerId: 'ada', jobId: source }])).size === 1;
    expect(await isInUse()).toBe(true);
    await yard.until(source, ({ endedAt }) => endedAt !== null);
    expect(await isInUse()).toBe(false);
    const [prefix = ''] = objects.prefixes('results', 'ada', source);
    const using = await yard.submit('cat', bringing(await put(`${prefix}2/a`)));
    expect(await isInUse()).toBe(true);
    await cancelJob(yard.engine.deps, operator, using);
    clock.leap(60_000);
    expect(await isInUse()).toBe(false);
    // Of another owner, who may use anybody's as an administrator.
    const root = { ...operator, caller: { userId: 'root', roles: ['user', 'operator', 'admin'] as const } };
    const others = await yard.submit('cat', bringing(`${prefix}2/a`), root);
    expect(await isInUse()).toBe(true);
    await cancelJob(yard.engine.deps, root, others);
    clock.leap(60_000);
    expect(await isInUse()).toBe(false);
    const policy = await store.endedObjects.begin('results', clock.now() + 1, { now: 0, dueAt: 0, limit: 10 });
    expect(policy).toBe(1);
  });

  it('is looked for in all jobs that have not ended once a minute, and in new ones each time', async () => {
    const objects = createCommandObjects(yard.engine.deps);
    const source = executionPrefix('ada', 'source', 2);
    for (let job = 0; job < 3; job += 1) await yard.submit('true', bringing(await put(`${source}${job}`)));
    clock.leap(200_000);
    const list = vi.spyOn(store.jobs, 'list');
    const isInUse = async (jobId: string) => (await objects.inUse([{ part: 'results', ownerId: 'ada', jobId }])).size;
    const found = async (): Promise<readonly number[]> => {
      const lists = await Promise.all(list.mock.results.map(({ value }) => value as Promise<readonly unknown[]>));
      list.mockClear();
      return lists.map(({ length }) => length).filter((length) => length > 0);
    };
    expect([await isInUse('source'), await found()]).toEqual([1, [3]]);
    expect([await isInUse('source'), await found()]).toEqual([1, []]);
    await yard.submit('true', bringing(await put(`${executionPrefix('ada', 'other', 2)}a`)));
    expect([await isInUse('other'), await found()]).toEqual([1, [1]]);
    clock.leap(60_000);
    expect([await isInUse('source'), await found()]).toEqual([1, [4]]);
  });

  it('goes with the next execution, and nothing of that one', async () => {
    const [one, two, three] = [2, 7, 12].map((token) => executionPrefix('ada', 'job', token));
    for (const prefix of [one, two, three]) await put(`${prefix}out/a`);
    await discardArtifacts(yard.engine.deps, 'job', { ownerId: 'ada', throughToken: 9 });
    expect(await keys()).toEqual([`${three}out/a`]);
  });

  it('is what its agent names under its own prefix alone, and its words are bounded', async () => {
    await yard.register();
    const message = `${'é'.repeat(3_000)}\0`;
    yard.provider.onMade = (spec) => void yard.agent(spec, async ({ run }) => {
      const own = executionPrefix('ada', run.jobId, run.token);
      const of = (path: string, objectKey = own + path, size = 1) => ({ path, objectKey, size });
      return {
        exitCode: 1, signal: null, failure: { reason: 'NON_ZERO_EXIT_CODE', message },
        artifacts: [of('a'), of('b', 'command/jobs/mira/x/2/b'), of('../c'), of('d', `${own}d`, -1)],
      };
    });
    const { fields } = await yard.until(await yard.submit('x', { outputs: ['a'] }), ({ endedAt }) => endedAt !== null);
    expect(fields.artifacts.map(({ path }) => path)).toEqual(['a']);
    expect(fields.failure?.message).toBe(`${'é'.repeat(2_000)} […]`);
  });
});
