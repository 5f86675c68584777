import { ok, refuse, type Result } from '../../domain/errors.ts';
import { UsageExceeded } from '../../ports/store/commit.ts';
import type { Draft } from '../write-path/draft.ts';
import { unlimited, type QuotaPermit } from './job-quota.ts';

/** Once because of others at the same moment, and once more because of still others. */
const maxTries = 3;

/**
 * Makes a job, or has one begin anew, within its owner's quota: `use` is given what `admit` answers, and has its commit
 * keep to it (`keepTo`). What is admitted and then fails since others stored something at the same moment is admitted
 * again, by what there is now: refused with the reason, as a rule. `isMade` says whether the job was made now, and not
 * by an earlier request.
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

/** Refused, or the draft's commit keeps to the limits whatever other servers store. */
export function keepTo(
  draft: Pick<Draft, 'cap'>,
  { refusal, cap }: Pick<QuotaPermit, 'refusal' | 'cap'>,
): Result<null> {
  if (refusal !== null) return { ok: false, refusal };
  if (cap !== null) draft.cap(cap);
  return ok(null);
}
