import { createUsers } from '../../application/users/create-users.ts';
import type { Users } from '../../application/users/users.ts';
import { createD1AttemptStore } from '../../stores/d1/attempts.ts';
import { createD1TokenStore } from '../../stores/d1/tokens.ts';
import { createD1UserStore } from '../../stores/d1/users.ts';
import type { HeaderOf } from '../../transports/rest/auth/origin.ts';
import { createSetupGate, type SetupGate } from '../../transports/rest/auth/setup-gate.ts';
import { newJwtSecret } from '../config/loopback.ts';
import { createIds, systemClock } from '../node/world.ts';
import { createPasswordHasher } from '../password-hasher.ts';
import type { Bindings } from './bindings.ts';
import type { Cells } from './cell/cells.ts';
import { disableSchedules } from './cell/outreach.ts';
import type { EdgeConfig } from './config.ts';

/**
 * A Worker has 128 MB: scrypt with N = 2^15, r = 8, p = 3 takes 32 MB, and as long as N = 2^17 with p = 1 (OWASP,
 * Password Storage Cheat Sheet, which counts the two as equal). One is hashed at a time in any case: there is one
 * thread.
 */
const hashing = { logN: 15, p: 3, atOnce: Infinity } as const;
/** On the developer's machine, where nobody else gets at what is stored. */
const lightHashing = { ...hashing, logN: 10, p: 1 } as const;

/** Who logs in with a password, and how the first of them is made. */
export function createEdgePeople(
  env: Pick<Bindings, 'DB'>,
  { dev, people: { passwordLogin, setupToken, sessionMs } }: Pick<EdgeConfig, 'dev' | 'people'>,
  cells: Cells,
): { readonly users: Users; readonly gate: SetupGate } {
  const store = {
    users: createD1UserStore(env.DB), tokens: createD1TokenStore(env.DB), attempts: createD1AttemptStore(env.DB),
  };
  const clock = systemClock;
  return {
    users: createUsers({
      store, clock, canQueue: false, ids: createIds(clock), sessionMs, passwordLogin,
      hasher: createPasswordHasher(dev ? lightHashing : hashing),
      disableSchedules: (context, ownerId) => disableSchedules(cells, context, ownerId),
    }),
    gate: gateOf(dev, setupToken),
  };
}

const setupMs = 3_600_000;

/** Nobody sees what a Worker prints: the token has to be one that somebody chose, but on the machine itself. */
function gateOf(dev: boolean, setupToken: string | null): SetupGate {
  const clock = systemClock;
  const gate = createSetupGate({
    isLocal: dev, token: newJwtSecret(), chosenToken: setupToken, closesAt: clock.now() + setupMs, clock,
  });
  // Cloudflare itself, or its runtime on this machine, is no proxy before the Worker.
  const unforwarded = (header: HeaderOf): HeaderOf => (name) =>
    (name === 'cf-connecting-ip' ? undefined : header(name));
  return {
    problem: (header, given) => gate.problem(unforwarded(header), given),
    tokenNeeded: (header) => gate.tokenNeeded(unforwarded(header)),
  };
}
