import { InvariantViolation } from '../../domain/errors.ts';

export function assertLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new InvariantViolation(`a limit is 1 to ${most}, not ${limit}`);
}
