import { ApiError } from '../../../client/index.ts';
import { defineCommand } from '../command.ts';
import { toggle } from '../flag.ts';
import { forgetLogin, savedToken } from '../credentials.ts';

export default defineCommand({
  name: 'logout',
  summary: 'Log out, and delete the saved token',
  description:
    'Ends the login, so that its token is no longer valid anywhere. A saved API key is only deleted here: revoke ' +
    'it with `waybill token revoke`.',
  flags: { everywhere: toggle('End all your logins, on other machines and in browsers too. API keys stay.') },
  examples: [
    ['logout', 'the server of the last login'],
    ['logout --everywhere', 'after a machine was lost'],
  ],
  async run(context, { flags: { everywhere } }) {
    const { output, env, signal, server } = context;
    const token = savedToken(env, server);
    let ended = false;
    let problem: string | null = null;
    try {
      const client = token === null ? null : context.client({ token });
      const answer = everywhere ? client?.logOutEverywhere({}, { signal }) : client?.logOut({}, { signal });
      ended = (await answer)?.loggedOut ?? false;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Over already, or none that is ended so.
      if (error.code !== 'unauthenticated' && error.code !== 'conflict') problem = error.message;
    }
    const forgotten = forgetLogin(env, server);
    if (output.json) return output.printJson({ server, forgotten, ended });
    output.note(forgotten ? `Forgot the token for ${server}.` : `There was no token for ${server}.`);
    if (problem !== null) output.note(`It was not ended, and is good until it expires: ${problem}`);
  },
});
