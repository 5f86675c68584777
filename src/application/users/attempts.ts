import { refusal, type Refusal } from '../../domain/errors.ts';
import type { Clock } from '../../ports/world.ts';
import { userKey, type UserStore } from '../../ports/store/user-store.ts';

const windowMs = 15 * 60_000;
const perUser = 10;
/** More people than one may be behind an address. */
const perAddress = 50;

interface Limit {
  readonly key: string;
  readonly most: number;
}

export interface Attempts {
  /** Counts one before it is known what becomes of it. The refusal when it is one too many, else null. */
  count(userId: string, address: string | null): Promise<Refusal | null>;
  /** After a success. The address's count stays, or an account of one's own would undo it. */
  forget(userId: string): Promise<void>;
}

/**
 * How often a password may be tried: 10 times per user id, whether there is such a user or not, and 50 times per
 * address, in the 15 minutes after the first try. Counted in the store, so that all servers count together.
 * `purpose` keeps the counts of one thing apart from another's.
 */
export function createAttempts(store: UserStore, clock: Clock, purpose: string): Attempts {
  const userLimit = (userId: string): Limit => ({ key: `${purpose}:user:${userKey(userId)}`, most: perUser });
  return {
    async count(userId, address) {
      const limits = [userLimit(userId)];
      const network = address === null ? null : networkOf(address);
      if (network !== null) limits.push({ key: `${purpose}:address:${network}`, most: perAddress });
      const now = clock.now();
      const counts = await store.countAttempt(limits.map(({ key }) => key), { now, windowMs });
      const ends = counts.flatMap(({ count, endsAt }, at) => (count > (limits[at]?.most ?? 0) ? [endsAt] : []));
      if (ends.length === 0) return null;
      const retryAfterSeconds = Math.max(1, Math.ceil((Math.max(...ends) - now) / 1000));
      const minutes = Math.ceil(retryAfterSeconds / 60);
      const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`;
      return refusal('rate_limit', `Too many tries with a password: wait ${wait} before the next one.`, {
        retryAfterSeconds,
      });
    },
    forget: (userId) => store.forgetAttempts([userLimit(userId).key]),
  };
}

/** What addresses are counted by: IPv4 as it is; of IPv6 the first 64 bits, of which whoever has one has all. */
export function networkOf(address: string): string {
  const bare = address.toLowerCase().replace(/%.*$/, '');
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(bare);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!bare.includes(':')) return bare.slice(0, 100);
  const [head = '', tail] = bare.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...after];
  return `${all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`.slice(0, 100);
}
