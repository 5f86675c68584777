/** One execution of a job, under the lease that it was assigned with. */
export interface Run {
  readonly jobId: string;
  readonly attempt: number;
  /** Fencing token. */
  readonly token: number;
}
