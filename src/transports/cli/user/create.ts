import { argument, defineCommand } from '../command.ts';
import { anyText, commaList, oneOf, optional } from '../flag.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'user create',
  summary: 'Make a user who logs in with a password',
  description:
    'For administrators. The password, 10 to 200 characters, is asked for, or read from standard input. The user ' +
    'changes it with `waybill user password`.',
  arguments: { id: argument('USER', 'The id: letters, digits and . _ @ : | + = ~ -', 'id') },
  flags: {
    email: optional('EMAIL', anyText, 'Its email address, by which it can log in too.'),
    fullName: optional('NAME', anyText, 'Its name, for people.'),
    roles: optional('ROLE,...', commaList(oneOf('user', 'operator', 'admin')), 'What it may do; user unless given.'),
  },
  exits: { 65: 'The id or the email address is taken.' },
  examples: [
    ['user create mira', 'asks for the password'],
    ['user create build --roles user,operator < password.txt', 'the password from a file'],
  ],
  async run(context, { args: { id }, flags: { email, fullName, roles } }) {
    const { output, signal } = context;
    const password = await createPasswordInput(output.errorStream).askNew(`New password of ${id}: `);
    const body = {
      userId: id,
      password,
      ...(email !== undefined && { email }),
      ...(fullName !== undefined && { name: fullName }),
      ...(roles !== undefined && { roles }),
    };
    const user = await context.client().createUser({ body }, { signal });
    if (output.json) output.printJson(user);
    else output.note(`Made the user ${user.userId} (${user.roles.join(', ')}).`);
  },
});
