import { ok, refuse, type Result } from '../../domain/errors.ts';
import { UsageExceeded } from '../../ports/store/commit.ts';
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
  admit: () => Promise<QuotaPermit> | undefined,
  use: (permit: QuotaPermit) => Promise<Result<T>>,
  isMade: (value: T) => boolean = () => true,
): Promise<Result<T>> {
  for (let tried = 1; tried <= maxTries; tried++) {
    const permit = (await admit()) ?? unlimited;
    let made = false;
    try {
      const result = await use(permit);
      made = result.ok && isMade(result.value);
      return result;
    } catch (error) {
      if (!(error instanceof UsageExceeded)) throw error;
    } finally {
      permit.settle(made);
    }
  }
  return refuse('unavailable', 'Too many concurrent changes to jobs of this owner: try again.');
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
