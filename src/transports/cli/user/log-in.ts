import { ApiError } from '../../../client/index.ts';
import { errorTraits } from '../../../contract/errors.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { logIn as logInRoute } from '../../../contract/users.ts';
import type { Context } from '../context.ts';
import { saveLogin } from '../credentials.ts';
import { CommandFailure } from '../failure.ts';

/** Logs in with a password and saves the token that it gives. `named`: an id, or an email address. */
export async function logIn(context: Context, named: string, password: string): Promise<void> {
  const { signal } = context;
  const login = context.client({ token: null }).logIn({ body: { userId: named, password } }, { signal });
  saveNewLogin(context, await withoutAdvice(login), 'Logged in');
}

export function saveNewLogin(
  { env, server, output }: Context,
  { token, expiresAt, user }: RouteAnswer<typeof logInRoute>,
  said: string,
): void {
  const path = saveLogin(env, server, token);
  if (output.json) output.printJson({ server, userId: user.userId, expiresAt, savedIn: path });
  else output.note(`${said} to ${server} as ${user.userId} until ${expiresAt}; saved in ${path}.`);
}

/** Where the usual advice on 401, to log in, would not help. */
export async function withoutAdvice<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'unauthenticated') throw error;
    throw new CommandFailure(error.message, errorTraits.unauthenticated.exit);
  }
}
