import { argument, defineCommand } from '../command.ts';
import { commaList, oneOf, optional, toggle } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'user update',
  summary: 'Change the roles or the password of a user, disable or enable it',
  description:
    'For administrators. What is not given stays as it is. Disabling and a new password end the logins made before.',
  arguments: { id: argument('USER', 'The user.', 'id') },
  flags: {
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
  async run(context, { args: { id }, flags: { roles, disable, enable, newPassword } }) {
    const { output, signal } = context;
    if (disable && enable) throw new UsageProblem('--disable and --enable contradict each other');
    if (roles === undefined && !disable && !enable && !newPassword) {
      throw new UsageProblem('nothing to change: give --roles, --disable, --enable or --new-password');
    }
    const input = createPasswordInput(output.errorStream);
    const body = {
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
