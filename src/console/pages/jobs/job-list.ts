import { batch, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../../../client/index.ts';
import type { ListedJob } from '../../page.ts';
import { api } from '../../server/api.ts';
import { failureOf } from '../../server/failure.ts';
import { followLive, type LiveEvent } from '../../server/live.ts';
import { reloadOnReturn, throttled, type Loaded } from '../../server/load.ts';
import type { JobQuery } from './filter.ts';

/** Rows of a page. */
const pageSize = 50;
/** Pages that are loaded anew at once after something has happened to their jobs. */
const pagesAtOnce = 4;
const refreshMs = 1_500;

/** By kind and status, where it is known. */
export type PhaseOf = (job: Pick<ListedJob, 'kind' | 'status'>) => ListedJob['phase'] | undefined;

interface LoadedPage {
  /** Undefined: the first one. */
  readonly cursor: string | undefined;
  readonly ids: readonly string[];
}

/**
 * A list that grows by pages. While it is shown, its rows change where they stand; new jobs are counted and not shown,
 * so that no row moves away from under a pointer.
 */
export class JobList implements Loaded<readonly ListedJob[]> {
  readonly data = signal<readonly ListedJob[] | undefined>(undefined);
  readonly failure = signal<ApiError | null>(null);
  readonly isLoading = signal(false);
  readonly isGrowing = signal(false);
  readonly hasMore = signal(false);
  readonly total = signal<{ readonly count: number; readonly capped: boolean } | null>(null);
  /** Jobs that match and are newer than the first row; as many as a page has: perhaps more. */
  readonly fresh = signal(0);
  readonly #query: JobQuery;
  readonly #phaseOf: PhaseOf;
  readonly #dirty = new Set<LoadedPage>();
  #pages: readonly LoadedPage[] = [];
  #cursor: string | null = null;
  #isWatched = true;
  #stop = new AbortController();

  constructor(query: JobQuery, phaseOf: PhaseOf) {
    this.#query = query;
    this.#phaseOf = phaseOf;
  }

  /** Begins anew, with the first page. */
  readonly reload = async (): Promise<void> => {
    this.stop();
    const { signal: stopped } = (this.#stop = new AbortController());
    this.#isWatched = true;
    this.isLoading.value = true;
    await this.#read(undefined, stopped, (jobs) => {
      this.#pages = [{ cursor: undefined, ids: jobs.map(({ id }) => id) }];
      this.#dirty.clear();
      this.data.value = jobs;
      this.fresh.value = 0;
    });
    if (!stopped.aborted) this.isLoading.value = false;
  };

  async grow(): Promise<void> {
    const cursor = this.#cursor;
    if (cursor === null || this.isGrowing.value) return;
    this.isGrowing.value = true;
    await this.#read(cursor, this.#stop.signal, (jobs) => {
      const known = this.data.peek() ?? [];
      this.#pages = [...this.#pages, { cursor, ids: jobs.map(({ id }) => id) }];
      this.data.value = [...known, ...jobs];
    });
    this.isGrowing.value = false;
  }

  change(to: (jobs: readonly ListedJob[]) => readonly ListedJob[]): void {
    const jobs = this.data.peek();
    if (jobs !== undefined) this.data.value = to(jobs);
  }

  stop(): void {
    this.#isWatched = false;
    this.#stop.abort();
  }

  /** What is known from an event is shown at once; the rest of a row comes with its page. True: it has to be loaded. */
  note(events: readonly LiveEvent[]): boolean {
    const latest = new Map<string, LiveEvent>();
    let isAny = false;
    for (const event of events) {
      const page = this.#pages.find(({ ids }) => ids.includes(event.jobId));
      if (page !== undefined) this.#dirty.add(page);
      if (page !== undefined || event.sequence === 1) isAny = true;
      if (event.sequence === 1 && this.#pages[0] !== undefined) this.#dirty.add(this.#pages[0]);
      if (event.status !== null) latest.set(event.jobId, event);
    }
    this.change((jobs) => jobs.map((job) => {
      const status = latest.get(job.id)?.status ?? null;
      const phase = status === null ? undefined : this.#phaseOf({ kind: job.kind, status });
      return status === null || phase === undefined ? job : { ...job, status, phase };
    }));
    return isAny;
  }

  /** Everything may have changed. */
  noteAll(): void {
    for (const page of this.#pages.slice(0, pagesAtOnce)) this.#dirty.add(page);
  }

  /** Loads again what has changed. */
  async refresh(): Promise<void> {
    if (this.data.peek()?.length === 0) return this.reload();
    const dirty = [...this.#dirty].slice(0, pagesAtOnce);
    for (const page of dirty) {
      this.#dirty.delete(page);
      await this.#read(page.cursor, this.#stop.signal, (jobs) => this.#replace(page, jobs), false);
    }
  }

  /** Rows stay where they are, also those that the filter does not find any more. */
  #replace(page: LoadedPage, loaded: readonly ListedJob[]): void {
    const jobs = this.data.peek() ?? [];
    const byId = new Map(loaded.map((job) => [job.id, job]));
    this.data.value = jobs.map((job) => byId.get(job.id) ?? job);
    if (page.cursor !== undefined) return;
    const known = new Set(jobs.map(({ id }) => id));
    const first = loaded.findIndex(({ id }) => known.has(id));
    this.fresh.value = first === -1 ? loaded.length : first;
  }

  async #read(
    cursor: string | undefined,
    stopped: AbortSignal,
    take: (jobs: readonly ListedJob[]) => void,
    isWhole = true,
  ): Promise<void> {
    try {
      const query = { ...this.#query, limit: pageSize, ...(cursor !== undefined && { cursor }) };
      const { jobs, nextCursor, total, totalCapped } = await api().listJobs({ query }, { signal: stopped });
      if (stopped.aborted || !this.#isWatched) return;
      batch(() => {
        take(jobs);
        if (isWhole) {
          this.#cursor = nextCursor;
          this.hasMore.value = nextCursor !== null;
        }
        this.total.value = { count: total, capped: totalCapped };
        this.failure.value = null;
      });
    } catch (thrown) {
      if (!stopped.aborted) this.failure.value = failureOf(thrown);
    }
  }
}

/** A list for each query, live while it is shown. */
export function useJobList(key: string, query: JobQuery, phaseOf: PhaseOf): JobList {
  const list = useMemo(() => new JobList(query, phaseOf), [key]);
  useEffect(() => {
    void list.reload();
    const refresh = throttled(() => void list.refresh(), refreshMs);
    const unfollow = followLive('jobs', {
      events: (events) => list.note(events) && refresh.call(),
      missed: () => {
        list.noteAll();
        refresh.call();
      },
    });
    const stopWaiting = reloadOnReturn(list);
    return () => {
      unfollow();
      stopWaiting();
      refresh.cancel();
      list.stop();
    };
  }, [list]);
  return list;
}
