import { expect } from 'vitest';
import type { Target } from '../target.ts';
import { newUser, request, type Answer, type User } from '../user.ts';

/** A task as it is answered. */
export type Task = Readonly<Record<string, any>> & { readonly id: string; readonly status: string };

const tag = Math.random().toString(36).slice(2, 8);
let types = 0;

/** A type that nobody else submits or takes. */
export function newType(): string {
  return `type-${tag}-${++types}`;
}

export async function submit(user: User, task: Record<string, unknown> = {}): Promise<Task> {
  const answer = await user.post('/api/v1/jobs', { type: newType(), data: null, ...task });
  if (!answer.body.success) throw new Error(JSON.stringify(answer.body.error));
  return answer.body.data;
}

export async function show(user: User, id: string): Promise<Task> {
  return (await user.get(`/api/v1/jobs/${id}`)).body.data;
}

export interface Lease {
  readonly leaseId: string;
  readonly id: string;
}

/** A program that does tasks: it speaks as an operator, to the server that workers speak to. */
export function newWorker(target: Target) {
  const worker = newUser(target);
  const post = async (path: string, body: Record<string, unknown>): Promise<any> => {
    const answer = await worker.post(`${target.workerUrl}/api/v1/workers/${path}`, { workerId: worker.id, ...body });
    if (!answer.body.success) throw new Error(JSON.stringify(answer.body.error));
    return answer.body.data;
  };
  return {
    id: worker.id,
    post,
    take: async (type: string, limit = 1, waitMs = 10_000): Promise<readonly Lease[]> =>
      (await post('take', { types: [type], limit, leaseMs: 600_000, waitMs })).tasks,
    /** What became of each report. */
    report: async (...reports: object[]): Promise<any[]> => (await post('report', { reports })).outcomes,
  };
}

export type Worker = ReturnType<typeof newWorker>;

/** Submitted, and taken by a worker. */
export async function started(user: User, worker: Worker, task: Record<string, unknown> = {}): Promise<Lease> {
  const { type } = await submit(user, task);
  const [lease] = await worker.take(type);
  if (lease === undefined) throw new Error('the worker was given nothing');
  return lease;
}

/** Submitted, taken, and ended as `report` says. */
export async function ended(
  user: User,
  worker: Worker,
  report: Record<string, unknown>,
  task: Record<string, unknown> = {},
): Promise<string> {
  const { id, leaseId } = await started(user, worker, task);
  expect(await worker.report({ leaseId, ...report })).toMatchObject([{ ok: true }]);
  return id;
}

export const failing = { type: 'fail', message: 'no', retry: false };

export function anonymous(target: Target, method: string, path: string, body?: unknown): Promise<Answer> {
  return request(target.url + path, method, body);
}

export interface SentEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Readonly<Record<string, any>>;
}

/** What `EventSource` does with a stream: its events, one after the other; leaving it closes the connection. */
export async function* eventsIn(response: Response): AsyncGenerator<SentEvent> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) yield { id: Number(field('id')), event: field('event') ?? '', data: JSON.parse(data) };
    }
  }
}

export function openEvents(target: Target, user: User, path: string, headers: HeadersInit = {}): Promise<Response> {
  return fetch(`${target.url}/api/v1/jobs/${path}`, { headers: { authorization: `Bearer ${user.id}`, ...headers } });
}

/** All that happened to a task, once it has ended. */
export async function untilEnded(target: Target, user: User, id: string): Promise<readonly SentEvent[]> {
  const events: SentEvent[] = [];
  for await (const event of eventsIn(await openEvents(target, user, `${id}/events`))) events.push(event);
  return events;
}
