import type { JobEnd } from '../../domain/account/decide.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import { refuseDependent } from '../../domain/job/dependencies.ts';
import type { Item, Job, JobBirth, JobEvent } from '../../domain/job/job.ts';
import type { Decision, Effect, Evolution, Kind, StandardCommand } from '../../domain/job/kind.ts';
import { clockToleranceMs } from '../../domain/job/start.ts';
import { defineLifecycle } from '../../domain/lifecycle.ts';

/** Whose messages say that orders are to be packed. */
const orderQueue = 'orders';

export interface OrderFields {
  readonly title: string;
  /** As many as credits were reserved for. */
  readonly itemCount: number;
  /** Null before it is confirmed. */
  readonly total: number | null;
  readonly done: number;
  readonly failed: number;
  readonly endReason: 'requested' | 'expired' | null;
}

export type OrderJob = Job<OrderFields>;

export interface OrderResult {
  readonly idx: number;
  readonly outputKey: string | null;
  readonly previewKey: string | null;
  readonly errorCode: string | null;
  readonly confidence: number | null;
  /** Null: it is done. */
  readonly error: string | null;
}

export type OrderCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly title: string;
      readonly itemCount: number;
      readonly timeLimitMs: number;
    }
  /** At most as many as it was made for; the credits of the others come back. */
  | { readonly type: 'confirm'; readonly total: number }
  | { readonly type: 'send'; readonly timeLimitMs: number }
  | { readonly type: 'record'; readonly result: OrderResult };

export type OrderEvent =
  | (JobBirth & { readonly type: 'OrderMade'; readonly title: string; readonly itemCount: number })
  | (JobEvent & { readonly type: 'OrderConfirmed'; readonly total: number })
  | (JobEvent & { readonly type: 'ItemPacked'; readonly result: OrderResult })
  | (JobEvent & { readonly type: 'OrderEnded'; readonly reason: 'requested' | 'expired' | null })
  | (JobEvent & { readonly type: 'OrderSent' | 'PackingBegun' | 'DeadlineCorrected' });

type Decided = Result<Decision<OrderEvent>>;
const nothing: Decision<OrderEvent> = { events: [], effects: [] };

