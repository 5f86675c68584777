import { recordRef } from '../../ports/store/tables.ts';

/**
 * Names of what a command may read or change, as plain strings: keys of the caches and drafts,
 * and what a store names in a conflict.
 */
export const ref = {
  job: (id: string): string => {
    // One command asks for the same several times in a row.
    if (id !== lastJob.id) lastJob = { id, name: `job:${id}` };
    return lastJob.name;
  },
  account: (id: string): string => `account:${id}`,
  reservation: (jobId: string): string => `reservation:${jobId}`,
  record: recordRef,
  idempotency: (scope: string, key: string): string => `idempotency:${scope} ${key}`,
};

let lastJob = { id: '', name: 'job:' };

export type Ref = string;

/** Which of the functions of `ref` has made it. */
export function sortOf(name: Ref): keyof typeof ref {
  return name.slice(0, name.indexOf(':')) as keyof typeof ref;
}

/** Thrown by a draft, caught by the batch: the decision needs something that is not loaded yet. */
export class NotLoaded extends Error {
  readonly ref: Ref;
  constructor(missing: Ref) {
    super(`not loaded: ${missing}`);
    this.ref = missing;
  }
}
