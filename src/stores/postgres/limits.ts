import { InvariantViolation } from '../../domain/errors.ts';

export function assertLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new InvariantViolation(`a limit is 1 to ${most}, not ${limit}`);
}

export function assertOffset(offset: number, most: number): void {
  if (Number.isInteger(offset) && offset >= 0 && offset <= most) return;
  throw new InvariantViolation(`an offset is 0 to ${most}, not ${offset}`);
}
