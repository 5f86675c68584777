import { argument, defineCommand } from '../command.ts';
import { anyText, commaList, oneOf, optional, toggle } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'user update',
  summary: 'Update, disable or enable a user',
  description:
    'For administrators. Changes the email address, roles or password, or disables or enables the user; what is ' +
    'not given does not change. Disabling a user, and a new password, end its logins; a new password also revokes ' +
    'its API keys. While a user is disabled, its schedules are paused.',
  arguments: { id: argument('USER', 'The user.', 'id') },
  flags: {
    email: optional('EMAIL', anyText, 'Email address, which can also be used to log in.'),
    roles: optional('ROLE,...', commaList(oneOf('user', 'operator', 'admin')), 'New roles of the user.'),
    disable: toggle('The user can neither log in nor use its API keys.'),
    enable: toggle('Undo --disable.'),
    newPassword: toggle('Ask for a new password, or read it from standard input.'),
  },
  exits: { 65: 'The user is the last administrator who can log in.' },
  examples: [
    ['user update mira --roles user,operator', 'change the roles'],
    ['user update mira --disable', 'lock the user out at once'],
    ['user update mira --new-password', 'set a new password'],
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
