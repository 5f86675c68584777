import type { RequestContext } from '../../application/request.ts';
import type { Role } from '../../application/caller.ts';
import type { LedgerEntry } from '../../domain/account/account.ts';
import type { Result } from '../../domain/errors.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import type { Clock } from '../../ports/world.ts';
import type { Server } from './server.ts';
import type { Truth } from './truth.ts';

/** Something that a client or a worker asks of a server. */
export interface Ask<T = unknown> {
  /** Its first word names the sort of request; the rest is for the trace. */
  readonly label: string;
  readonly userId: string;
  readonly role?: Role;
  send(server: Server, context: RequestContext): Promise<Result<T>>;
  /** Null when the answer is true; else what is wrong with it. */
  judge(result: Result<T>, asked: Asked, evidence: Evidence): string | null;
  /** The same, when nobody knows what came of it. Null when all is well. */
  judgeUnknown(asked: Asked, evidence: Evidence): string | null;
}

/** When it was asked and answered, in ticks, and by which name its traces go. */
export interface Asked {
  readonly correlationId: string;
  readonly from: number;
  readonly to: number;
}

/** What answers are judged by. */
export interface Evidence {
  readonly truth: Truth;
  /** Every stored event that this request caused, of whatever job. */
  eventsOf(correlationId: string): readonly RecordedEvent[];
  ledger(accountId: string): readonly LedgerEntry[];
}

/** What those who ask may go by. */
export interface Scene {
  readonly users: readonly string[];
  readonly clock: Clock;
  readonly truth: Truth;
}

