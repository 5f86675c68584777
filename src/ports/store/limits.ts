import { InvariantViolation } from '../../domain/errors.ts';

/** Of the JSON of jobs that one claim hands out, about; one job is always handed out. */
export const claimBytes = 1024 ** 2;

/** Throws unless it is a whole number from 1 to `most`: whoever asks a store has checked what came from outside. */
export function assertLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new InvariantViolation(`a limit is 1 to ${most}, not ${limit}`);
}

/** As `assertLimit`, for whole numbers from 0 on. */
export function assertOffset(offset: number, most: number): void {
  if (Number.isInteger(offset) && offset >= 0 && offset <= most) return;
  throw new InvariantViolation(`an offset is 0 to ${most}, not ${offset}`);
}
