import type { SignUps } from '../../../application/users/sign-ups.ts';
import type { signUpRoutes } from '../../../contract/sign-up.ts';
import type { SignAnonymous } from '../../access/logins.ts';
import type { HandlersFor } from '../serve.ts';
import { iso } from '../../../contract/times.ts';

export function signUpHandlers(signUps: SignUps, sign: SignAnonymous): HandlersFor<typeof signUpRoutes> {
  return {
    signUpAnonymously: async ({ clientAddress }) => {
      const signedUp = await signUps.anonymous(clientAddress());
      if (!signedUp.ok) return signedUp;
      const { userId } = signedUp.value;
      const { token, expiresAt } = await sign(signedUp.value);
      return { ok: true, value: { userId, token, expiresAt: iso(expiresAt), user: { userId, roles: ['user'] } } };
    },
  };
}
