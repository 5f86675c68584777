import { ok, refuse, type Result } from '../../domain/errors.ts';
import { UsageExceeded } from '../../ports/store/commit.ts';
import { strictestCap } from '../../ports/store/usage-cap.ts';
import type { Draft } from '../write-path/draft.ts';
import { unlimited, type QuotaPermit } from './job-quota.ts';

/** Once because of others at the same moment, and once more because of still others. */
const maxTries = 3;

/**
 * Creates or retries a job within its owner's quota. `use` gets the result of `admit` and caps its commit with it
 * (`keepTo`). If the commit fails because others stored something at the same moment, the job is admitted again with
 * the current usage, and then usually refused with the reason. `isMade` tells whether the job was created now, not by
 * an earlier request.
 */
export async function withinQuota<T>(
  admit: () => QuotaPermit | Promise<QuotaPermit> | undefined,
  use: (permit: QuotaPermit) => Promise<Result<T>>,
  isMade: (value: T) => boolean = () => true,
): Promise<Result<T>> {
  for (let tried = 1; tried <= maxTries; tried++) {
    const admitted = admit() ?? unlimited;
    const permit = admitted instanceof Promise ? await admitted : admitted;
    let made = false;
    try {
      const result = await use(permit);
      made = result.ok && isMade(result.value);
      return result;
    } catch (error) {
      if (!(error instanceof UsageExceeded)) throw error;
      permit.outdated?.();
    } finally {
      permit.settle(made);
    }
  }
  return refuse('unavailable', 'Too many concurrent changes to jobs of this owner: try again.');
}

/** Two permits as one. The other is asked for once the first is there, which is given back if that fails. */
export function bothPermits(
  first: QuotaPermit | Promise<QuotaPermit>,
  ask: () => QuotaPermit | Promise<QuotaPermit>,
): QuotaPermit | Promise<QuotaPermit> {
  if (first instanceof Promise) return first.then((permit) => bothPermits(permit, ask));
  const other = ask();
  if (!(other instanceof Promise)) return together(first, other);
  return other.then(
    (permit) => together(first, permit),
    (error: unknown) => {
      first.settle(false);
      throw error;
    },
  );
}

function together(one: QuotaPermit, other: QuotaPermit): QuotaPermit {
  if (one === unlimited) return other;
  if (other === unlimited) return one;
  return {
    refusal: one.refusal ?? other.refusal,
    cap: one.cap === null || other.cap === null ? (one.cap ?? other.cap) : strictestCap(one.cap, other.cap),
    settle: (made) => {
      one.settle(made);
      other.settle(made);
    },
    outdated: () => {
      one.outdated?.();
      other.outdated?.();
    },
  };
}

/** Refuses, or caps the draft's commit so that it keeps to the limits whatever other servers store. */
export function keepTo(
  draft: Pick<Draft, 'cap'>,
  { refusal, cap }: Pick<QuotaPermit, 'refusal' | 'cap'>,
): Result<null> {
  if (refusal !== null) return { ok: false, refusal };
  if (cap !== null) draft.cap(cap);
  return ok(null);
}
