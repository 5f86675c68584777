import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Bindings } from '../../src/main/cloudflare/bindings.ts';
import worker from '../../src/main/cloudflare/worker.ts';
import {
  alarmNow, call, callback, coordinator, envWith, inObject, migrateD1, must, newPro, newUser, ring,
  secret,
} from './edge.ts';

beforeAll(migrateD1);

/** What the consumer does with one message: acknowledged, or the seconds until it comes again. */
async function consume(
  body: unknown,
  { to = null, attempts = 1, queue = 'gpu-jobs' }: { to?: string | null; attempts?: number; queue?: string } = {},
): Promise<'acknowledged' | number> {
  // The runtime's own batch for tests does not say for how long a message was put off.
  const said: ('acknowledged' | number)[] = [];
  const ack = (): void => void said.push('acknowledged');
  const retry = (options?: { delaySeconds: number }): void => void said.push(options?.delaySeconds ?? 0);
  const batch = { queue, messages: [{ id: 'm', attempts, body, ack, retry }] };
  await worker.queue(batch, to === null ? env : envWith({ GPU_WORKER_URL: to }), createExecutionContext());
  expect(said).toHaveLength(1);
  return said[0] ?? Number.NaN;
}

interface Pulled {
  readonly id: string;
  readonly lease_id: string;
  readonly attempts: number;
  readonly body: unknown;
}

/** All that can be pulled now, which the runtime may have put there by itself. */
async function pulled(): Promise<readonly Pulled[]> {
  const headers = { 'x-gpu-callback-secret': secret };
  const asked = { batch_size: 10, visibility_timeout_ms: 60_000 };
  const all: Pulled[] = [];
  for (;;) {
    const { messages } = must(await call('POST', '/api/queues/gpu-jobs/messages/pull', asked, headers));
    if (messages.length === 0) return all;
    all.push(...messages);
  }
}

/** What was pushed to the GPU worker of project.ts, newest last. */
async function pushedTo(path: string): Promise<{ body: { items: { idx: number }[] }; secret: string }[]> {
  return (await fetch(`http://gpu.test/pushed${path}`)).json() as never;
}

describe('a queue message', () => {
  test('is pushed with the secret, and acknowledged when the worker has taken it', async () => {
    const jobId = await newUser().queued(2);
    expect(await consume({ job_id: jobId }, { to: `http://gpu.test/ok/${jobId}` })).toBe('acknowledged');
    const [pushed] = await pushedTo(`/ok/${jobId}`);
    expect(pushed).toMatchObject({ secret: 'dev-callback-secret', body: { job_id: jobId, idempotency_prefix: jobId } });
    expect(pushed?.body.items).toHaveLength(2);
  });

  test('that is delivered again names only the photos without a result, and changes nothing by itself', async () => {
    const user = newUser();
    const jobId = await user.queued(3);
    await callback(jobId, 1);
    for (let time = 0; time < 2; time++) await consume({ job_id: jobId }, { to: `http://gpu.test/ok/${jobId}` });
    const pushed = await pushedTo(`/ok/${jobId}`);
    expect(pushed.map(({ body }) => body.items.map(({ idx }) => idx))).toEqual([[0, 2], [0, 2]]);
    expect(await user.status(jobId)).toBe('running');
  });

  test('of a job that has ended is acknowledged and not pushed', async () => {
    const user = newUser();
    const jobId = await user.queued(1);
    await callback(jobId, 0);
    expect(await consume({ job_id: jobId }, { to: `http://gpu.test/ok/${jobId}` })).toBe('acknowledged');
    expect(await pushedTo(`/ok/${jobId}`)).toEqual([]);
  });

  test.each([['/down', 1, 10], ['/down', 4, 80], ['/down', 10, 900], ['/moved', 1, 10]])(
    'that the worker at %s does not take at delivery %i comes again after %i s',
    async (path, attempts, seconds) => {
      const jobId = await newUser().queued(1);
      expect(await consume({ job_id: jobId }, { to: `http://gpu.test${path}`, attempts })).toBe(seconds);
    },
  );

  test('is put where workers pull it while there is nobody to push to', async () => {
    const user = newUser();
    const jobId = await user.queued(2);
    for (let time = 0; time < 2; time++) expect(await consume({ job_id: jobId })).toBe('acknowledged');
    const mine = (await pulled()).filter(({ id }) => id === jobId);
    expect(mine).toMatchObject([{ attempts: 1, body: { job_id: jobId, items: [{ idx: 0 }, { idx: 1 }] } }]);
    expect(await user.status(jobId)).toBe('queued');
  });

  test('that was done is forgotten some hours later', async () => {
    const queue = env.PULL_QUEUE.getByName('gpu-jobs');
    const [old, young] = [await newUser().queued(1), await newUser().queued(1)];
    for (const job_id of [old, young]) await consume({ job_id });
    const leases = (await pulled()).filter(({ id }) => id === old || id === young).map(({ lease_id }) => lease_id);
    expect(await queue.acknowledge('gpu-jobs', { acks: leases, retries: [] })).toMatchObject({
      value: { acknowledged: 2 },
    });
    await inObject(queue, 'UPDATE queue_messages SET due_at = 1 WHERE message_id = ?', old);
    await consume({ job_id: await newUser().queued(1) });
    const known = await inObject(queue, 'SELECT message_id FROM queue_messages WHERE message_id IN (?, ?)', old, young);
    expect(known).toEqual([{ message_id: young }]);
  });

  test('comes again when it could not be put there', async () => {
    const away = { put: () => Promise.reject(new Error('the object is not there')) };
    const jobId = await newUser().queued(1);
    const said: number[] = [];
    const retry = (options?: { delaySeconds: number }): void => void said.push(options?.delaySeconds ?? 0);
    const ack = (): never => expect.unreachable();
    const batch = { queue: 'gpu-jobs', messages: [{ id: 'm', attempts: 2, body: { job_id: jobId }, ack, retry }] };
    const others = { ...env, PULL_QUEUE: { getByName: () => away } } as unknown as Bindings;
    await worker.queue(batch, others, createExecutionContext());
    expect(said).toEqual([20]);
  });

  test('that is malformed is dropped', async () => {
    for (const body of [null, 'x', {}, { job_id: 7 }, { job_id: '../x' }]) {
      expect(await consume(body)).toBe('acknowledged');
    }
  });

  test('in the dead-letter queue ends its job with a reason, and pays for what was delivered, once', async () => {
    const user = newUser();
    const jobId = await user.queued(2);
    await callback(jobId, 0);
    for (let time = 0; time < 2; time++) {
      expect(await consume({ job_id: jobId }, { queue: 'gpu-jobs-dlq' })).toBe('acknowledged');
    }
    const job = must(await user.get(`/api/jobs/${jobId}`));
    expect(job).toMatchObject({ status: 'done', progress: { done: 1, failed: 1, total: 2 } });
    expect(job.items[1].error).toContain('No worker took this item');
    expect(await user.me()).toMatchObject({ credits: 9, reserved: 0, spent: 1, activeJobs: 0 });
  });
});

