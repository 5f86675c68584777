import { isDeepStrictEqual } from 'node:util';
import { foldAll } from '../../domain/job/fold.ts';
import type { Job, JobEvent, RecordedEvent } from '../../domain/job/job.ts';
import type { Commit } from '../../ports/store/commit.ts';
import type { Store } from '../../ports/store/store.ts';
import { shown, Violation } from './invariant.ts';

const mostEvents = 1_000;

/** Checks each job, after each commit that changed it, against its events. */
export class JobAudit<K extends string> {
  readonly #store: Store;
  readonly #kinds: Readonly<Record<K, unknown>>;
  readonly #jobs = new Map<string, Job>();
  readonly #events = new Map<string, readonly RecordedEvent[]>();

  constructor(store: Store, kinds: Readonly<Record<K, unknown>>) {
    this.#store = store;
    this.#kinds = kinds;
  }

  jobs(kind: K): Job[] {
    return [...this.#jobs.values()].filter((job) => job.kind === kind);
  }

  job(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  eventsOf<E extends JobEvent>(jobId: string): readonly RecordedEvent<E>[] {
    return (this.#events.get(jobId) ?? []) as readonly RecordedEvent<E>[];
  }

  async afterCommit(commit: Commit): Promise<void> {
    for (const { job } of commit.jobs) await this.look(job.id);
  }

  async afterClaim(claimed: readonly { readonly job: Job }[]): Promise<void> {
    for (const { job } of claimed) await this.look(job.id);
  }

  protected async look(id: string): Promise<Job> {
    const job = await this.#store.jobs.get(id);
    const events = await this.#store.jobs.events(id, { after: 0, limit: mostEvents });
    if (job === null) throw new Violation('G1 an accepted job is never lost', id);
    const before = this.#jobs.get(id);
    if (before !== undefined && before.version >= job.version && !isDeepStrictEqual(before, job)) {
      throw new Violation('G4 no change without an event', shown({ before, job }));
    }
    const kind = this.#kinds[job.kind as K];
    let folded: unknown;
    try {
      folded = foldAll(kind as never, events as never);
    } catch (error) {
      throw new Violation('G4 only declared transitions are stored', String(error));
    }
    if (!isDeepStrictEqual(folded, job)) {
      throw new Violation('G4 folding the events gives the job', shown({ folded, job }));
    }
    this.#jobs.set(id, job);
    this.#events.set(id, events);
    return job;
  }
}
