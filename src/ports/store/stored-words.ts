import { movementDirections, type Movement } from '../../domain/account/account.ts';
import { planNames } from '../../domain/account/plans.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import { phases } from '../../domain/lifecycle.ts';

/*
 * Columns that only take certain words are checked when they are read: a word that this code does not know comes from
 * a damaged or a newer database, and nothing is decided on it.
 */

export const knownPhases = new Set(phases);
export const knownPlans = new Set(planNames);
export const itemStates = new Set(['done', 'failed'] as const);
export const loggedItemStates = new Set(['done', 'failed', 'unfinished'] as const);
export const reservationStates = new Set(['held', 'committed', 'rolled-back'] as const);
export const movementTypes = new Set(Object.keys(movementDirections) as Movement['type'][]);

/** The word, if it is one of those known; throws and names `what` it is if not. */
export function oneOf<T extends string>(known: ReadonlySet<T>, value: string, what: string): T {
  if (known.has(value as T)) return value as T;
  throw new InvariantViolation(`${what} is ${JSON.stringify(value)} in the database, which this code does not know`);
}
