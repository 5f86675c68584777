import type { Account, Reservation } from '../../domain/account/account.ts';
import {
  grant, open, reserve, setPlan, settle, shrink, unopened, type AccountChange,
} from '../../domain/account/decide.ts';
import type { Result } from '../../domain/errors.ts';
import { fold } from '../../domain/job/fold.ts';
import { historyOf } from '../../domain/job/history.ts';
import type { Item, RecordedEvent } from '../../domain/job/job.ts';
import type { Decision, Effect } from '../../domain/job/kind.ts';
import type { Commit, IdempotencyRecord, JobChange, NewOutboxMessage } from '../../ports/store/commit.ts';
import { order, orderKey, type OrderCommand, type OrderEvent, type OrderJob } from '../sample-kinds/order.ts';

/** A commit that changes nothing, to be spread under one that does. */
export const nothing: Commit = {
  jobs: [], accounts: [], reservations: [], records: [], ledger: [], idempotency: [], released: [], work: [],
  events: [], outbox: [], history: [], objects: [],
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] };

let counted = 0;

/** A UUIDv7 of the given time; those made by one process sort in the order in which they were made. */
export function newId(now: number): string {
  counted += 1;
  const time = now.toString(16).padStart(12, '0');
  const count = counted.toString(16).padStart(6, '0').slice(-6);
  const random = crypto.randomUUID().slice(24);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count.slice(0, 3)}-8${count.slice(3)}-${random}`;
}

/**
 * Makes the commits that the write path would make, by the real rules: it remembers aggregates
 * as they will be when everything taken so far is stored, and collects what changes. For tests
 * of stores and for their benchmarks.
 */
export class Bookkeeper {
  now: number;
  readonly jobs = new Map<string, OrderJob>();
  readonly accounts = new Map<string, Account>();
  readonly reservations = new Map<string, Reservation>();
  #storedJobs = new Map<string, OrderJob | null>();
  #storedAccounts = new Map<string, number>();
  #newItems = new Map<string, Item[]>();
  #pending = empty();

  constructor(now: number) {
    this.now = now;
  }

  /** Everything since the last call. The bookkeeper takes for granted that it will be stored. */
  take(): Commit {
    const jobs: JobChange[] = [...this.#newItems].map(([id, newItems]) => {
      const before = this.#storedJobs.get(id) ?? null;
      const job = this.jobs.get(id) as OrderJob;
      this.#storedJobs.set(id, job);
      return { job, before, expectedVersion: before?.version ?? 0, newItems };
    });
    const accounts = [...new Set(this.#pending.accounts.map(({ account }) => account.id))].map((id) => {
      const expectedVersion = this.#storedAccounts.get(id) ?? 0;
      const account = { ...(this.accounts.get(id) as Account), version: expectedVersion + 1 };
      this.accounts.set(id, account);
      this.#storedAccounts.set(id, account.version);
      return { account, expectedVersion };
    });
    const reservations = [...new Set(this.#pending.reservations.map(({ jobId }) => jobId))].map(
      (id) => this.reservations.get(id) as Reservation,
    );
    const commit = { ...this.#pending, jobs, accounts, reservations };
    this.#pending = empty();
    this.#newItems = new Map();
    return commit;
  }

  /** An account with its plan's credits, and more if wished. */
  account(id: string, plan: Account['plan'] = 'pro', credits = 0): string {
    const opened = this.#apply(open(this.accounts.get(id) ?? unopened(id, this.now), this.now));
    const planned = this.#apply(setPlan(opened, plan, this.now));
    if (credits > 0) this.#apply(must(grant(planned, credits, 'a gift', this.now)));
    return id;
  }

  submit(ownerId: string, itemCount: number, key?: Pick<IdempotencyRecord, 'scope' | 'key'>): string {
    const id = newId(this.now);
    const account = this.accounts.get(ownerId) ?? unopened(ownerId, this.now);
    this.#apply(must(reserve(account, null, id, itemCount, this.now)));
    const command = { type: 'create', ownerId, title: 'spring', itemCount, timeLimitMs: 3_600_000 } as const;
    const decision = must(order.create(command, this.now));
    this.#decided(id, null, decision);
    if (key) {
      const fingerprint = 'f'.repeat(64);
      this.#pending.idempotency.push({ ...key, fingerprint, resourceId: id, createdAt: this.now });
    }
    return id;
  }

  command(jobId: string, command: OrderCommand): void {
    const job = this.jobs.get(jobId) as OrderJob;
    this.#decided(jobId, job, must(order.decide(job, command, this.now)));
  }

  confirm(jobId: string): void {
    const { itemCount } = (this.jobs.get(jobId) as OrderJob).fields;
    this.command(jobId, { type: 'confirm', total: itemCount });
  }

  execute(jobId: string): void {
    this.command(jobId, { type: 'send', timeLimitMs: 600_000 });
  }

  result(jobId: string, idx: number, status: 'done' | 'failed' = 'done'): void {
    const { ownerId } = this.jobs.get(jobId) as OrderJob;
    const done = status === 'done';
    this.command(jobId, {
      type: 'record',
      result: {
        idx,
        outputKey: done ? orderKey('results', ownerId, jobId, idx) : null,
        previewKey: done ? orderKey('previews', ownerId, jobId, idx) : null,
        errorCode: done ? null : 'unreadable',
        confidence: idx % 3 === 0 ? null : 1 / (idx + 1),
        error: done ? null : `cannot read ${orderKey('inputs', ownerId, jobId, idx)}`,
      },
    });
  }

  cancel(jobId: string): void {
    this.command(jobId, { type: 'cancel' });
  }

  /** From created to done. */
  finish(jobId: string): void {
    this.confirm(jobId);
    this.execute(jobId);
    const { itemCount } = (this.jobs.get(jobId) as OrderJob).fields;
    for (let idx = 0; idx < itemCount; idx++) this.result(jobId, idx);
  }

  outbox(message: NewOutboxMessage): void {
    this.#pending.outbox.push(message);
  }

  /** Forgets a job that is of no interest any more, so that a long benchmark does not run out of memory. */
  forget(jobId: string): void {
    this.jobs.delete(jobId);
    this.reservations.delete(jobId);
    this.#storedJobs.delete(jobId);
  }

  #decided(id: string, before: OrderJob | null, { events, effects }: Decision<OrderEvent>): void {
    let job = before;
    const newItems = this.#newItems.get(id) ?? [];
    for (const body of events) {
      const event: RecordedEvent<OrderEvent> = {
        jobId: id, kind: order.name, sequence: (job?.version ?? 0) + 1, occurredAt: this.now, actor: 'worker',
        correlationId: id, body,
      };
      const known = job?.items.size ?? 0;
      job = fold(order, job, event);
      newItems.push(...[...job.items.values()].slice(known));
      this.#pending.events.push(event);
    }
    if (job === null || events.length === 0) return;
    this.jobs.set(id, job);
    this.#newItems.set(id, newItems);
    for (const effect of effects) this.#perform(job, effect);
  }

  #perform(job: OrderJob, effect: Effect): void {
    if (effect.type === 'send-message') {
      const { id: jobId, ownerId } = job;
      this.outbox({ topic: `queue:${effect.queue}`, jobId, ownerId, payload: {}, createdAt: this.now });
      return;
    }
    if (effect.type === 'end-objects') {
      const { part, policy } = effect;
      const { id: jobId, ownerId, endedAt } = job;
      this.#pending.objects.push({ jobId, kind: job.kind, part, ownerId, policy, endedAt: endedAt ?? this.now });
      return;
    }
    const reservation = this.reservations.get(job.id) as Reservation;
    if (effect.type === 'record-history') {
      this.#pending.history.push(historyOf(order, job, reservation.movements));
      return;
    }
    if (effect.type !== 'shrink-reservation' && effect.type !== 'settle-reservation') {
      throw new Error(`no order says ${effect.type}`);
    }
    const account = this.accounts.get(job.ownerId) as Account;
    this.#apply(
      effect.type === 'shrink-reservation'
        ? shrink(account, reservation, effect.keep, this.now)
        : settle(account, reservation, effect, this.now),
    );
  }

  #apply({ account, reservation, entries, changed }: AccountChange): Account {
    this.accounts.set(account.id, account);
    if (!changed) return account;
    this.#pending.accounts.push({ account, expectedVersion: 0 });
    this.#pending.ledger.push(...entries);
    if (reservation !== null) {
      this.reservations.set(reservation.jobId, reservation);
      this.#pending.reservations.push(reservation);
    }
    return account;
  }
}

function empty(): Mutable<Commit> {
  return {
    jobs: [], accounts: [], reservations: [], records: [], ledger: [], idempotency: [], released: [], work: [],
    events: [], outbox: [], history: [], objects: [],
  };
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
  return result.value;
}
