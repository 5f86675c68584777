import type { Scenario, Step } from './scenario.ts';

const mostAttempts = 400;

/** Leaves out steps, many at once and then fewer, as long as it still goes wrong. */
export async function shrink(
  scenario: Scenario,
  goesWrong: (smaller: Scenario) => Promise<boolean>,
): Promise<Scenario> {
  let steps: readonly Step[] = scenario.steps;
  let attempts = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1 && attempts < mostAttempts; ) {
    let removed = false;
    for (let at = 0; at < steps.length && attempts < mostAttempts; ) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)];
      attempts += 1;
      if (await goesWrong({ ...scenario, steps: fewer })) {
        steps = fewer;
        removed = true;
      } else {
        at += size;
      }
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!removed) break;
  }
  return { ...scenario, steps };
}
