import { defineCommand } from '../command.ts';
import { anyText, commaList, oneOf, optional, required, toggle, wholeNumber } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';

export default defineCommand({
  name: 'token create',
  summary: 'Create an API key',
  description:
    'Prints nothing but the key on standard output; it cannot be shown again. Users create keys for themselves, ' +
    'with at most their own roles; administrators create keys for anybody.',
  flags: {
    name: required('NAME', anyText, 'Label: where the key is used.'),
    user: optional('USER', anyText, 'User of the key. Default: yourself.'),
    roles: optional(
      'ROLE,...',
      commaList(oneOf('user', 'operator', 'admin')),
      'Roles of the key. Default: your own.',
    ),
    expiresInDays: optional('D', wholeNumber(1, 3_650), 'Validity in days. Default: 365.'),
    neverExpires: toggle('Valid until it is revoked.'),
  },
  examples: [
    ['token create --name "shop importer"', 'a key for yourself'],
    ['token create --name ci --user build --roles user,operator --expires-in-days 30', 'for another user'],
  ],
  async run(context, { flags: { name, user, roles, expiresInDays, neverExpires } }) {
    const { output, signal } = context;
    if (neverExpires && expiresInDays !== undefined) {
      throw new UsageProblem('--never-expires and --expires-in-days contradict each other');
    }
    const days = neverExpires ? { expiresInDays: null } : expiresInDays === undefined ? {} : { expiresInDays };
    const body = {
      name,
      ...(user === undefined ? {} : { userId: user }),
      ...(roles === undefined ? {} : { roles }),
      ...days,
    };
    const token = await context.client().createToken({ body }, { signal });
    if (output.json) return output.printJson(token);
    output.print(token.key);
    const until = token.expiresAt === null ? 'until it is revoked' : `until ${token.expiresAt}`;
    output.note(`Token ${token.tokenId} of ${token.userId} (${token.roles.join(', ')}), good ${until}.`);
  },
});
