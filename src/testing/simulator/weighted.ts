import type { Act } from './kind-model.ts';

/** One of the acts, the heavier the likelier. */
export function weighted(acts: readonly (readonly [weight: number, act: Act])[]): Act {
  const total = acts.reduce((sum, [weight]) => sum + weight, 0);
  return (scene, random) => {
    let left = random.next() * total;
    for (const [weight, act] of acts) {
      left -= weight;
      if (left < 0) return act(scene, random);
    }
    return null;
  };
}
