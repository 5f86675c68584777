import { refusal, type Refusal } from '../errors.ts';

/** What is kept for one owner at most; null: as much as there is room for. */
export interface Quotas {
  /** Tasks that have not ended. */
  readonly unfinishedTasks: number | null;
  /** All tasks that are stored, those that have ended included. */
  readonly storedTasks: number | null;
  /** Of what tasks were given and what they answered. */
  readonly taskBytes: number | null;
  /** All sets of photos that are stored, those that have ended included. */
  readonly storedSets: number | null;
  /** Of photos and results in object storage. */
  readonly objectBytes: number | null;
}

export type QuotaName = keyof Quotas;

/** How much of each is used; null where it is not known. */
export type QuotaUse = { readonly [Name in QuotaName]: number | null };

const reasons: Readonly<Record<QuotaName, (limit: string, used: string) => string>> = {
  unfinishedTasks: (limit, used) => `at most ${limit} tasks that have not ended, and there are ${used}: let some end`,
  storedTasks: (limit, used) => `at most ${limit} tasks, and there are ${used}: delete some that have ended`,
  taskBytes: (limit, used) => `at most ${limit} bytes of tasks, and there are ${used}: delete some that have ended`,
  storedSets: (limit, used) =>
    `at most ${limit} sets of photos, and there are ${used}: those that have ended go after a while`,
  objectBytes: (limit, used) => `at most ${limit} bytes of photos and results, and there are ${used}`,
};

/** Why so much more is not kept, or null. */
export function quotaProblem(what: QuotaName, quotas: Quotas, used: number, wanted: number): Refusal | null {
  const limit = quotas[what];
  if (limit === null || used + wanted <= limit) return null;
  const text = (amount: number): string => amount.toLocaleString('en');
  const message = `Your plan keeps ${reasons[what](text(limit), text(used))}.`;
  return refusal('quota_exceeded', message, { what, limit, used });
}
