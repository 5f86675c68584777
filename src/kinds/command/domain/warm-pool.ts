/** Workers that are there before a job asks for them. */
export interface WarmPool {
  /** How many idle workers are kept ready, 0 to 1,000; 0: none. */
  readonly size: number;
  /** How long one may be idle until another one takes its place, 1 s to 24 h. Milliseconds. */
  readonly idleMs: number;
  /** How many jobs one has, one after the other, 1 to 10,000. */
  readonly jobsPerWorker: number;
  /** Whether the jobs that one has may be of several owners. */
  readonly shared: boolean;
}

export const noPool: WarmPool = { size: 0, idleMs: 600_000, jobsPerWorker: 1, shared: false };
