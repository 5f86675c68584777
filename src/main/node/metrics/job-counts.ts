import type { Registry } from 'prom-client';
import type { MovementType } from '../../../domain/account/account.ts';
import type { EndPhase } from '../../../domain/lifecycle.ts';
import type { Commit, JobChange } from '../../../ports/store/commit.ts';
import { Durations } from './durations.ts';
import { register, together, type Sample } from './own-metric.ts';
import type { TypeLabels } from './type-labels.ts';

const outcomes = ['succeeded', 'failed', 'canceled'] as const satisfies readonly EndPhase[];

/** What has become of the jobs of one type of a kind since this server started. */
class OfType {
  readonly ended = { succeeded: 0, failed: 0, canceled: 0 };
  readonly attempts = { succeeded: 0, failed: 0, canceled: 0 };
  readonly waits = new Durations();
  readonly runs = { succeeded: new Durations(), failed: new Durations(), canceled: new Durations() };
  costMicroUsd = 0;
}

/**
 * Counts what this server's commits say of jobs and credits, each commit once: it hears of those alone that were
 * stored, however often they were tried. Whatever ends a job or an attempt at it is a commit, on every store; only that
 * one begins may be none, and is read off its end.
 */
export class JobCounts {
  readonly #labels: TypeLabels;
  readonly #kinds = new Map<string, Map<string, OfType>>();
  readonly #leasesLost = new Map<string, number>();
  readonly #moved = new Map<MovementType, number>();

  constructor(labels: TypeLabels) {
    this.#labels = labels;
  }

  onStored({ jobs, ledger }: Pick<Commit, 'jobs' | 'ledger'>): void {
    for (const change of jobs) this.#count(change);
    for (const { type, amount } of ledger) this.#moved.set(type, (this.#moved.get(type) ?? 0) + amount);
  }

  leaseLost(type: string): void {
    const label = this.#labels.of(type);
    this.#leasesLost.set(label, (this.#leasesLost.get(label) ?? 0) + 1);
  }

  /** Tens of thousands of times a second: most jobs of a commit were just made, or have just ended. */
  #count({ job, before }: JobChange): void {
    const hasEnded = job.endedAt !== null && (before === null || before.endedAt === null);
    const cost = job.costMicroUsd - (before === null ? 0 : before.costMicroUsd);
    const isAttemptOver = before !== null && before.lease !== null && before.lease.token !== job.lease?.token;
    if (!hasEnded && !isAttemptOver && cost === 0) return;
    const counted = this.#of(job.kind, job.type);
    counted.costMicroUsd += cost;
    const outcome = hasEnded ? (job.phase as EndPhase) : 'failed';
    if (hasEnded) {
      const { createdAt, startedAt, endedAt } = job;
      counted.ended[outcome] += 1;
      if (startedAt !== null) {
        counted.waits.add(startedAt - createdAt);
        counted.runs[outcome].add((endedAt as number) - startedAt);
      }
    }
    // One that was given back, or is to go on later, does not count, and is taken back.
    if (isAttemptOver && job.attempt >= before.attempt) counted.attempts[outcome] += 1;
  }

  #of(kind: string, type: string): OfType {
    let types = this.#kinds.get(kind);
    if (types === undefined) this.#kinds.set(kind, (types = new Map()));
    let counted = types.get(type);
    if (counted !== undefined) return counted;
    // Types beyond those that have a label are looked up twice.
    const label = this.#labels.of(type);
    counted = types.get(label);
    if (counted === undefined) types.set(label, (counted = new OfType()));
    return counted;
  }

  register(registry: Registry): void {
    this.#registerEnds(registry);
    register(registry, {
      name: 'waybill_attempts_total', type: 'counter',
      help: 'Attempts under a lease that ended, by outcome; one that is tried again, or lost its lease, has failed.',
      samples: () => this.#attempts(),
    });
    register(registry, {
      name: 'waybill_leases_lost_total', type: 'counter',
      help: 'Leases whose workers were silent or took longer than the attempt may.',
      samples: () => [...this.#leasesLost].map(([type, value]) => ({ labels: { type }, value })),
    });
    register(registry, {
      name: 'waybill_cost_micro_usd_total', type: 'counter', help: 'Cost reported for jobs, in micro-dollars.',
      samples: () => this.#each((labels, { costMicroUsd: value }) => (value === 0 ? [] : [{ labels, value }])),
    });
    register(registry, {
      name: 'waybill_credits_moved_total', type: 'counter', help: 'Credits that moved, by the type of ledger entry.',
      samples: () => [...this.#moved].map(([type, value]) => ({ labels: { type }, value })),
    });
  }

  #registerEnds(registry: Registry): void {
    register(registry, {
      name: 'waybill_jobs_ended_total', type: 'counter', help: 'Jobs that ended, by outcome.',
      samples: () => this.#each((labels, { ended }) => outcomes.flatMap((outcome) =>
        (ended[outcome] === 0 ? [] : [{ labels: { ...labels, outcome }, value: ended[outcome] }]))),
    });
    const [waits, runs] = ['waybill_job_wait_seconds', 'waybill_job_run_seconds'] as const;
    register(registry, {
      name: waits, type: 'histogram', help: 'From the creation of a job to its first start; observed when it ends.',
      samples: () => this.#each((labels, counted) => counted.waits.samples(waits, labels)),
    });
    register(registry, {
      name: runs, type: 'histogram', help: 'From the first start of a job to its end, by outcome.',
      samples: () => this.#each((labels, counted) => outcomes.flatMap((outcome) =>
        counted.runs[outcome].samples(runs, { ...labels, outcome }))),
    });
  }

  #each(samplesOf: (labels: Sample['labels'], counted: OfType) => readonly Sample[]): Sample[] {
    return [...this.#kinds].flatMap(([kind, types]) =>
      [...types].flatMap(([type, counted]) => samplesOf({ kind, type }, counted)));
  }

  /** Kinds may have names for types in common. */
  #attempts(): Sample[] {
    return together(this.#each(({ type }, { attempts }) => outcomes.flatMap((outcome) =>
      (attempts[outcome] === 0 ? [] : [{ labels: { type: type!, outcome }, value: attempts[outcome] }]))));
  }
}
