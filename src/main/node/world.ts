import type { Clock, Ids } from '../../ports/world.ts';

export const systemClock: Clock = { now: () => Date.now() };

/**
 * UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, 12 bits that count within the millisecond
 * (method 1 of 6.2) and 62 random bits, so that ids made here sort in the order in which they were made.
 */
export function createIds(clock: Clock): Ids {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  let last = 0;
  let counter = 0;
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
    let random = '';
    for (let index = 0; index < 8; index++) {
      const byte = pool[used++] ?? 0;
      random += ((index === 0 ? (byte & 0x3f) | 0x80 : byte) | 0x100).toString(16).slice(1);
    }
    const time = last.toString(16).padStart(12, '0');
    const count = counter.toString(16).padStart(3, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${random.slice(0, 4)}-${random.slice(4)}`;
  };
  return { uuid };
}
