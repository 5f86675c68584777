/**
 * What commits still have to say to the outside. Rows come by `Commit.outbox` and leave by
 * `done`. Claims are leases, so that several relays may run: a claimed row that is not done
 * when its lease runs out is claimed again (at least once). A row is not claimed while an older
 * one of the same job is there (in order per job). Owners are served in turn: however much one of them has due, the
 * next claims have something of each other's too.
 */
export interface Outbox {
  /**
   * Rows that are due and free, now leased until `now + leaseMs`: the oldest first; when there are more than `limit`,
   * as many of each owner as there is room for, an owner's oldest first. The next claim goes on behind the last owner.
   */
  claim(options: {
    readonly now: number;
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<readonly OutboxMessage[]>;
  done(ids: readonly number[]): Promise<void>;
  /** Try again at `at`; the error is kept for people. */
  retry(id: number, at: number, error: string): Promise<void>;
  /**
   * What was stored later than now, or is due later than `latestDueAt`, comes from a clock that was ahead: it is due
   * now. Returns how many rows were.
   */
  heal(options: { readonly now: number; readonly latestDueAt: number }): Promise<number>;
  size(): Promise<number>;
}

export interface OutboxMessage {
  readonly id: number;
  readonly topic: string;
  readonly jobId: string;
  readonly payload: unknown;
  readonly createdAt: number;
  /** How often it was claimed, this time included. */
  readonly attempt: number;
}
