import type { Light } from '../../../domain/scene.ts';

/** Which way the light goes: 1 from the left, -1 from the right, 0 from above. */
export function towardsOf(light: Light): number {
  if (light === 'above') return 0;
  return light === 'left' ? 1 : -1;
}
