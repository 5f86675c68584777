import { defineCommand } from '../command.ts';
import { anyText, commaList, oneOf, optional, required, toggle, wholeNumber } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';

export default defineCommand({
  name: 'token create',
  summary: 'Make an API key',
  description:
    'Prints the key alone on standard output; it cannot be shown again. For yourself with your own roles at most; ' +
    'an administrator makes them for anybody.',
  flags: {
    name: required('NAME', anyText, 'For people: where the key is used.'),
    user: optional('USER', anyText, 'Whose key it is; yours unless given.'),
    roles: optional(
      'ROLE,...',
      commaList(oneOf('user', 'operator', 'admin')),
      'What it may do; your own roles unless given.',
    ),
    expiresInDays: optional('D', wholeNumber(1, 3_650), 'How long it is good; 365 unless given.'),
    neverExpires: toggle('Good until it is revoked.'),
  },
  examples: [
    ['token create --name "shop importer"', 'a key of your own'],
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
