import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { AttemptStore } from '../../ports/store/attempt-store.ts';
import type { Clock, Ids } from '../../ports/world.ts';
import { secondsUntil } from '../seconds-until.ts';
import { networkOf } from './network.ts';

/** Accounts for those who do not say who they are. Nothing is stored of them but what they do. */
export interface SignUps {
  /** A new user id; `sessionId` goes into its token. `address` is the client's; null: not known. */
  anonymous(address: string | null): Promise<Result<{ readonly userId: string; readonly sessionId: string }>>;
}

const hourMs = 3_600_000;

/** `perHour`: sign-ups of one network, counted in the store, as each of them has credits to start with. */
export function createSignUps(deps: {
  readonly attempts: AttemptStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly enabled: boolean;
  readonly perHour: number;
}): SignUps {
  const { attempts, clock, ids, enabled, perHour } = deps;
  return {
    async anonymous(address) {
      if (!enabled) {
        return refuse(
          'forbidden',
          'Anonymous sign-up is disabled: an administrator can enable it with ANONYMOUS_SIGNUP.',
        );
      }
      const now = clock.now();
      const key = `anonymous:address:${address === null ? 'unknown' : networkOf(address)}`;
      const [counted] = await attempts.count([key], { now, windowMs: hourMs });
      if (counted !== undefined && counted.count > perHour) {
        return refuse('rate_limit', 'Too many accounts were created from this address: try again later.', {
          retryAfterSeconds: secondsUntil(counted.endsAt, now),
        });
      }
      return ok({ userId: `anon-${ids.uuid()}`, sessionId: ids.uuid() });
    },
  };
}
