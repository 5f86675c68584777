import type { Result } from '../../domain/errors.ts';
import type { PasswordHasher } from '../../ports/password-hasher.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Ids } from '../../ports/world.ts';
import type { RequestContext } from '../request.ts';

/** What the use cases of users are given. */
export interface UsersDependencies {
  readonly store: Pick<Store, 'users' | 'tokens' | 'attempts'>;
  /** Disables all schedules of a user. Answers how many were enabled. */
  readonly disableSchedules: (context: RequestContext, userId: string) => Promise<Result<number>>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hasher: PasswordHasher;
  /** How long a token of a login is good. Milliseconds. */
  readonly sessionMs: number;
  /** False if all users come with JWTs of another issuer: then there is no setup and no login. */
  readonly passwordLogin: boolean;
  /** Whether requests can wait for each other; they can unless given. In a Worker they cannot. */
  readonly canQueue?: boolean;
}
