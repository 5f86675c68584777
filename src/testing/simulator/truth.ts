import type { Account } from '../../domain/account/account.ts';
import type { Job } from '../../domain/job/job.ts';

interface Moment<T> {
  readonly tick: number;
  readonly value: T;
}

/** What was stored when, as read from the store after each commit; to judge answers by. */
export class Truth {
  readonly #jobs = new Map<string, Moment<Job | null>[]>();
  readonly #accounts = new Map<string, Moment<Account>[]>();

  recordJob(tick: number, job: Job): void {
    record(this.#jobs, job.id, { tick, value: job });
  }

  /** It was deleted. */
  recordNoJob(tick: number, id: string): void {
    this.#jobs.get(id)?.push({ tick, value: null });
  }

  recordAccount(tick: number, account: Account): void {
    record(this.#accounts, account.id, { tick, value: account });
  }

  job(id: string): Job | null {
    return this.#jobs.get(id)?.at(-1)?.value ?? null;
  }

  account(id: string): Account | null {
    return this.#accounts.get(id)?.at(-1)?.value ?? null;
  }

  /** In the order of their creation. */
  jobs(): Job[] {
    return [...this.#jobs.values()].flatMap((moments) => moments.at(-1)?.value ?? []);
  }

  /** Everything that the job was between two ticks, both included; null for not there yet. */
  jobDuring(id: string, from: number, to: number): (Job | null)[] {
    return during(this.#jobs.get(id) ?? [], from, to);
  }

  accountDuring(id: string, from: number, to: number): (Account | null)[] {
    return during(this.#accounts.get(id) ?? [], from, to);
  }
}

function record<T>(all: Map<string, Moment<T>[]>, id: string, moment: Moment<NoInfer<T>>): void {
  const known = all.get(id);
  if (known === undefined) all.set(id, [moment]);
  else known.push(moment);
}

function during<T>(moments: readonly Moment<T | null>[], from: number, to: number): (T | null)[] {
  const before = moments.findLast(({ tick }) => tick < from);
  const within = moments.filter(({ tick }) => tick >= from && tick <= to);
  return [before?.value ?? null, ...within.map(({ value }) => value)];
}
