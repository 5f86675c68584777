import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { unwrapped } from '../../../src/contract/input/spelling.ts';
import type { Route } from '../../../src/contract/route.ts';
import { routes } from '../../../src/main/routes.ts';
import { openTarget, runtime, type Target } from '../target.ts';
import { newUser, request } from '../user.ts';
import { newType, newWorker, show, started, submit } from './tasks.ts';

/** Numbers of any size are taken or refused with their field named, and never a fault of the server. */

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const numbers: readonly (number | string)[] = [
  2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 53, 0.5, 1e21, '9'.repeat(400), 'NaN',
];
const times = [
  '0000-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59-23:59',
  '0000-01-01T00:00:00.000+23:59', '+010000-01-01T00:00:00Z', '275760-09-13T00:00:00Z',
];

/** The paths of all numbers and times in a document. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'number') return [path];
  if (typeof value === 'string') return /^\d{4}-\d{2}-\d{2}T/.test(value) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name]));
}

function changed(value: any, [name, ...rest]: readonly string[], to: unknown): any {
  if (name === undefined) return to;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[name] = changed(copy[name], rest, to);
  return copy;
}

/** Names of a route's query or body that are numbers, whether its example has them or not. */
function numeric(schema: z.ZodType | null): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>)
    .filter(([, field]) => unwrapped(field).inner instanceof z.ZodNumber)
    .map(([name]) => name);
}

const all: readonly Route[] = Object.values(routes);

describe('no number, however large or odd, fails the server at', () => {
  test.each(all.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', async (_, route) => {
    const user = newUser(target);
    const { id } = await submit(user);
    const { jobId } = await newUser(target, user.id).create(1);
    const path = route.path.replace(/:(\w+)/g, (__, name: string) => {
      if (name === 'id' && route.path.includes('/api/v1/jobs/')) return id;
      if (name === 'id' && route.path.includes('/api/jobs/')) return jobId;
      return encodeURIComponent(route.example.params?.[name] ?? id);
    });
    // Who waits, waits for nothing.
    const example = { ...(route.example.body as object), ...('wait_ms' in fieldsOf(route) && { wait_ms: 0 }) };
    const body = 'waitMs' in fieldsOf(route) ? { ...example, waitMs: 0 } : example;
    // So that the stream of its events ends.
    if (route.stream) await user.delete(`/api/v1/jobs/${id}`);
    const ask = async (query: string, sent: unknown, headers: Record<string, string> = {}): Promise<void> => {
      const credentials = { authorization: 'Bearer admin', 'x-gpu-callback-secret': target.callbackSecret };
      const response = await fetch(`${target.url}${path}${query}`, {
        method: route.method,
        headers: { ...credentials, ...headers, 'content-type': 'application/json' },
        ...(route.method === 'GET' ? {} : { body: JSON.stringify(sent) }),
      });
      // A stream over all jobs has no end.
      if (route.stream && response.ok) return response.body?.cancel();
      // 501: on Cloudflare, of what Node has alone.
      const isElsewhere = runtime === 'worker' && response.status === 501;
      expect(isElsewhere ? 404 : response.status, await response.text()).toBeLessThan(500);
    };
    const answers: Promise<void>[] = [];
    for (const name of numeric(route.query)) {
      for (const number of numbers) answers.push(ask(`?${name}=${number}`, body));
    }
    for (const name of ['createdFrom', 'createdBefore'].filter((each) => each in route.query.shape)) {
      for (const time of times) answers.push(ask(`?${name}=${encodeURIComponent(time)}`, body));
    }
    for (const at of new Set([...places(body), ...numeric(route.body).map((name) => [name])])) {
      const isWait = /^wait/.test(at.at(-1) ?? '');
      const isTime = typeof at.reduce<any>((inside, name) => inside?.[name], body) === 'string';
      for (const value of isTime ? times : numbers) if (!isWait) answers.push(ask('', changed(body, at, value)));
    }
    const events = ['0', '2147483647', '2147483648', '999999999999999', '-1', '1e3'];
    if (route.stream) for (const event of events) answers.push(ask('', body, { 'last-event-id': event }));
    await Promise.all(answers);
  });
});

function fieldsOf({ body }: Route): object {
  return body instanceof z.ZodObject ? body.shape : {};
}

describe('lease tokens that the server never issued', () => {
  const tokens = ['2147483647', '2147483648', '4294967297', '999999999999999', '9999999999999999'];

  test('count as lost leases, and live leases beside them are renewed and reported', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const good = await started(user, worker);
    const strange = tokens.map((token) => `${good.id}.${token}`);
    const { body } = await newUser(target).post(`${target.workerUrl}/api/v1/workers/heartbeat`, {
      workerId: worker.id, leaseIds: [...strange, good.leaseId], leaseMs: 5_000,
    });
    const until = body.data.leases.map(({ leasedUntil }: { leasedUntil: string | null }) => leasedUntil);
    expect(until).toEqual([...strange.map(() => null), expect.any(String)]);
    const line = { at: '2026-11-22T09:30:00.000Z', level: 'info', message: 'hello' };
    const outcomes = await worker.report(
      ...strange.flatMap((leaseId) => [{ leaseId, type: 'log', lines: [line] }, { leaseId, type: 'complete' }]),
      { leaseId: good.leaseId, type: 'complete', result: 1 },
    );
    expect(outcomes.map(({ ok }) => ok)).toEqual([...strange.flatMap(() => [false, false]), true]);
    expect(await show(user, good.id)).toMatchObject({ status: 'completed', result: 1 });
  });

  test('are refused for queue messages, and the live one beside them is acknowledged', async (ctx) => {
    ctx.skip(runtime === 'worker', 'its messages are pushed; test/edge-server has the queue that workers pull from');
    const jobId = await newUser(target).queued(1);
    const ask = async (path: string, body: object): Promise<any> => {
      const url = `${target.workerUrl}/api/queues/gpu-jobs/messages/${path}`;
      return (await request(url, 'POST', body, { 'x-gpu-callback-secret': target.callbackSecret })).body.data;
    };
    const pulled = async (): Promise<any> => {
      const { messages } = await ask('pull', { batch_size: 100, wait_ms: 10_000 });
      return messages.find(({ body }: any) => body.job_id === jobId) ?? pulled();
    };
    const { lease_id: good } = await pulled();
    const strange = tokens.map((token) => good.replace(/\d+$/, token));
    for (const lease_id of strange) {
      expect(await ask('extend', { lease_id, visibility_timeout_ms: 1_000 })).toBe(undefined);
    }
    const acks = [...strange, good].map((lease_id) => ({ lease_id }));
    const retries = strange.map((lease_id) => ({ lease_id }));
    const { acknowledged, refused } = await ask('ack', { acks, retries });
    expect([acknowledged, refused.sort()]).toEqual([1, [...strange, ...strange].sort()]);
  });
});

test('costs are counted as long as numbers are exact', async () => {
  const user = newUser(target);
  const worker = newWorker(target);
  const lease = await started(user, worker, { type: newType() });
  const cost = (microUsd: number): object => ({ leaseId: lease.leaseId, type: 'cost', microUsd });
  const reports = Array.from({ length: 1_000 }, () => cost(1e12));
  for (let round = 0; round < 9; round += 1) await worker.report(...reports);
  const outcomes = await worker.report(...Array.from({ length: 8 }, () => cost(1e12)), cost(1));
  expect(outcomes.map(({ ok }) => ok)).toEqual([...Array(7).fill(true), false, true]);
  expect((await show(user, lease.id))['costMicroUsd']).toBe(9007e12 + 1);
});
