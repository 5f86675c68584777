import { refuse, type Result } from '../../domain/errors.ts';
import { UsageExceeded } from '../../ports/store/commit.ts';

/** Once because of others at the same moment, and once more because of still others. */
const maxTries = 3;

/**
 * What is admitted and then fails since others stored something at the same moment is admitted again, by what there is
 * now: refused with the reason, as a rule.
 */
export async function withinCaps<T>(use: () => Promise<Result<T>>): Promise<Result<T>> {
  for (let tried = 1; tried <= maxTries; tried++) {
    try {
      return await use();
    } catch (error) {
      if (!(error instanceof UsageExceeded)) throw error;
    }
  }
  return refuse('unavailable', 'Others keep storing jobs of the same owner: try again.');
}
