import type { Clock, Ids } from '../../ports/world.ts';

export const systemClock: Clock = { now: () => Date.now() };

/** Of each byte, two digits. */
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, 12 bits that count within the millisecond
 * (method 1 of 6.2) and 62 random bits, so that ids made here sort in the order in which they were made.
 */
export function createIds(clock: Clock): Ids {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  let last = 0;
  let counter = 0;
  // Most of an id's text is that of the one before it.
  let timeText = '';
  let textOf = -1;
  const uuid = (): string => {
    const now = clock.now();
    if (now > last) {
      last = now;
      counter = 0;
    } else {
      counter += 1;
      // 4,096 in one millisecond: borrow from the next.
      if (counter > 0xfff) {
        last += 1;
        counter = 0;
      }
    }
    if (used + 8 > pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    if (textOf !== last) {
      const time = last.toString(16).padStart(12, '0');
      timeText = `${time.slice(0, 8)}-${time.slice(8)}-7`;
      textOf = last;
    }
    const random = (index: number): string => hex[pool[used + index] ?? 0]!;
    const count = hex[counter >> 8]!.slice(1) + hex[counter & 0xff]!;
    const variant = hex[((pool[used] ?? 0) & 0x3f) | 0x80]!;
    const end = random(2) + random(3) + random(4) + random(5) + random(6) + random(7);
    const id = `${timeText}${count}-${variant}${random(1)}-${end}`;
    used += 8;
    return id;
  };
  return { uuid };
}
