import { ok } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { Commit } from '../../ports/store/commit.ts';
import { declareTable, type VersionedRow } from '../../ports/store/tables.ts';
import type { Clock, Ids } from '../../ports/world.ts';
import { ref } from '../write-path/refs.ts';
import type { WritePath } from '../write-path/write-path.ts';
import { addDuration, type Durations } from './durations.ts';

/** What ended within an hour, of one type of a kind, at one server from its start to its end. */
export interface EndedInHour extends VersionedRow {
  /** In UTC: "2026-11-29T18". */
  readonly hour: string;
  readonly kind: string;
  readonly type: string;
  /** Of one run of a server: nobody else changes the row. */
  readonly server: string;
  readonly ended: number;
  readonly failed: number;
  /** From their creation to their first start. */
  readonly waits: Durations;
  /** From their first start to their end. */
  readonly runs: Durations;
}

export const endedInHours = declareTable<EndedInHour>('ended_in_hours', {
  key: ['hour', 'kind', 'type', 'server'],
  columns: {
    hour: 'text', kind: 'text', type: 'text', server: 'text', ended: 'bigint', failed: 'bigint', waits: 'json',
    runs: 'json',
  },
});

export function hourOf(at: number): string {
  const number = Math.floor(at / hourMs);
  // All but always it is asked for that of now, for every job that ends.
  if (number !== lastHour.number) {
    lastHour = { number, text: new Date(at).toISOString().slice(0, 'YYYY-MM-DDTHH'.length) };
  }
  return lastHour.text;
}

export const hourMs = 3_600_000;
let lastHour = { number: Number.NaN, text: '' };

/** Types in an hour; jobs of further ones are not counted. */
const mostTypes = 1_000;
/** Rows of one commit. */
const mostRows = 200;

export interface EndsDependencies {
  readonly writePath: Pick<WritePath, 'run'>;
  readonly kinds: Kinds;
  readonly clock: Clock;
  readonly ids: Ids;
}

type Sum = Omit<EndedInHour, 'version'>;

/** A sum that still grows. */
interface Growing extends Pick<Sum, 'hour' | 'kind' | 'type' | 'server'> {
  ended: number;
  failed: number;
  readonly waits: Record<string, number>;
  readonly runs: Record<string, number>;
}

/**
 * Counts the jobs that end at this server, in memory, and stores the sums now and then: no commit of a job waits for
 * another that counts, and what a server that is killed has not stored, of some seconds, is not counted.
 */
export class EndsRecorder {
  readonly #deps: EndsDependencies;
  readonly #server: string;
  readonly #sums = new Map<string, Growing>();
  #unstored = new Set<string>();
  /** What ends at once is mostly of one sort. */
  #latest: Growing | null = null;

  constructor(deps: EndsDependencies) {
    this.#deps = deps;
    this.#server = deps.ids.uuid();
  }

  get hasMore(): boolean {
    return this.#unstored.size > 0;
  }

  onStored({ jobs }: Pick<Commit, 'jobs'>): void {
    for (const { job, before } of jobs) {
      const { endedAt } = job;
      if (endedAt !== null && (before?.endedAt ?? null) === null) this.#count(job, endedAt);
    }
  }

  #count(job: Job, endedAt: number): void {
    const sum = this.#sumOf(job, hourOf(endedAt));
    if (sum === null) return;
    const { phase, createdAt, startedAt } = job;
    sum.ended += 1;
    if (phase === 'failed') sum.failed += 1;
    if (startedAt === null) return;
    addDuration(sum.waits, startedAt - createdAt);
    addDuration(sum.runs, endedAt - startedAt);
  }

  /** Null: such jobs are not counted. */
  #sumOf({ kind, type }: Job, hour: string): Growing | null {
    const latest = this.#latest;
    if (latest !== null && latest.kind === kind && latest.type === type && latest.hour === hour) return latest;
    if (this.#deps.kinds.find(kind)?.internal !== false) return null;
    const name = `${hour} ${kind}/${type}`;
    const known = this.#sums.get(name);
    if (known === undefined && this.#sums.size >= mostTypes) return null;
    const sum = known ?? { hour, kind, type, server: this.#server, ended: 0, failed: 0, waits: {}, runs: {} };
    this.#sums.set(name, sum);
    this.#unstored.add(name);
    this.#latest = sum;
    return sum;
  }

  async store(): Promise<void> {
    const names = [...this.#unstored].slice(0, mostRows);
    if (names.length === 0) return;
    for (const name of names) this.#unstored.delete(name);
    this.#latest = null;
    const rows = names.flatMap((name) => asTheyAre(this.#sums.get(name)));
    const { writePath, ids, clock } = this.#deps;
    try {
      const stored = await writePath.run({
        actor: 'system', correlationId: ids.uuid(),
        reads: rows.map(({ hour, kind, type, server }) => ref.record(endedInHours, [hour, kind, type, server])),
        decide: (draft) => ok(rows.forEach((row) => draft.putRecord(endedInHours, row))),
      });
      if (!stored.ok) throw new Error(stored.refusal.message);
    } catch (error) {
      for (const name of names) this.#unstored.add(name);
      throw error;
    }
    const now = hourOf(clock.now());
    for (const [name, { hour }] of this.#sums) if (hour < now && !this.#unstored.has(name)) this.#sums.delete(name);
  }
}

function asTheyAre(sum: Growing | undefined): Sum[] {
  return sum === undefined ? [] : [{ ...sum, waits: { ...sum.waits }, runs: { ...sum.runs } }];
}
