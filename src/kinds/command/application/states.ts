import type { Lifecycle } from '../../../domain/lifecycle.ts';

/** How many jobs of the kind are in each of its states; those of which there are none included. */
export function countByState(
  { name, lifecycle }: { readonly name: string; readonly lifecycle: Pick<Lifecycle, 'stateNames'> },
  counts: readonly { readonly kind: string; readonly state: string; readonly count: number }[],
): Readonly<Record<string, number>> {
  const states = Object.fromEntries(lifecycle.stateNames.map((state) => [state, 0]));
  for (const { kind, state, count } of counts) if (kind === name) states[state] = (states[state] ?? 0) + count;
  return states;
}
