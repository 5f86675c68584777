import type { Clock, Ids } from '../ports/world.ts';
import { createSeededRandom } from './seeded-random.ts';

/**
 * UUIDv7s that come out the same for the same seed and clock, and sort in the order in which they
 * were made: the clock's milliseconds, a counter, and seeded random bits.
 */
export function createFakeIds(clock: Clock, seed = 0): Ids {
  const random = createSeededRandom(seed);
  let last = 0;
  let counter = 0;
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0').slice(-digits);
  return {
    uuid: () => {
      const now = Math.max(clock.now(), last);
      counter = now === last ? counter + 1 : 0;
      // 4,096 in one millisecond: borrow from the next.
      last = counter > 0xfff ? now + 1 : now;
      counter = counter > 0xfff ? 0 : counter;
      const time = hex(last, 12);
      const tail = hex(random.uint32(), 8) + hex(random.uint32(), 4);
      const variant = hex(0x8000 | (random.uint32() & 0x3fff), 4);
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${variant}-${tail}`;
    },
  };
}
