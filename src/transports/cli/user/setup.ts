import { defineCommand } from '../command.ts';
import { anyText, optional } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';
import { saveNewLogin, withoutAdvice } from './log-in.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'setup',
  summary: 'Make the first user of a server, an administrator, and log in',
  description:
    'Works once, while the server has no administrator. The password, 10 to 200 characters, is asked for, or read ' +
    'from standard input. A server that others can reach wants the setup token that it printed at its start.',
  flags: {
    user: optional('USER', anyText, 'The id of the administrator; its email address unless given.'),
    email: optional('EMAIL', anyText, 'Its email address, by which it can log in too.'),
    fullName: optional('NAME', anyText, 'Its name, for people.'),
    setupToken: optional('TOKEN', anyText, 'What the server printed at its start, or its SETUP_TOKEN.', 'SETUP_TOKEN'),
  },
  exits: { 65: 'The server has an administrator already.', 77: 'The setup token is missing or wrong.' },
  examples: [
    ['setup --email root@shop.example', 'with an email address'],
    ['setup --user root', 'asks for the password'],
    ['setup --user root --server https://waybill.example < password.txt', 'the password from a file'],
  ],
  async run(context, { flags: { user, email, fullName, setupToken } }) {
    const { output, signal } = context;
    const named = user ?? email;
    if (named === undefined) throw new UsageProblem('who is to be the administrator: give --user or --email');
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
