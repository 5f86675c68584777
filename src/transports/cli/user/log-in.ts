import { ApiError, createClient } from '../../../client/index.ts';
import { errorTraits } from '../../../contract/errors.ts';
import type { Context } from '../context.ts';
import { saveLogin } from '../credentials.ts';
import { CommandFailure } from '../failure.ts';

/** Logs in with a password and saves the token that it gives. */
export async function logIn(
  { env, signal, server, output }: Context,
  userId: string,
  password: string,
  said = 'Logged in',
): Promise<void> {
  try {
    const { token, expiresAt, user } = await createClient({ server }).logIn({ body: { userId, password } }, { signal });
    const path = saveLogin(env, server, token);
    if (output.json) output.printJson({ server, userId: user.userId, expiresAt, savedIn: path });
    else output.note(`${said} to ${server} as ${user.userId} until ${expiresAt}; saved in ${path}.`);
  } catch (error) {
    // The usual advice on this code, to log in, would not help.
    if (!(error instanceof ApiError) || error.code !== 'unauthenticated') throw error;
    throw new CommandFailure(error.message, errorTraits.unauthenticated.exit);
  }
}
