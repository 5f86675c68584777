import type { Job, RecordedEvent } from '../../../domain/job/job.ts';
import { saga } from '../../../domain/saga/kind.ts';
import type { Commit } from '../../../ports/store/commit.ts';
import { counters } from '../../../ports/store/counters.ts';
import type { Store } from '../../../ports/store/store.ts';
import { shown, Violation } from '../../../testing/simulator/invariant.ts';
import { JobAudit } from '../../../testing/simulator/job-audit.ts';
import type { Run } from '../application/run.ts';
import { providerConfigs, type StoredProvider } from '../application/provider-records.ts';
import { command } from '../domain/kind.ts';
import type { CommandEvent } from '../domain/types.ts';
import type { SecretBook } from './secret-book.ts';
import { isSpare } from '../domain/worker/decide.ts';
import { worker } from '../domain/worker/kind.ts';
import type { WorkerInput, WorkerJob } from '../domain/worker/types.ts';

const kinds = { command, saga, worker } as const;

/** Checks the stored state, after each commit, against the invariants. */
export class Audit extends JobAudit<keyof typeof kinds> {
  readonly #store: Store;
  readonly #secrets: SecretBook;

  constructor(store: Store, secrets: SecretBook) {
    super(store, kinds);
    this.#store = store;
    this.#secrets = secrets;
  }

  events(jobId: string): readonly RecordedEvent<CommandEvent>[] {
    return this.eventsOf<CommandEvent>(jobId);
  }

  /** A retry by hand asks for another execution whatever has become of the one before. */
  mayRunBeside = (older: Run, newer: Run): boolean => {
    return this.events(older.jobId).some(({ body, sequence }) => {
      return body.type === 'JobRetried' && sequence > older.token && sequence < newer.token;
    });
  };

  override async afterCommit(commit: Commit): Promise<void> {
    await super.afterCommit(commit);
    this.#secrets.assertHidden(JSON.stringify(commit, (_, value: unknown) => (
      typeof value === 'bigint' ? String(value) : value
    )));
    if (commit.records.some(({ table }) => table.name === counters.name)) await this.#checkPlaces();
  }

  protected override async look(id: string): Promise<Job> {
    const job = await super.look(id);
    if (job.kind === command.name) checkOrder(id, this.events(id), this.#secrets);
    return job;
  }

  /** G6: every worker that has not ended has its place, and there are no more places than allowed. */
  async #checkPlaces(): Promise<void> {
    const { records } = this.#store;
    const stored = await records.list(providerConfigs, { where: {}, orderBy: ['id'], limit: 10 });
    for (const { id, maxWorkers } of stored as readonly StoredProvider[]) {
      const taken = (await records.get(counters, ['worker', id, 'capacity']))?.value ?? 0;
      const open = this.jobs('worker').filter(({ endedAt, input }) => {
        return endedAt === null && (input as WorkerInput).providerId === id;
      });
      if (taken !== open.length) {
        throw new Violation('G6 a provider’s places are counted', `${taken} for ${open.length} workers`);
      }
      const spare = (await records.get(counters, ['worker', id, 'spare']))?.value ?? 0;
      const spares = open.filter((job) => isSpare(job as WorkerJob)).length;
      if (spare !== spares) throw new Violation('G6 spare workers are counted', `${spare} for ${spares}`);
      if (taken > maxWorkers) throw new Violation('G6 a provider’s limit holds', `${taken} of ${maxWorkers}`);
    }
  }
}

/** The contract's order, and whose word counted: only that of the worker that had the job then, and once. */
function checkOrder(jobId: string, events: readonly RecordedEvent<CommandEvent>[], secrets: SecretBook): void {
  let assigned: { readonly workerId: string; readonly token: number } | null = null;
  let [isAccepted, isRunning] = [false, false];
  const wrong = (what: string): never => {
    const all = shown(events.map(({ body }) => body));
    throw new Violation('G5 events of a command are in order', `${jobId}: ${what}: ${all}`);
  };
  for (const { body, sequence, actor } of events) {
    if (sequence === 1 && body.type !== 'JobCreated') wrong('it does not begin with JobCreated');
    switch (body.type) {
      case 'JobAssigned':
        if (assigned !== null) wrong('assigned twice');
        assigned = { workerId: body.workerId, token: sequence };
        secrets.assigned({ jobId, token: sequence });
        [isAccepted, isRunning] = [false, false];
        break;
      case 'JobAccepted':
        if (isAccepted || assigned === null || actor !== `worker:${assigned.workerId}`) wrong(`accepted by ${actor}`);
        isAccepted = true;
        break;
      case 'JobStatusChanged':
        if (body.state === 'RUNNING') {
          if (!isAccepted || isRunning || actor !== `worker:${assigned?.workerId}`) wrong(`started by ${actor}`);
          isRunning = true;
          break;
        }
        if (body.state === 'SUCCEEDED' && !isRunning) wrong('succeeded before it ran');
        if (body.result !== null) {
          const [marker] = body.result.artifacts;
          const isUngiven = body.result.failure?.reason === 'SECRET_INJECTION_ERROR';
          if (isUngiven && assigned !== null) secrets.given({ jobId, token: assigned.token }, null);
          else if (marker?.path !== `${jobId}/${assigned?.token}`) wrong(`the result of ${marker?.path}`);
          if (actor !== `worker:${assigned?.workerId}`) wrong(`a result by ${actor}`);
        }
        assigned = null;
    }
  }
}
