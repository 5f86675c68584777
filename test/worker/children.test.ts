import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { defineTask, type TaskContext } from '../../src/kinds/task/typed/index.ts';
import { TaskCanceled, TaskFailed } from '../../src/kinds/task/worker/index.ts';
import { createClient, type Client } from '../../src/main/client/index.ts';
import { start } from '../cli/program.ts';
import { tapped } from './tapped.ts';
import { startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
let client: Client;
beforeAll(async () => {
  server = await startTaskServer();
  client = createClient({ server: server.url, token: 'mira' });
});
afterAll(() => server.close());

let types = 0;
const newType = (): string => `children-${++types}`;
const backoff = { firstMs: 0, maxMs: 0 };
const childrenOf = async (id: string) =>
  (await client.listJobs({ query: { parent: id } })).jobs.map(({ type, status }) => ({ type, status }));

describe('a child', () => {
  test('gives its result to the handler that started it, which begins anew in the same attempt', async () => {
    const double = defineTask({ type: newType(), input: z.object({ n: z.number() }), output: z.number() });
    const sum = defineTask({ type: newType(), input: z.array(z.number()), output: z.number() });
    const said: string[] = [];
    server.work({
      tasks: [
        double.handle(({ data: { n } }) => (said.push(`double ${n}`), n * 2)),
        sum.handle(async ({ data, attempt }, ctx) => {
          said.push(`sum, attempt ${attempt}`);
          let total = await ctx.step('before', () => (said.push('step'), 100));
          for (const n of data) total += await ctx.run(double, { n });
          return total;
        }),
      ],
    });
    const run = await client.run(sum, [1, 2]);
    expect(await run.result()).toBe(106);
    expect(said.filter((one) => !one.startsWith('sum'))).toEqual(['step', 'double 1', 'double 2']);
    expect(new Set(said.filter((one) => one.startsWith('sum')))).toEqual(new Set(['sum, attempt 1']));
    const { attempt } = await run.get();
    expect(attempt).toBe(1);
    expect(await childrenOf(run.id)).toEqual([
      { type: double.type, status: 'completed' }, { type: double.type, status: 'completed' },
    ]);
    // A child may have ended before its parent waits for it.
    const mayBe = new Set(['TaskStarted', 'DependencyEnded']);
    const { events } = await client.listJobEvents({ params: { id: run.id }, query: { limit: 100 } });
    expect(events.map(({ type }) => type).filter((type) => !mayBe.has(type))).toEqual([
      'TaskCreated', 'StepCompleted', 'ChildStarted', 'TaskSuspended', 'ChildStarted', 'TaskSuspended', 'TaskCompleted',
    ]);
  });

  test('takes no place from its parent: one at a time, they get done', async () => {
    const [outer, inner] = [newType(), newType()];
    const worker = server.work({
      concurrency: 1,
      handlers: {
        [outer]: async ({ data }, ctx) => (await ctx.run(inner, data)) + 1,
        [inner]: async ({ data }) => data * 10,
      },
    });
    const ids = await Promise.all([1, 2, 3].map((data) => server.submit(outer, { data })));
    const ended = await Promise.all(ids.map((id) => server.ended(id)));
    expect(ended.map(({ fields }) => fields.result)).toEqual([11, 21, 31]);
    expect(worker.stats.suspended).toBe(3);
  });

  test('holds no slot of its type while its own handler waits for others', async () => {
    const type = newType();
    await client.putWorkType({ params: { type }, body: { limits: { maxRunning: 1 } } });
    server.work({
      handlers: { [type]: async ({ data }, ctx) => (data === 0 ? 0 : 1 + (await ctx.run(type, data - 1))) },
    });
    expect((await server.ended(await server.submit(type, { data: 4 }))).fields.result).toBe(4);
  });

  test('is one of many that run at the same time, beyond what one request or one wait may have', async () => {
    const [outer, inner] = [newType(), newType()];
    server.work({
      concurrency: 50,
      handlers: {
        [outer]: async (_job, ctx) => (await ctx.runAll(inner, Array.from({ length: 230 }, (_, n) => n))).length,
        [inner]: ({ data }) => data,
      },
    });
    const id = await server.submit(outer);
    expect((await server.ended(id)).fields).toMatchObject({ result: 230, children: 230 });
  });

  test('that failed fails its parent for good, and is retried with it', async () => {
    const [outer, inner] = [newType(), newType()];
    let tries = 0;
    const seen: unknown[] = [];
    server.work({
      handlers: {
        [outer]: async ({ attempt }, ctx) => {
          const first = await ctx.run(inner, 'good', { name: 'good' });
          try {
            return [first, await ctx.run(inner, 'bad', { maxAttempts: 1 })];
          } catch (error) {
            if (error instanceof TaskFailed) seen.push([attempt, error.task.errorLog.at(-1)?.message]);
            throw error;
          }
        },
        [inner]: ({ data }) => {
          if (data === 'good') return 'good';
          tries += 1;
          if (tries < 3) throw new Error(`try ${tries}`);
          return tries;
        },
      },
    });
    const id = await server.submit(outer, { backoff, maxAttempts: 3 });
    expect(await server.ended(id)).toMatchObject({ state: 'failed', attempt: 1 });
    await client.retryTask({ params: { id } });
    expect(await server.ended(id)).toMatchObject({ state: 'failed', attempt: 1 });
    await client.retryTask({ params: { id } });
    const { fields } = await server.ended(id);
    expect(fields).toMatchObject({ result: ['good', 3], children: 2 });
    expect(seen).toEqual([[1, 'try 1'], [1, 'try 2']]);
    expect(fields.errorLog?.map(({ message }) => message)).toEqual([
      expect.stringMatching(/failed: try 1$/), expect.stringMatching(/failed: try 2$/),
    ]);
  });

  test('that failed is not tried again by the next attempt of a handler that goes on without it', async () => {
    const [outer, inner] = [newType(), newType()];
    let tries = 0;
    server.work({
      handlers: {
        [outer]: async ({ attempt }, ctx) => {
          const result = await ctx.run(inner, null, { maxAttempts: 1 }).catch((error: Error) => error.name);
          if (attempt === 1) throw new Error('something else');
          return result;
        },
        [inner]: () => Promise.reject(new Error(`try ${(tries += 1)}`)),
      },
    });
    const ended = await server.ended(await server.submit(outer, { backoff, maxAttempts: 3 }));
    expect(ended).toMatchObject({ attempt: 2, fields: { result: 'TaskFailed' } });
    expect(tries).toBe(1);
  });

  test('that was canceled by somebody is told of as canceled', async () => {
    const [outer, inner] = [newType(), newType()];
    server.work({
      handlers: {
        [outer]: (_job, ctx) => ctx.run(inner, null).catch((error: unknown) =>
          (error instanceof TaskCanceled ? `canceled: ${error.task.cancelReason}` : Promise.reject(error))),
      },
    });
    const id = await server.submit(outer);
    await server.happened(id, 'TaskSuspended');
    const [child] = (await client.listJobs({ query: { parent: id } })).jobs;
    await server.cancel(child!.id);
    expect((await server.ended(id)).fields.result).toBe('canceled: requested');
  });

  test('is canceled with its parent, and so are its own', async () => {
    const [outer, middle, inner] = [newType(), newType(), newType()];
    const stopped: string[] = [];
    server.work({
      leaseMs: 1_000,
      handlers: {
        [outer]: (_job, ctx) => ctx.run(middle, null),
        [middle]: (_job, ctx) => ctx.run(inner, null),
        [inner]: async (job, ctx) => {
          await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
          stopped.push(job.type);
        },
      },
    });
    const id = await server.submit(outer);
    await server.happened(id, 'TaskSuspended');
    const [one] = (await client.listJobs({ query: { parent: id } })).jobs;
    await server.happened(one!.id, 'TaskSuspended');
    const [two] = (await client.listJobs({ query: { parent: one!.id } })).jobs;
    await server.happened(two!.id, 'TaskStarted');
    await server.cancel(id);
    expect((await server.ended(id)).state).toBe('canceled');
    expect((await server.ended(one!.id)).state).toBe('canceled');
    expect((await server.ended(two!.id)).state).toBe('canceled');
    expect(stopped).toEqual([inner]);
  });

  test('goes with its parent when that is deleted, and not before', async () => {
    const [outer, inner] = [newType(), newType()];
    server.work({ handlers: { [outer]: (_job, ctx) => ctx.run(inner, null), [inner]: () => 1 } });
    const id = await server.submit(outer);
    await server.ended(id);
    const [child] = (await client.listJobs({ query: { parent: id } })).jobs;
    await client.bulkTasks({ body: { action: 'delete', ids: [id] } });
    await expect(client.getTask({ params: { id: child!.id } })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('whose data does not fit, or that may not be started, fails its parent with the reason', async () => {
    const typed = defineTask({ type: newType(), input: z.object({ n: z.number() }) });
    const [outer, checked] = [newType(), newType()];
    await client.putWorkType({
      params: { type: checked }, body: { inputSchema: { type: 'object', required: ['csv'] } },
    });
    const run: Record<string, (ctx: TaskContext) => unknown> = {
      typed: (ctx) => ctx.run(typed, { n: 'one' as never }),
      checked: (ctx) => ctx.run(checked, {}),
      name: (ctx) => ctx.run(typed, { n: 1 }, { name: 'a\nb' }),
      type: async (ctx) => Promise.all([ctx.run('a', 1, { name: 'x' }), ctx.run('b', 1, { name: 'x' })]),
      'not a type': (ctx) => ctx.run('not a type', 1),
    };
    server.work({ handlers: { [outer]: async ({ data }, ctx) => run[data]!(ctx) } });
    const said = Object.fromEntries(await Promise.all(Object.keys(run).map(async (data) => {
      const { fields } = await server.ended(await server.submit(outer, { data, maxAttempts: 1 }));
      return [data, fields.errorLog?.at(-1)?.message];
    })));
    expect(said).toEqual({
      typed: `The data does not fit task ${typed.type}: data.n: Invalid input: expected number, received string`,
      checked: expect.stringMatching(/^Task "children-\d+" was not started: The data does not fit tasks of type/),
      name: 'a\nb is not a name of a child: use a line of 1 to 100 characters',
      type: 'Task "x" was not started: A task of type a was started as "x": use another name.',
      'not a type': '"not a type" is not a task type: use letters, digits and _ . : / -',
    });
  });

  test('is started to a depth of ten, and no deeper', async () => {
    const type = newType();
    server.work({ handlers: { [type]: (_job, ctx) => ctx.run(type, null) } });
    const ended = await server.ended(await server.submit(type, { maxAttempts: 1 }));
    expect(ended.fields.errorLog?.at(-1)?.message).toMatch(/Tasks start others to a depth of 10/);
  });

  test('is started once, though the answer to its start is lost, and though its parent’s worker is', async () => {
    const [outer, inner] = [newType(), newType()];
    const tap = tapped(server.url);
    tap.deaf.add('children');
    const handlers = { [outer]: (_job: unknown, ctx: TaskContext) => ctx.run(inner, null), [inner]: () => 'done' };
    server.work({ server: tap, handlers });
    const id = await server.submit(outer);
    expect((await server.ended(id)).fields).toMatchObject({ result: 'done', children: 1 });
    expect(await childrenOf(id)).toHaveLength(1);
  });
});

describe('a sleep', () => {
  test('holds no place, and is over at its time', async () => {
    const type = newType();
    const worker = server.work({
      concurrency: 1,
      handlers: {
        [type]: async ({ data }, ctx) => {
          if (data === 'quick') return 'quick';
          await ctx.sleep(1_500);
          await ctx.sleep(20);
          return 'slept';
        },
      },
    });
    const began = performance.now();
    const id = await server.submit(type, { data: 'slow' });
    await server.happened(id, 'TaskSuspended');
    const { waitingFor } = await client.getTask({ params: { id } });
    expect(waitingFor).toMatchObject({ code: 'time', message: expect.stringContaining('Its handler sleeps') });
    await server.ended(await server.submit(type, { data: 'quick' }));
    const quickMs = performance.now() - began;
    const ended = await server.ended(id);
    expect(ended.fields.result).toBe('slept');
    expect(ended.attempt).toBe(1);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_500);
    expect(quickMs).toBeLessThan(1_500);
    expect(worker.stats.suspended).toBe(1);
  });

  test('is over when its task is canceled', async () => {
    const type = newType();
    server.work({ handlers: { [type]: (_job, ctx) => ctx.sleep(60_000) } });
    const id = await server.submit(type);
    await server.happened(id, 'TaskSuspended');
    await server.cancel(id);
    expect((await server.ended(id)).state).toBe('canceled');
  });

  test('of a wrong length is refused', async () => {
    const type = newType();
    server.work({ handlers: { [type]: ({ data }, ctx) => ctx.sleep(data) } });
    for (const data of [-1, 'soon', 1e15]) {
      const ended = await server.ended(await server.submit(type, { data, maxAttempts: 1 }));
      expect(ended.fields.errorLog?.at(-1)?.message).toMatch(/^ctx.sleep takes milliseconds/);
    }
  });
});

describe('an attempt that is interrupted', () => {
  test('goes on later, whatever its handler makes of that', async () => {
    const [outer, inner] = [newType(), newType()];
    const seen: string[] = [];
    server.work({
      handlers: {
        [outer]: async (_job, ctx) => {
          try {
            return await ctx.run(inner, null);
          } catch (error) {
            seen.push((error as Error).name);
            return 'caught';
          }
        },
        [inner]: () => 'from the child',
      },
    });
    expect((await server.ended(await server.submit(outer))).fields.result).toBe('from the child');
    expect(seen).toEqual(['SuspendedError']);
  });

  test('is not, before a step under way is done', async () => {
    const [outer, inner] = [newType(), newType()];
    let done = 0;
    server.work({
      handlers: {
        [outer]: (_job, ctx) => Promise.all([
          ctx.run(inner, null), ctx.step('slow', async () => (await sleep(300), (done += 1))),
        ]),
        [inner]: () => 7,
      },
    });
    const ended = await server.ended(await server.submit(outer));
    expect(ended.fields).toMatchObject({ result: [7, 1], steps: [{ name: 'slow' }] });
    expect(done).toBe(1);
  });
});

describe('child tasks by HTTP', () => {
  test('are started under a lease, in the name of the owner, and refused without it', async () => {
    const type = newType();
    const id = await server.submit(type);
    const take = { workerId: 'w', types: [type], limit: 1, waitMs: 5_000 };
    const { tasks: [held] } = await client.takeTasks({ body: take });
    const { leaseId } = held!;
    const tasks = [{ name: 'one', type: 'nobody-does', data: { n: 1 } }];
    const { children: [first] } = await client.startChildTasks({ body: { workerId: 'w', leaseId, tasks } });
    expect(first).toMatchObject({ ok: true, task: { parentId: id, ownerId: 'mira', status: 'pending' } });
    const { children: [again] } = await client.startChildTasks({ body: { workerId: 'w', leaseId, tasks } });
    expect(again?.task?.id).toBe(first?.task?.id);
    const other = await server.submit(newType());
    const { outcomes } = await client.reportTasks({ body: { workerId: 'w', reports: [
      { leaseId, type: 'suspend', waitsFor: [other] }, { leaseId, type: 'suspend', waitsFor: [first!.task!.id] },
      { leaseId, type: 'suspend', waitsFor: [first!.task!.id] },
    ] } });
    expect(outcomes).toMatchObject([
      { ok: false, error: { message: `Job ${other} is none that this task has started.` } },
      { ok: true, status: 'pending' }, { ok: true, status: 'pending' },
    ]);
    const late = client.startChildTasks({ body: { workerId: 'w', leaseId, tasks: [{ ...tasks[0]!, name: 'two' }] } });
    await expect(late).rejects.toMatchObject({ code: 'lease_lost' });
  });
});

describe('handlers in processes of their own', () => {
  test('start children and sleep, and go on after their worker was killed', async () => {
    const [outer, inner] = [newType(), newType()];
    const folder = mkdtempSync(join(tmpdir(), 'waybill-children-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [handlers, did] = [join(folder, 'handlers.mjs'), join(folder, 'did')];
    writeFileSync(handlers, `
      import { appendFileSync } from 'node:fs';
      export default {
        ${JSON.stringify(outer)}: async (_job, ctx) => {
          const first = await ctx.step('first', () => (appendFileSync(${JSON.stringify(did)}, 'step '), 1));
          await ctx.sleep(1_200);
          const results = await ctx.runAll(${JSON.stringify(inner)}, [1, 2]);
          const wrong = await ctx.run('not a type', 1).catch(({ message }) => message);
          return [first, results, wrong];
        },
        ${JSON.stringify(inner)}: ({ data }) => (appendFileSync(${JSON.stringify(did)}, 'child '), data * 10),
      };`);
    const run = () => {
      const args = ['--server', server.url, '--token', 'mira', '--handlers', handlers, '--lease-seconds', '2'];
      const worker = start(['worker', 'tasks', ...args]);
      onTestFinished(() => void worker.process.kill('SIGKILL'));
      return worker;
    };
    const id = await server.submit(outer);
    const first = run();
    await server.happened(id, 'TaskSuspended');
    first.process.kill('SIGKILL');
    run();
    const ended = await server.ended(id);
    expect(ended).toMatchObject({ attempt: 1, state: 'completed' });
    const wrong = '"not a type" is not a task type: use letters, digits and _ . : / -';
    expect(ended.fields.result).toEqual([1, [10, 20], wrong]);
    expect(readFileSync(did, 'utf8')).toBe('step child child ');
  }, 60_000);
});
