import { refusal, type Refusal } from '../../domain/errors.ts';
import type { AttemptStore } from '../../ports/store/attempt-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock } from '../../ports/world.ts';
import { countingInMemory } from './attempts-in-memory.ts';
import { secondsUntil } from '../seconds-until.ts';
import { unlessNotWritable } from '../unavailable.ts';
import { userKey } from '../../ports/store/user-store.ts';
import { networkOf } from './network.ts';

export const windowMs = 15 * 60_000;
/** Of one user from one network. */
export const perUserAndNetwork = 10;
/** For one user from all networks that it has not logged in from: too few guesses to try a dictionary. */
export const perUser = 100;
/** Of all users from one network: more people than one may be behind it. */
export const perNetwork = 50;
/** How long, and how many, networks that a user has logged in from are remembered. */
const knownMs = 90 * 86_400_000;
const mostKnown = 20;

interface Limit {
  readonly key: string;
  readonly most: number;
}

export interface Attempt {
  /** Not null if it is one too many: then do not hash anything. */
  readonly refusal: Refusal | null;
  /** To be called after a success, which gives its counts back. */
  succeeded(): Promise<void>;
}

/**
 * How often a password may be tried in the 15 minutes after the first try, whether or not the user exists: 10 times per
 * user and network, 50 times per network, and 100 times per user from anywhere. The last limit does not apply to
 * networks that the user has logged in from before; otherwise anyone who knows an id could lock its user out. Tries are
 * counted in the store, so that all servers count together, and before their outcome is known, so that concurrent tries
 * count too.
 */
export function createLoginAttempts(
  { attempts: stored, users }: Pick<Store, 'attempts' | 'users'>,
  clock: Clock,
): { count(userId: string, address: string | null): Promise<Attempt> } {
  const attempts = countingInMemory(stored);
  return {
    async count(userId, address) {
      const now = clock.now();
      const network = address === null ? 'unknown' : networkOf(address);
      const user = userKey(userId);
      const own = { key: `login:${user} ${network}`, most: perUserAndNetwork };
      const shared = [{ key: `login:address:${network}`, most: perNetwork }];
      if (!(await users.knowsNetwork(user, network, now - knownMs))) {
        shared.push({ key: `login:user:${user}`, most: perUser });
      }
      return {
        refusal: await counted(attempts, [own, ...shared], now),
        async succeeded() {
          await attempts.settle({ clear: [own.key], release: shared.map(({ key }) => key) });
          if (address !== null) await unlessNotWritable(users.addNetwork(user, network, { now, most: mostKnown }));
        },
      };
    },
  };
}

/** How often a logged-in user may try its own password: 10 times in 15 minutes. */
export function createPasswordAttempts(
  attempts: AttemptStore,
  clock: Clock,
): { count(userId: string): Promise<Attempt> } {
  return {
    async count(userId) {
      const own = { key: `password:user:${userKey(userId)}`, most: perUserAndNetwork };
      return {
        refusal: await counted(attempts, [own], clock.now()),
        succeeded: () => attempts.settle({ clear: [own.key], release: [] }),
      };
    },
  };
}

async function counted(attempts: AttemptStore, limits: readonly Limit[], now: number): Promise<Refusal | null> {
  const counts = await attempts.count(limits.map(({ key }) => key), { now, windowMs });
  const ends = counts.flatMap(({ count, endsAt }, at) => (count > (limits[at]?.most ?? 0) ? [endsAt] : []));
  if (ends.length === 0) return null;
  const retryAfterSeconds = secondsUntil(Math.max(...ends), now);
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return refusal('rate_limit', `Too many tries with a password: wait ${wait} before the next one.`, {
    retryAfterSeconds,
  });
}