const lifecycle = defineLifecycle({
  kind: 'order',
  states: {
    created: { phase: 'waiting', description: 'Credits and a slot are reserved.' },
    confirmed: { phase: 'waiting', description: 'How many items it has is known.' },
    queued: { phase: 'waiting', description: 'A message is on its way.' },
    running: { phase: 'active', description: 'At least one item has its result.' },
    done: { phase: 'succeeded', description: 'Every item has its result, and at least one is done.' },
    failed: { phase: 'failed', description: 'Every item failed.' },
    canceled: { phase: 'canceled', description: 'Canceled, or not sent in time.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'created' },
    { from: 'created', command: 'confirm', to: 'confirmed' },
    { from: 'confirmed', command: 'send', to: 'queued' },
    { from: 'queued', command: 'record', to: 'running' },
    { from: 'running', command: 'record', to: 'done' },
    { from: 'running', command: 'record', to: 'failed' },
    { from: 'queued', command: 'expire', to: 'running' },
    { from: 'running', command: 'expire', to: 'done' },
    { from: 'running', command: 'expire', to: 'failed' },
    { from: 'created', command: 'expire', to: 'canceled' },
    { from: 'confirmed', command: 'expire', to: 'canceled' },
    { from: 'created', command: 'cancel', to: 'canceled' },
    { from: 'confirmed', command: 'cancel', to: 'canceled' },
    { from: 'queued', command: 'cancel', to: 'canceled' },
    { from: 'running', command: 'cancel', to: 'canceled' },
  ],
});

/** Has items, credits, a deadline, objects and a history; workers outside hear of it by a queue. */
export const order: Kind<OrderFields, OrderCommand, OrderEvent> = {
  name: lifecycle.kind,
  lifecycle,
  access: { role: 'user', sees: 'own' },
  internal: false,
  create: ({ ownerId, title, itemCount, timeLimitMs }, now) => ok({
    events: [{
      type: 'OrderMade', state: 'created', ownerId, traceparent: null, title, itemCount, deadlineAt: now + timeLimitMs,
    }],
    effects: [],
  }),
  decide,
  begin: ({ title, itemCount }) => ({ title, itemCount, total: null, done: 0, failed: 0, endReason: null }),
  labels: ({ title }) => ({ title }),
  evolve,
  itemCount: ({ total, itemCount }) => total ?? itemCount,
  logged: ({ id, phase, fields, items }) => ({
    costEstimate: fields.itemCount,
    error: phase === 'failed' ? ([...items.values()].find(({ error }) => error !== null)?.error ?? null) : null,
    inputKeys: { prefix: `sketches/${id}/`, suffix: '.txt', numbers: [7, 3] },
  }),
};

/** Where an order's objects lie. */
export function orderKey(part: 'inputs' | 'results' | 'previews', ownerId: string, jobId: string, idx: number): string {
  return `orders/${part}/${ownerId}/${jobId}/${idx}`;
}

function decide(job: OrderJob, command: OrderCommand, now: number): Decided {
  const hasEnded = lifecycle.isTerminal(job.state as never);
  switch (command.type) {
    case 'create':
    case 'loseLease':
    case 'dependencyEnded':
      return ok(nothing);
    case 'confirm':
      return job.state === 'created' ? ok(confirmed(job, command.total)) : outOfState(job, 'created');
    case 'send':
      if (job.state !== 'confirmed') return outOfState(job, 'confirmed');
      return ok({
        events: [{ type: 'OrderSent', state: 'queued', deadlineAt: now + command.timeLimitMs }],
        effects: [{ type: 'send-message', queue: orderQueue }],
      });
    case 'record':
      if (hasEnded || job.items.has(command.result.idx)) return ok(nothing);
      return job.fields.total === null ? outOfState(job, 'queued') : ok(withResults(job, [command.result]));
    case 'cancel':
      return hasEnded ? outOfState(job, 'a state that is not terminal') : ok(canceled(job, 'requested'));
    case 'expire':
      if (hasEnded || (command.onlyOverdue && !(job.deadlineAt !== null && job.deadlineAt <= now))) return ok(nothing);
      return ok(expired(job, command.reason));
    case 'correctDeadline':
      if (job.deadlineAt !== command.from || now < command.at - clockToleranceMs) return ok(nothing);
      return ok({ events: [{ type: 'DeadlineCorrected', deadlineAt: command.to }], effects: [] });
    case 'addDependent':
      return refuseDependent(job);
    case 'retry':
      return refuse('invalid_state', 'An order is not retried.', { state: job.state });
  }
}

function confirmed({ fields: { itemCount } }: OrderJob, total: number): Decision<OrderEvent> {
  const effects: Effect[] = total < itemCount ? [{ type: 'shrink-reservation', keep: total }] : [];
  return { events: [{ type: 'OrderConfirmed', state: 'confirmed', total }], effects };
}

/** What has no result yet fails. */
function expired(job: OrderJob, error: string): Decision<OrderEvent> {
  const { total } = job.fields;
  if (total === null || job.state === 'confirmed') return canceled(job, 'expired');
  const missing = Array.from({ length: total }, (_, idx) => idx).filter((idx) => !job.items.has(idx));
  const expiry = { outputKey: null, previewKey: null, errorCode: 'expired', confidence: null, error };
  return withResults(job, missing.map((idx) => ({ idx, ...expiry })));
}

/** The results, the beginning if they are the first, and the end if they are the last. */
function withResults(job: OrderJob, results: readonly OrderResult[]): Decision<OrderEvent> {
  const events: OrderEvent[] = job.state === 'queued' ? [{ type: 'PackingBegun', state: 'running' }] : [];
  for (const result of results) events.push({ type: 'ItemPacked', result });
  if (job.items.size + results.length < (job.fields.total ?? 0)) return { events, effects: [] };
  const done = job.fields.done + results.filter(({ error }) => error === null).length;
  const failed = job.fields.failed + results.filter(({ error }) => error !== null).length;
  events.push({ type: 'OrderEnded', state: done > 0 ? 'done' : 'failed', reason: null });
  return { events, effects: ending({ delivered: done, failed, outcome: 'commit' }) };
}

function canceled({ fields: { done, failed } }: OrderJob, reason: 'requested' | 'expired'): Decision<OrderEvent> {
  return {
    events: [{ type: 'OrderEnded', state: 'canceled', reason }],
    effects: ending({ delivered: done, failed, outcome: 'rollback' }),
  };
}

function ending(end: JobEnd): Effect[] {
  const { delivered, outcome } = end;
  const isPaid = delivered > 0;
  return [
    { type: 'settle-reservation', ...end },
    { type: 'record-history' },
    { type: 'end-objects', part: 'results', policy: isPaid ? 'results' : 'discarded' },
    { type: 'end-objects', part: 'inputs', policy: isPaid && outcome === 'commit' ? 'inputs' : 'discarded' },
  ];
}

function outOfState({ state }: OrderJob, needed: string): Decided {
  return refuse('invalid_state', `The order is ${state}, and this needs ${needed}.`, { state });
}

function evolve({ fields }: OrderJob, event: OrderEvent, at: number): Evolution<OrderFields> {
  switch (event.type) {
    case 'OrderMade':
    case 'OrderSent':
    case 'DeadlineCorrected':
      return { fields };
    case 'OrderConfirmed':
      return { fields: { ...fields, total: event.total } };
    case 'PackingBegun':
      return { fields, started: true };
    case 'ItemPacked': {
      const state = event.result.error === null ? 'done' : 'failed';
      const item: Item = { ...event.result, state, recordedAt: at };
      return { fields: { ...fields, [state]: fields[state] + 1 }, item };
    }
    case 'OrderEnded':
      return { fields: { ...fields, endReason: event.reason } };
  }
}
