import { defineCommand } from '../command.ts';
import { anyText, optional } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';
import { saveNewLogin, withoutAdvice } from './log-in.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'setup',
  summary: 'Create the first administrator, and log in',
  description:
    'Works once, while the server has no administrator. Asks for the password (10 to 200 characters), or reads it ' +
    'from standard input. A server that others can reach requires the setup token, which it prints when it starts.',
  flags: {
    user: optional('USER', anyText, 'Id of the administrator. Default: the email address.'),
    email: optional('EMAIL', anyText, 'Email address, which can also be used to log in.'),
    fullName: optional('NAME', anyText, 'Display name.'),
    setupToken: optional('TOKEN', anyText, 'Printed by the server when it starts, or its SETUP_TOKEN.', 'SETUP_TOKEN'),
  },
  exits: { 65: 'The server already has an administrator.', 77: 'The setup token is missing or wrong.' },
  examples: [
    ['setup --email root@shop.example', 'with an email address'],
    ['setup --user root', 'asks for the password'],
    ['setup --user root --server https://waybill.example < password.txt', 'the password from a file'],
  ],
  async run(context, { flags: { user, email, fullName, setupToken } }) {
    const { output, signal } = context;
    const named = user ?? email;
    if (named === undefined) throw new UsageProblem('no administrator named: give --user or --email');
    const password = await createPasswordInput(output.errorStream).askNew(`New password of ${named}: `);
    const body = {
      ...(user !== undefined && { userId: user }),
      ...(email !== undefined && { email }),
      ...(fullName !== undefined && { name: fullName }),
      ...(setupToken !== undefined && { setupToken }),
      password,
    };
    const login = context.client({ token: null }).setUp({ body }, { signal });
    saveNewLogin(context, await withoutAdvice(login), 'Set up and logged in');
  },
});
