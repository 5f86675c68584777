import { expect } from 'vitest';
import { task } from '../../src/kinds/task/domain/kind.ts';
import { foldAll } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import { inputOf, type TaskEvent } from '../../src/kinds/task/domain/types.ts';
import type { FedEvent } from '../../src/ports/store/event-feed.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { runningPerKey } from './load.ts';

type Recorded = RecordedEvent<TaskEvent>;

export interface Findings {
  readonly completed: number;
  readonly attempts: number;
  /** Longest from the start of an attempt whose worker was lost until its task was taken back. Milliseconds. */
  readonly longestLossMs: number;
  /** Longest from there to the next attempt, of tasks that no limit holds up. */
  readonly longestWaitMs: number;
}

/** Reads all that was ever stored of tasks, and holds it against what was promised. */
export async function judge(store: Store, acknowledged: readonly string[]): Promise<Findings> {
  const events = await readAll(store);
  const byTask = Map.groupBy(events, ({ jobId }) => jobId);
  expect(new Set(acknowledged).size, 'ids acknowledged, each once').toBe(acknowledged.length);
  expect([...byTask.keys()].sort(), 'tasks that were made, and tasks acknowledged').toEqual([...acknowledged].sort());
  for (const [id, own] of byTask) {
    const ends = own.filter(({ body }) => body.type === 'TaskCompleted');
    expect(ends.length, `ends of ${id}`).toBe(1);
    const job = await store.jobs.get(id);
    expect(job, `${id} as it is stored`).toEqual(foldAll(task, own));
    expect(job?.state).toBe('completed');
    expect(job?.fields, 'the result is that of the worker that had it last').toMatchObject({
      result: { by: own.filter(({ body }) => body.type === 'TaskStarted').at(-1)?.actor },
    });
  }
  limitsHeld(events);
  expect(await store.work.counts(), 'work left').toEqual([]);
  const lost = [...byTask.values()].flatMap(losses);
  return {
    completed: byTask.size,
    attempts: events.filter(({ body }) => body.type === 'TaskStarted').length,
    longestLossMs: Math.max(0, ...lost.map(({ lossMs }) => lossMs)),
    longestWaitMs: Math.max(0, ...lost.map(({ waitMs }) => waitMs)),
  };
}

async function readAll(store: Store): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for (let after: string | null = null; ; ) {
    const page: readonly FedEvent[] = (await store.feed?.read(after, { limit: 1_000, maxBytes: 16_777_216 })) ?? [];
    if (page.length === 0) return events;
    for (const { event } of page) if (event.kind === task.name) events.push(event as Recorded);
    after = page.at(-1)?.position ?? null;
  }
}

/** In the order in which they were stored, no key has more attempts under way than it may. */
function limitsHeld(events: readonly Recorded[]): void {
  const keys = new Map<string, string>();
  const running = new Map<string, Set<string>>();
  for (const { jobId, body } of events) {
    if (body.type === 'TaskCreated') {
      const key = inputOf(body).concurrencyKey;
      if (key !== null) keys.set(jobId, key);
    }
    const key = keys.get(jobId);
    if (key === undefined || body.state === undefined) continue;
    const now = running.get(key) ?? new Set();
    if (body.type === 'TaskStarted') now.add(jobId);
    else now.delete(jobId);
    running.set(key, now);
    expect(now.size, `attempts under way with ${key}`).toBeLessThanOrEqual(runningPerKey);
  }
}

/** Per attempt that was lost with its worker: how long until the task was taken back, and until it was begun again. */
function losses(own: readonly Recorded[]): { readonly lossMs: number; readonly waitMs: number }[] {
  const isKeyed = own.some(({ body }) => body.type === 'TaskCreated' && inputOf(body).concurrencyKey !== null);
  return own.flatMap(({ body, occurredAt }, at) => {
    if (body.type !== 'AttemptFailed') return [];
    const start = own.slice(0, at).findLast((event) => event.body.type === 'TaskStarted');
    const next = own.slice(at).find((event) => event.body.type === 'TaskStarted');
    const lossMs = occurredAt - (start?.occurredAt ?? occurredAt);
    return [{ lossMs, waitMs: isKeyed ? 0 : (next?.occurredAt ?? occurredAt) - body.runAt }];
  });
}
