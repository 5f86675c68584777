/**
 * Messages that commits have stored for the outside. Rows are added by `Commit.outbox`, removed by `done`. A claim is a
 * lease, so that several relays can run: a row that is not done when its claim expires is claimed again (at least
 * once). A row is not claimed while an older one of the same job exists (in order per job). Owners take turns: however
 * many rows of one owner are due, the next claims include rows of all others. The protocol is described in
 * services/outbox-relay.ts.
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
