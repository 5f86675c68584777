import { InvariantViolation } from '../errors.ts';
import type { Backoff } from '../retry.ts';

/** How often something is tried, and for how long. */
export interface AttemptPolicy {
  /** 1 to 100. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** Of one attempt, in milliseconds: up to a day, and up to 30 days of a step that is awaited. */
  readonly timeoutMs: number;
}

export interface StepDefinition<N extends string = string> extends AttemptPolicy {
  /** 1 to 100 letters, digits, `_` or `-`. */
  readonly name: N;
  /** Whether it leaves something behind that must be undone when the saga does not succeed. */
  readonly compensated: boolean;
  /**
   * Nobody performs it: it is done, or has failed, when the effect `settle-step` of a job's decision says so, or when
   * `timeoutMs` is over. Neither the first step nor the last, and with one attempt.
   */
  readonly awaited?: true;
}

/** Steps that are done one after the other, and undone in reverse order when one of them fails for good. */
export interface SagaDefinition<N extends string = string> {
  /** As a step's name, up to 50. */
  readonly type: string;
  readonly steps: readonly StepDefinition<N>[];
  /** How hard each compensation is tried: what it cannot undo, a person has to. */
  readonly compensation: AttemptPolicy;
}

const maxSteps = 50;
const maxAttempts = 100;
const dayMs = 86_400_000;
/** Of a step that is awaited: people may be slow. */
const maxAwaitedMs = 30 * dayMs;

/** Throws when the definition contradicts itself or passes a limit. */
export function defineSaga<const N extends string>(definition: SagaDefinition<N>): SagaDefinition<N> {
  const { type, steps, compensation } = definition;
  const fail = (what: string): never => {
    throw new InvariantViolation(`saga ${type}: ${what}`);
  };
  if (!/^[A-Za-z0-9_-]{1,50}$/.test(type)) fail('its type has 1 to 50 letters, digits, _ or -');
  if (steps.length === 0 || steps.length > maxSteps) fail(`it has 1 to ${maxSteps} steps`);
  if (new Set(steps.map(({ name }) => name)).size < steps.length) fail('two steps have one name');
  const check = (name: string, policy: AttemptPolicy, longestMs = dayMs): void => {
    const problem = problemOf(policy, longestMs);
    if (problem !== null) fail(`${name}: ${problem}`);
  };
  for (const step of steps) {
    if (!/^[A-Za-z0-9_-]{1,100}$/.test(step.name)) fail('the name of a step has 1 to 100 letters, digits, _ or -');
    check(step.name, step, step.awaited === true ? maxAwaitedMs : dayMs);
  }
  for (const [index, { name, awaited, maxAttempts: attempts }] of steps.entries()) {
    if (awaited !== true) continue;
    if (index === 0 || index === steps.length - 1) fail(`${name} is awaited, and the first or the last step`);
    if (attempts !== 1) fail(`${name} is awaited: it has one attempt`);
  }
  check('compensation', compensation);
  return definition;
}

function problemOf({ maxAttempts: attempts, backoff, timeoutMs }: AttemptPolicy, longestMs: number): string | null {
  if (!isWithin(attempts, 1, maxAttempts)) return `maxAttempts is 1 to ${maxAttempts}`;
  if (!isWithin(timeoutMs, 1, longestMs)) return `timeoutMs is 1 to ${longestMs}`;
  const waits = isWithin(backoff.firstMs, 0, dayMs) && isWithin(backoff.maxMs, 0, dayMs);
  return waits ? null : `waits of the backoff are 0 to ${dayMs} ms`;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
