import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { defineTask } from '../../src/kinds/task/typed/index.ts';
import { RetryAfter, type TaskContext } from '../../src/kinds/task/worker/index.ts';
import { createClient, type Client } from '../../src/main/client/index.ts';
import { start } from '../cli/program.ts';
import { startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
let client: Client;
beforeAll(async () => {
  server = await startTaskServer();
  client = createClient({ server: server.url, token: 'mira' });
});
afterAll(() => server.close());

let types = 0;
const newType = (): string => `steps-${++types}`;
const backoff = { firstMs: 0, maxMs: 0 };

describe('a step', () => {
  test('that an earlier attempt has done is not done again, and gives what it gave', async () => {
    const type = newType();
    const done: string[] = [];
    server.work({
      handlers: {
        [type]: async ({ attempt }, ctx) => {
          const upload = await ctx.step('upload', () => (done.push(`upload ${attempt}`), { key: 'a', at: undefined }));
          const charge = await ctx.step('charge', async () => (done.push(`charge ${attempt}`), attempt * 100));
          if (attempt === 1) throw new RetryAfter(0);
          await ctx.step('mail', () => void done.push(`mail ${attempt}`));
          return { upload, charge };
        },
      },
    });
    const id = await server.submit(type, { backoff });
    expect((await server.ended(id)).fields).toMatchObject({ result: { upload: { key: 'a' }, charge: 100 } });
    expect(done).toEqual(['upload 1', 'charge 1', 'mail 2']);
    const { steps } = await client.getTask({ params: { id } });
    expect(steps).toMatchObject([
      { name: 'upload', attempt: 1, result: { key: 'a' } }, { name: 'charge', attempt: 1, result: 100 },
      { name: 'mail', attempt: 2, result: null },
    ]);
    const { events } = await client.listJobEvents({ params: { id }, query: { limit: 100 } });
    expect(events.flatMap(({ type: event, data }) => (event === 'StepCompleted' ? [data['step']] : []))).toMatchObject([
      { name: 'upload' }, { name: 'charge' }, { name: 'mail' },
    ]);
  });

  test('is kept when its task is retried by hand', async () => {
    const type = newType();
    let done = 0;
    server.work({
      handlers: {
        [type]: async (_job, ctx) => {
          await ctx.step('once', () => (done += 1));
          if (done === 1) throw new Error(`not yet: ${(done += 1)}`);
          return done;
        },
      },
    });
    const id = await server.submit(type, { maxAttempts: 1 });
    await server.ended(id);
    await client.retryTask({ params: { id } });
    const steps = [{ name: 'once', result: 1, tookMs: expect.any(Number) }];
    expect((await server.ended(id)).fields).toMatchObject({ result: 2, steps });
  });

  test('that fails is done again, in the same attempt or the next one', async () => {
    const type = newType();
    let tries = 0;
    const twice = (ctx: TaskContext): Promise<number> => ctx.step('flaky', () => {
      tries += 1;
      if (tries < 3) throw new Error(`try ${tries}`);
      return tries;
    });
    server.work({ handlers: { [type]: async (_job, ctx) => twice(ctx).catch(() => twice(ctx)) } });
    const id = await server.submit(type, { backoff });
    expect((await server.ended(id)).fields).toMatchObject({
      result: 3, errorLog: [{ message: 'try 2' }], steps: [{ name: 'flaky', attempt: 2 }],
    });
  });

  test('is done once when it is begun twice, and nobody changes what another gets', async () => {
    const type = newType();
    let done = 0;
    server.work({
      handlers: {
        [type]: async (_job, ctx) => {
          const one = (): Promise<number[]> => ctx.step('one', async () => (await sleep(5), [(done += 1)]));
          const [first, second] = await Promise.all([one(), one()]);
          first!.push(7);
          return [second, await one()];
        },
      },
    });
    expect((await server.ended(await server.submit(type))).fields.result).toEqual([[1], [1]]);
  });

  test('does not wait for the next round of notes', async () => {
    const type = newType();
    let tookMs = Infinity;
    server.work({
      handlers: {
        [type]: async (_job, ctx) => {
          const began = performance.now();
          for (let n = 0; n < 60; n++) {
            ctx.log(`step ${n}`);
            await ctx.step(`step ${n}`, () => n);
          }
          tookMs = performance.now() - began;
        },
      },
    });
    await server.ended(await server.submit(type));
    // Notes are sent five times a second: that would be 12 s.
    expect(tookMs).toBeLessThan(8_000);
  });

  test('must have a name, and a result that can be stored', async () => {
    const type = newType();
    const run: Record<string, (ctx: TaskContext) => unknown> = {
      name: (ctx) => ctx.step(' ', () => 1),
      long: (ctx) => ctx.step('x'.repeat(101), () => 1),
      lines: (ctx) => ctx.step('a\nb', () => 1),
      map: (ctx) => ctx.step('upload', () => new Map()),
      large: (ctx) => ctx.step('upload', () => 'x'.repeat(300_000)),
      'too large together': async (ctx) => {
        for (const name of ['a', 'b']) await ctx.step(name, () => 'x'.repeat(140_000));
      },
      'too many': async (ctx) => {
        for (let n = 0; n <= 100; n++) await ctx.step(`${n}`, () => n);
      },
    };
    server.work({ handlers: { [type]: async ({ data }, ctx) => run[data]!(ctx) } });
    const said = Object.fromEntries(await Promise.all(Object.keys(run).map(async (data) => {
      const { attempt, state, fields } = await server.ended(await server.submit(type, { data, maxAttempts: 1 }));
      return [data, [state, attempt, fields.errorLog?.at(-1)?.message]];
    })));
    const failed = (message: unknown) => ['failed', 1, message];
    expect(said).toEqual({
      name: failed('  is not a name of a step: use a line of 1 to 100 characters'),
      long: failed(expect.stringContaining('is not a name of a step')),
      lines: failed(expect.stringContaining('is not a name of a step')),
      map: failed(expect.stringMatching(/^The result of step upload cannot be stored: upload /)),
      large: failed('The result of step upload has 300002 bytes of JSON, and 262144 is the most.'),
      'too large together': failed(
        'The server did not take the result of step b: The result of step b must have at most 262144 characters of ' +
          'JSON with those of earlier steps.',
      ),
      'too many': failed('The server did not take the result of step 100: A task keeps at most 100 steps.'),
    });
  });

  test('is known by its types', async () => {
    const task = defineTask({ type: newType(), input: z.null(), output: z.object({ bytes: z.number() }) });
    const handled = task.handle(async (_job, ctx) => {
      const size = await ctx.step('size', () => ({ bytes: 3 }));
      // @ts-expect-error what the step does not give
      void size.pixels;
      return size;
    });
    const first = await handled.test(null);
    expect(first).toMatchObject({ result: { bytes: 3 }, steps: { size: { bytes: 3 } } });
    expect((await handled.test(null, { attempt: 2, steps: { size: { bytes: 9 } } })).result).toEqual({ bytes: 9 });
  });
});

describe('a step by HTTP', () => {
  const take = async (type: string, workerId: string, leaseMs = 10_000) => {
    const { tasks } = await client.takeTasks({ body: { workerId, types: [type], limit: 1, leaseMs, waitMs: 10_000 } });
    return tasks[0]!;
  };
  const report = async (workerId: string, ...reports: readonly object[]) =>
    (await client.reportTasks({ body: { workerId, reports } })).outcomes;

  test('is stored once, whoever says it again', async () => {
    const type = newType();
    const id = await server.submit(type);
    const { leaseId, steps } = await take(type, 'a');
    expect(steps).toBeUndefined();
    const step = { leaseId, type: 'step', name: 'upload', result: { key: 1 } };
    expect(await report('a', step, { ...step, result: { key: 2 } }, step)).toMatchObject([
      { ok: true }, { ok: true }, { ok: true },
    ]);
    await report('a', { leaseId, type: 'release' });
    const again = await take(type, 'b');
    expect(again.steps).toEqual([{ name: 'upload', result: { key: 1 } }]);
    const [late] = await report('a', { ...step, name: 'charge' });
    expect(late).toMatchObject({ ok: false, error: { code: 'lease_lost' } });
    await report('b', { leaseId: again.leaseId, type: 'complete' });
    expect((await client.getTask({ params: { id } })).steps.map(({ name }) => name)).toEqual(['upload']);
    const { jobs } = await client.listTasks({ query: { type } });
    expect(jobs[0]).not.toHaveProperty('steps');
    const asked = await client.listTasks({ query: { type, fields: 'steps' } });
    expect(asked.jobs[0]).toMatchObject({ steps: [{ name: 'upload', attempt: 1, result: { key: 1 } }] });
  });

  test('is refused without a name', async () => {
    const type = newType();
    await server.submit(type);
    const { leaseId } = await take(type, 'a');
    const outcomes = await report('a', { leaseId, type: 'step' }, { leaseId, type: 'step', name: 'x'.repeat(101) });
    expect(outcomes).toMatchObject([
      { ok: false, error: { code: 'invalid_request' } }, { ok: false, error: { code: 'invalid_request' } },
    ]);
    await report('a', { leaseId, type: 'release' });
  });
});

describe('a worker that is killed', () => {
  test('between two steps goes on after the first', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-steps-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const type = newType();
    const [handlers, did] = [join(folder, 'handlers.mjs'), join(folder, 'did')];
    writeFileSync(handlers, `
      import { appendFileSync } from 'node:fs';
      export default {
        '${type}': async ({ attempt }, ctx) => {
          const did = (what) => appendFileSync(${JSON.stringify(did)}, what + '\\n');
          const first = await ctx.step('first', () => (did('first'), { n: 1 }));
          did('between');
          // The worker is killed here.
          if (attempt === 1) await new Promise(() => {});
          const second = await ctx.step('second', () => (did('second'), 2));
          return [first, second];
        },
      };`);
    const run = () => {
      const args = ['--server', server.url, '--token', 'mira', '--handlers', handlers, '--lease-seconds', '2'];
      const worker = start(['worker', 'tasks', ...args]);
      onTestFinished(() => void worker.process.kill('SIGKILL'));
      return worker;
    };
    const id = await server.submit(type);
    const first = run();
    await expect.poll(() => existsSync(did) && readFileSync(did, 'utf8'), { timeout: 20_000 }).toBe('first\nbetween\n');
    first.process.kill('SIGKILL');
    run();
    expect((await server.ended(id)).fields).toMatchObject({ result: [{ n: 1 }, 2] });
    expect(readFileSync(did, 'utf8')).toBe('first\nbetween\nbetween\nsecond\n');
  }, 60_000);
});
