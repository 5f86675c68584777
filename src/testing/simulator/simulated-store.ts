import type { Movement } from '../../domain/account/account.ts';
import type { WorkStage } from '../../ports/store/work-store.ts';
import type { Store } from '../../ports/store/store.ts';

/** A store that the simulation may restart and look into. */
export interface SimulatedStore {
  /** A store object with no memory of its own over what is stored, as after a restart. */
  open(): Store;
  /** Forgets everything, so that the next scenario begins with nothing. */
  clear(): void;
  /** What no command ever asks for. */
  readonly inside: {
    outbox(): readonly { readonly id: number; readonly topic: string; readonly jobId: string }[];
    /** With those that are gone. */
    queue(): readonly { readonly queue: string; readonly jobId: string; readonly isGone: boolean }[];
    /** By job id. */
    work(): readonly WorkRow[];
    /** Keys that no other job may have. */
    keys(): readonly { readonly scope: string; readonly key: string; readonly jobId: string }[];
    /** Billing events, of jobs that ended and of grants. */
    billing(accountId: string): readonly (Pick<Movement, 'sequence' | 'type' | 'amount'> & {
      readonly jobId: string | null;
    })[];
  };
}

/** One row of the work store, see its port. Times in milliseconds since 1970. */
export interface WorkRow {
  readonly jobId: string;
  readonly kind: string;
  readonly type: string;
  readonly stage: WorkStage;
  readonly priority: number;
  readonly dueAt: number;
  readonly concurrencyKey: string | null;
  readonly timeoutMs: number | null;
  /** It passed through the line. */
  readonly slot: boolean;
  readonly token: number | null;
  readonly leasedUntil: number | null;
  readonly cancelRequested: boolean;
}
