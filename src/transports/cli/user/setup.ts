import { createClient } from '../../../client/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, required } from '../flag.ts';
import { logIn } from './log-in.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'setup',
  summary: 'Make the first user of a server, an administrator, and log in',
  description:
    'Works once, while the server has no user. The password, 10 to 200 characters, is asked for, or read from ' +
    'standard input.',
  flags: { user: required('USER', anyText, 'The id of the administrator.') },
  exits: { 65: 'The server has a user already.' },
  examples: [
    ['setup --user root', 'asks for the password'],
    ['setup --user root --server https://waybill.example < password.txt', 'the password from a file'],
  ],
  async run(context, { flags: { user } }) {
    const { output, signal, server } = context;
    const password = await createPasswordInput(output.errorStream).askNew(`New password of ${user}: `);
    await createClient({ server }).setUp({ body: { userId: user, password } }, { signal });
    await logIn(context, user, password, 'Set up and logged in');
  },
});
