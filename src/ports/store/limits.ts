import { InvariantViolation } from '../../domain/errors.ts';
import { labelLimits } from '../../domain/job/labels.ts';
import type { JobFilter } from './store.ts';

/** Of one list. */
const maxScopes = 100;

/** Of the JSON of jobs that one claim hands out, about; one job is always handed out. */
export const claimBytes = 1024 ** 2;

/** Throws unless it is a whole number from 1 to `most`: callers of a store have already checked input from outside. */
export function assertLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new InvariantViolation(`a limit is 1 to ${most}, not ${limit}`);
}

/** As `assertLimit`, for whole numbers from 0 on. */
function assertOffset(offset: number, most: number): void {
  if (Number.isInteger(offset) && offset >= 0 && offset <= most) return;
  throw new InvariantViolation(`an offset is 0 to ${most}, not ${offset}`);
}

/** Throws unless it is within the limits of lists, with one scope of a kind. */
export function assertFilter({ scopes, labels = {}, limit, offset = 0 }: JobFilter): void {
  assertLimit(limit, 1_000);
  assertOffset(offset, 10_000);
  if (scopes.length > maxScopes || new Set(scopes.map(({ kind }) => kind)).size < scopes.length) {
    throw new InvariantViolation(`a list is of at most ${maxScopes} scopes, one of a kind`);
  }
  if (Object.keys(labels).length > labelLimits.count) {
    throw new InvariantViolation(`a list is of jobs with at most ${labelLimits.count} labels`);
  }
}
