/** Which workers are at work, and what they hold, at whatever server they speak to. */
export interface WorkerStore {
  /**
   * They were heard of now. One that says no types keeps those it said before, and is not made when it is not known.
   * When others come, those not heard of within ten minutes go, and those beyond 10,000, the longest unheard first.
   */
  note(workers: readonly HeardWorker[], now: number): Promise<void>;
  forget(ids: readonly string[]): Promise<void>;
  /** Those heard of within ten minutes, by id. */
  list(options: WorkerFilter): Promise<readonly WorkerNote[]>;
  /** The jobs that these workers have with leases that are live. */
  held(workerIds: readonly string[], now: number): Promise<HeldJobs>;
}

/** How long a worker is remembered. Milliseconds. */
export const workerKeptMs = 600_000;
/** How many workers are remembered. */
export const workersKept = 10_000;
/** So many leases are looked at, of all workers together. */
export const leasesLookedAt = 10_000;

/** Each id is there once. */
export interface HeardWorker {
  readonly id: string;
  readonly types: readonly string[];
}

export interface WorkerNote extends HeardWorker {
  /** When it was first heard of. */
  readonly since: number;
  readonly heardAt: number;
}

export interface WorkerFilter {
  /** 1 to 1,000. */
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string;
  readonly now: number;
}

export interface HeldJobs {
  readonly jobs: readonly HeldJob[];
  /** False: there are more leases than are looked at, and those that end last were left out. */
  readonly complete: boolean;
}

export interface HeldJob {
  readonly workerId: string;
  readonly jobId: string;
  readonly type: string;
  /** When it was handed out. */
  readonly since: number;
}
