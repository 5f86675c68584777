import type { Movement } from '../../domain/account/account.ts';
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
    /** Billing events, of jobs that ended and of grants. */
    billing(accountId: string): readonly (Pick<Movement, 'sequence' | 'type' | 'amount'> & {
      readonly jobId: string | null;
    })[];
  };
}
