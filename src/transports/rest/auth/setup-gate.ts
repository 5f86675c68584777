import { refusal, type Refusal } from '../../../contract/errors.ts';
import { isForwarded } from '../client-address.ts';
import type { HeaderOf } from './origin.ts';
import { createSecretCheck } from './secret.ts';

/** Who may make the first administrator. */
export interface SetupGate {
  /** Why this request may not, or null. `given`: the token that its body has. */
  problem(header: HeaderOf, given: string | null): Refusal | null;
  tokenNeeded(header: HeaderOf): boolean;
}

/**
 * Anybody on this machine where the server can be reached from nowhere else; elsewhere whoever has the token. Both only
 * until `closesAt`, so that a server to which users come by JWT alone does not stand open for ever; the token that
 * somebody chose for it counts as long as there is no administrator.
 */
export function createSetupGate(options: {
  /** Whether the server listens on loopback, and no proxy passes on what comes from elsewhere. */
  readonly isLocal: boolean;
  /** What the server prints. */
  readonly token: string;
  /** SETUP_TOKEN; null when it is not set. Then the other one is of no use. */
  readonly chosenToken: string | null;
  /** Milliseconds since 1970. */
  readonly closesAt: number;
  readonly clock: { now(): number };
}): SetupGate {
  const { isLocal, token, chosenToken, closesAt, clock } = options;
  const isToken = createSecretCheck([chosenToken ?? token]);
  const isOpen = (): boolean => clock.now() < closesAt;
  const tokenNeeded = (header: HeaderOf): boolean => !isLocal || !isOpen() || !isAskedHere(header);
  return {
    tokenNeeded,
    problem(header, given) {
      if (!tokenNeeded(header)) return null;
      const bearer = /^bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1];
      const sent = given ?? header('x-setup-token') ?? bearer ?? null;
      if (!isOpen() && chosenToken === null) {
        return refusal('forbidden', 'Setup closes an hour after the start: restart the server, or set SETUP_TOKEN.');
      }
      if (isToken(sent)) return null;
      const problem = sent === null ? 'needs the setup token' : 'was requested with a wrong setup token';
      const where = chosenToken === null ? 'which the server printed at its start' : 'which SETUP_TOKEN holds';
      return refusal('unauthenticated', `Setup ${problem}, ${where}: send it as setupToken.`);
    },
  };
}

/** Neither by a proxy, nor by a name that somebody else may have pointed at this machine. */
function isAskedHere(header: HeaderOf): boolean {
  if (isForwarded(header)) return false;
  return /^(?:localhost|127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}|\[::1\])(?::\d{1,5})?$/i.test(header('host') ?? '');
}
