import { argument, defineCommand } from '../command.ts';
import { anyText, commaList, oneOf, optional } from '../flag.ts';
import { createPasswordInput } from './password-input.ts';

export default defineCommand({
  name: 'user create',
  summary: 'Create a user',
  description:
    'For administrators. Asks for the password (10 to 200 characters), or reads it from standard input. The user ' +
    'can change it with `waybill user password`.',
  arguments: { id: argument('USER', 'The id: letters, digits and . _ @ : | + = ~ -', 'id') },
  flags: {
    email: optional('EMAIL', anyText, 'Email address, which can also be used to log in.'),
    fullName: optional('NAME', anyText, 'Display name.'),
    roles: optional('ROLE,...', commaList(oneOf('user', 'operator', 'admin')), 'Roles of the user. Default: user.'),
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