describe('a message sent to the queue', () => {
  /** Executes a set with a queue that keeps what it is sent, and first refuses so many times. */
  async function sent(itemCount: number, refusals = 0): Promise<{ jobId: string; userId: string; bodies: unknown[] }> {
    const user = await newPro(200);
    const jobId = await user.create(itemCount);
    must(await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: itemCount }));
    const bodies: unknown[] = [];
    let left = refusals;
    await runInDurableObject<{ env: Bindings }, void>(coordinator(jobId), (instance) => {
      Object.defineProperty(instance.env, 'GPU_QUEUE', {
        configurable: true,
        value: {
          send: async (body: unknown) => {
            if (left-- > 0) throw new Error('the queue is not there');
            bodies.push(body);
          },
        },
      });
    });
    must(await user.post(`/api/jobs/${jobId}/execute`));
    return { jobId, userId: user.id, bodies };
  }

  test('is the whole message of a small set, once', async () => {
    const { jobId, bodies } = await sent(3);
    await vi.waitFor(() => expect(bodies).toHaveLength(1));
    expect(bodies).toMatchObject([{ job_id: jobId, items: [{ idx: 0 }, { idx: 1 }, { idx: 2 }] }]);
    await runDurableObjectAlarm(coordinator(jobId));
    expect(bodies).toHaveLength(1);
  });

  test('refers to the full message of a set of 200 photos, which is too large for the queue', async () => {
    const { jobId, userId, bodies } = await sent(200);
    const key = `messages/${userId}/${jobId}.json`;
    const message_url = expect.stringContaining(`/s3-images/${key}?`);
    await vi.waitFor(() => expect(bodies).toEqual([{ job_id: jobId, user_id: userId, message_url }]));
    const message = JSON.parse(await new Response((await env.R2.get(key))?.body).text());
    expect(message.items).toHaveLength(200);
    expect(JSON.stringify(message).length).toBeGreaterThan(128_000);
    // It goes with the job.
    await Promise.all(Array.from({ length: 200 }, (_, idx) => callback(jobId, idx)));
    await ring(jobId);
    expect(await env.R2.head(key)).toBeNull();
  });

  test('is sent once the queue is back when it was unavailable', async () => {
    const { jobId, bodies } = await sent(1, 1);
    expect(bodies).toEqual([]);
    // Not by `ring`, which would take the object, and this queue with it, out of memory.
    await vi.waitFor(async () => {
      await alarmNow(coordinator(jobId));
      expect(bodies).toMatchObject([{ job_id: jobId }]);
    }, 5_000);
  });
});
