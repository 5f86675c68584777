import { WakeUp } from './wake-up.ts';
import { ReadyWork } from './work/ready-work.ts';

/** Hints of this process that something happened. See `WakeUp`. */
export interface Signals {
  /** Work may have become ready. */
  readonly ready: ReadyWork;
  /** Rows may have become due for admission. */
  readonly admission: WakeUp;
  /** Queues may have messages. */
  readonly messages: WakeUp;
  /** Events may have been stored. */
  readonly events: WakeUp;
  /** Lines may have been logged, or a follower may have started. */
  readonly logs: WakeUp;
  readonly changes: JobChanges;
  /** Of which jobs lines were logged, and which ended. */
  readonly lines: LogChanges;
}

/** `wakeUp` makes one for each of them, for each job that is watched, and for each who waits for work. */
export function createSignals(wakeUp: () => WakeUp = () => new WakeUp()): Signals {
  const [changes, lines] = [new JobChanges(wakeUp), new LogChanges(wakeUp)];
  return {
    ready: new ReadyWork(wakeUp), admission: wakeUp(), messages: wakeUp(), events: wakeUp(), logs: wakeUp(),
    changes, lines,
  };
}

/** The watchers of each job. Jobs without watchers cost nothing. */
export class JobChanges {
  readonly #watched = new Map<string, { readonly wakeUp: WakeUp; watchers: number }>();
  readonly #wakeUp: () => WakeUp;
  #closed = false;

  /** @param wakeUp makes one for each job that is watched */
  constructor(wakeUp: () => WakeUp) {
    this.#wakeUp = wakeUp;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** To be ended by `unwatch`. */
  watch(jobId: string): WakeUp {
    const known = this.#watched.get(jobId) ?? { wakeUp: this.#wakeUp(), watchers: 0 };
    known.watchers += 1;
    this.#watched.set(jobId, known);
    if (this.#closed) known.wakeUp.close();
    return known.wakeUp;
  }

  unwatch(jobId: string): void {
    const known = this.#watched.get(jobId);
    if (known === undefined) return;
    known.watchers -= 1;
    if (known.watchers === 0) this.#watched.delete(jobId);
  }

  changed(jobs: Iterable<{ readonly job: { readonly id: string } }>): void {
    if (this.#watched.size === 0) return;
    for (const { job } of jobs) this.notify(job.id);
  }

  notify(jobId: string): void {
    this.#watched.get(jobId)?.wakeUp.notify();
  }

  /** The ids of the watched jobs. */
  watched(): readonly string[] {
    return [...this.#watched.keys()];
  }

  /** Ends every wait, now and later. */
  close(): void {
    this.#closed = true;
    for (const { wakeUp } of this.#watched.values()) wakeUp.close();
  }
}

const mostLogged = 10_000;

/** Also remembers, of late, of which jobs lines were logged at this server. */
export class LogChanges extends JobChanges {
  #young = new Set<string>();
  #old: ReadonlySet<string> = new Set();

  logged(jobId: string): void {
    this.#young.add(jobId);
    if (this.#young.size >= mostLogged) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.notify(jobId);
  }

  wasLogged(jobId: string): boolean {
    return this.#young.has(jobId) || this.#old.has(jobId);
  }
}
