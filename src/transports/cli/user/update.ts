import { argument, defineCommand } from '../command.ts';
import { anyText, commaList, oneOf, optional, toggle } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'user update',
  summary: 'Change the email address, roles or password of a user, disable or enable it',
  description:
    'For administrators. What is not given stays as it is. Disabling and a new password end the logins made before; ' +
    'a new password revokes the API keys too. While a user is disabled, its schedules stand still.',
  arguments: { id: argument('USER', 'The user.', 'id') },
  flags: {
    email: optional('EMAIL', anyText, 'Its email address, by which it can log in too.'),
    roles: optional('ROLE,...', commaList(oneOf('user', 'operator', 'admin')), 'What it may do from now on.'),
    disable: toggle('It can neither log in nor use its API keys.'),
    enable: toggle('It can again.'),
    newPassword: toggle('Ask for a new password, or read it from standard input.'),
  },
  exits: { 65: 'It is the last administrator that can log in.' },
  examples: [
    ['user update mira --roles user,operator', 'what it may do'],
    ['user update mira --disable', 'at once, whoever is logged in'],
    ['user update mira --new-password', 'when it was forgotten'],
  ],
  async run(context, { args: { id }, flags: { email, roles, disable, enable, newPassword } }) {
    const { output, signal } = context;
    if (disable && enable) throw new UsageProblem('--disable and --enable contradict each other');
    if (email === undefined && roles === undefined && !disable && !enable && !newPassword) {
      throw new UsageProblem('nothing to change: give --email, --roles, --disable, --enable or --new-password');
    }
    const input = createPasswordInput(output.errorStream);
    const body = {
      ...(email === undefined ? {} : { email }),
      ...(roles === undefined ? {} : { roles }),
      ...(disable || enable ? { disabled: disable } : {}),
      ...(newPassword ? { password: await input.askNew(`New password of ${id}: `) } : {}),
    };
    const user = await context.client().updateUser({ params: { id }, body }, { signal });
    if (output.json) return output.printJson(user);
    const state = user.disabled ? 'disabled' : 'enabled';
    output.note(`${user.userId} is ${state} and has the roles ${user.roles.join(', ')}.`);
  },
});
