import { createHmac } from 'node:crypto';
import { createUsers } from '../../application/users/create-users.ts';
import type { UsersDependencies } from '../../application/users/dependencies.ts';
import { createSignUps, type SignUps } from '../../application/users/sign-ups.ts';
import type { Users } from '../../application/users/users.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { createAnonymousSigner, createLoginSigner, type SignAnonymous, type SignLogin } from
  '../../transports/access/logins.ts';
import { createSetupGate, type SetupGate } from '../../transports/rest/auth/setup-gate.ts';
import type { Config } from '../config/config.ts';
import { isLoopback } from '../config/loopback.ts';
import { createPasswordHasher } from '../password-hasher.ts';
import { createIds } from './world.ts';

/** Who logs in with a password, and how the first of them is made. */
export interface People {
  readonly users: Users;
  readonly signUps: SignUps;
  readonly sign: SignLogin;
  readonly signAnonymous: SignAnonymous;
  readonly gate: SetupGate;
  /** What whoever started the server has to know to make the first administrator; null when there is one. */
  setupNote(url: string): Promise<string | null>;
}

/** How long the first administrator can be made after the start. */
const setupMs = 3_600_000;

export function createPeople(
  config: Config,
  { store, clock, disableSchedules }: Pick<UsersDependencies, 'disableSchedules'> & {
    readonly store: Store;
    readonly clock: Clock;
  },
  hasher = createPasswordHasher(),
): People {
  const { dev, jwtSecret, limits: { sessionMs }, people: { passwordLogin, setupToken } } = config;
  const ids = createIds(clock);
  const users = createUsers({ store, clock, ids, hasher, sessionMs, passwordLogin, disableSchedules });
  const isLocal = canOnlyBeReachedHere(config);
  // The same at every server that shares the secret, so that it does not matter which of them is asked.
  const token = createHmac('sha256', jwtSecret).update('waybill setup token').digest('base64url').slice(0, 32);
  return {
    users,
    signUps: createSignUps({ attempts: store.attempts, clock, ids, ...config.people.anonymousSignups }),
    signAnonymous: createAnonymousSigner({ jwtSecret, clock }),
    sign: createLoginSigner({ jwtSecret, lifetimeMs: sessionMs, clock }),
    gate: createSetupGate({ isLocal, token, chosenToken: setupToken, closesAt: clock.now() + setupMs, clock }),
    async setupNote(url) {
      // In development mode there is one without a password.
      if (dev || !(await users.needsSetup())) return null;
      const how = `waybill setup --user NAME --server ${url}`;
      const needed = 'There is no administrator yet: make one';
      if (setupToken !== null) return `${needed} with \`${how}\` and the setup token of SETUP_TOKEN.`;
      if (isLocal) return `${needed} within the hour with \`${how}\`.`;
      return `${needed} within the hour with \`${how} --setup-token ${token}\`.`;
    },
  };
}

/** Whether nobody from elsewhere gets here, also not by a proxy on this machine. */
function canOnlyBeReachedHere({ host, publicUrl, trustProxy }: Config): boolean {
  const name = publicUrl === null ? host : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  return isLoopback(host) && isLoopback(name) && !trustProxy;
}

/** ADMIN_USER and its kin. Throws when there is no administrator, and this one cannot be made. */
export async function makeAdmin(users: Users, { people: { admin } }: Config, logger: Logger): Promise<void> {
  if (admin === null || !(await users.needsSetup())) return;
  const made = await users.setup(admin);
  if (made.ok) return logger.info('made the administrator', { userId: made.value.userId });
  // Another server that starts at the same time was first.
  if (!(await users.needsSetup())) return;
  throw new Error(`the administrator of ADMIN_USER cannot be made: ${made.refusal.message}`);
}
