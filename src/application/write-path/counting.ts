import { InvariantViolation, ok, type Refusal, type Result } from '../../domain/errors.ts';
import { counters, type Counter } from '../../ports/store/counters.ts';
import type { Draft } from './draft.ts';
import { ref, type Ref } from './refs.ts';

type Counted = Pick<Counter, 'kind' | 'scope' | 'key'>;

export function counterRef({ kind, scope, key }: Counted): Ref {
  return ref.record(counters, [kind, scope, key]);
}

/** Takes `count` places under a limit, or refuses: `refused` is given how many are taken. */
export function takePlaces(
  draft: Draft,
  { kind, scope, key }: Counted,
  { count, limit, refused }: {
    readonly count: number;
    readonly limit: number;
    readonly refused: (taken: number) => { readonly ok: false; readonly refusal: Refusal };
  },
): Result<number> {
  const taken = draft.record(counters, [kind, scope, key])?.value ?? 0;
  return taken + count > limit ? refused(taken) : ok(addPlaces(draft, { kind, scope, key }, count));
}

/** Takes places whatever the limit: for what is there already. */
export function addPlaces(draft: Draft, { kind, scope, key }: Counted, count: number): number {
  const taken = draft.record(counters, [kind, scope, key])?.value ?? 0;
  return draft.putRecord(counters, { kind, scope, key, value: taken + count }).value;
}

/** Gives places back that were taken. */
export function givePlaces(draft: Draft, { kind, scope, key }: Counted, count: number): number {
  const taken = draft.record(counters, [kind, scope, key])?.value ?? 0;
  if (taken < count) throw new InvariantViolation(`${count} of ${taken} ${kind} of ${scope} ${key} are given back`);
  return draft.putRecord(counters, { kind, scope, key, value: taken - count }).value;
}
