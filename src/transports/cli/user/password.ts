import { defineCommand } from '../command.ts';
import { saveLogin } from '../credentials.ts';
import { toggle } from '../flag.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'user password',
  summary: 'Change your own password',
  description:
    'Asks for the current and the new password, or reads both from standard input, one per line. Ends all your ' +
    'logins, and saves a new one. Also revokes your API keys, because anyone who knew the password may have ' +
    'created one.',
  flags: { keepTokens: toggle('Keep your API keys.') },
  examples: [
    ['user password', 'asks for both'],
    ['user password --keep-tokens', 'if nobody else knew the old password'],
  ],
  async run(context, { flags: { keepTokens } }) {
    const { output, env, signal, server } = context;
    const input = createPasswordInput(output.errorStream);
    const current = await input.ask('Current password: ');
    const body = { current, next: await input.askNew('New password: '), keepTokens };
    const { token, expiresAt, user } = await context.client().changePassword({ body }, { signal });
    const path = saveLogin(env, server, token);
    if (output.json) output.printJson({ server, userId: user.userId, expiresAt, savedIn: path });
    else output.note(`The password of ${user.userId} is changed; the new login is saved in ${path}.`);
  },
});
