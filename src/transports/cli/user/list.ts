import { defineCommand } from '../command.ts';
import { optional, wholeNumber } from '../flag.ts';
import { table } from '../output.ts';

export default defineCommand({
  name: 'user list',
  summary: 'List users',
  description: 'For administrators. Lists the users who log in with a password, by id.',
  flags: { limit: optional('N', wholeNumber(1, 10_000), 'Maximum number to list. Default: 1000.') },
  examples: [['user list', 'all of them, up to 1000']],
  async run(context, { flags: { limit = 1_000 } }) {
    const { output, signal } = context;
    const client = context.client();
    const users: Awaited<ReturnType<typeof client.listUsers>>['users'][number][] = [];
    let after: string | null | undefined;
    while (after !== null && users.length < limit) {
      const query = { limit: Math.min(200, limit - users.length), ...(after === undefined ? {} : { after }) };
      const page = await client.listUsers({ query }, { signal });
      users.push(...page.users);
      after = page.nextAfter;
    }
    if (output.json) return output.printJson({ users, nextAfter: after ?? null });
    const rows = users.map((each) => [
      each.userId, each.email ?? '-', each.roles.join(','), each.disabled ? 'yes' : '-', each.createdAt, each.updatedAt,
    ]);
    output.print(table(['USER', 'EMAIL', 'ROLES', 'DISABLED', 'CREATED', 'CHANGED'], rows));
    if (after) output.note(`There are more: --limit ${limit} was reached.`);
  },
});
