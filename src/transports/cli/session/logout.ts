import { defineCommand } from '../command.ts';
import { forgetLogin } from '../credentials.ts';

export default defineCommand({
  name: 'logout',
  summary: 'Forget the saved token of a server',
  description: 'The token itself stays good: `waybill token revoke` ends it.',
  examples: [['logout', 'forget the server of the last login']],
  async run({ output, env, server }) {
    const forgotten = forgetLogin(env, server);
    if (output.json) output.printJson({ server, forgotten });
    else output.note(forgotten ? `Forgot the token for ${server}.` : `There was no token for ${server}.`);
  },
});
