import type { RouteAnswer } from '../../../contract/route.ts';
import type { listTokens } from '../../../contract/tokens.ts';
import { defineCommand } from '../command.ts';
import { anyText, optional, wholeNumber } from '../flag.ts';
import { plain, table } from '../output.ts';

export default defineCommand({
  name: 'token list',
  summary: 'List API keys',
  description:
    "Your own: live keys first, then revoked and expired ones, newest first. Administrators see everybody's. Never " +
    'shows the secret.',
  flags: {
    user: optional('USER', anyText, 'Only keys of this user; for administrators.'),
    limit: optional('N', wholeNumber(1, 10_000), 'Maximum number to list. Default: 1000.'),
  },
  examples: [
    ['token list', 'your own'],
    ['token list --user mira', "another user's"],
  ],
  async run(context, { flags: { user, limit = 1_000 } }) {
    const { output, signal } = context;
    const client = context.client();
    const tokens: RouteAnswer<typeof listTokens>['tokens'][number][] = [];
    let cursor: string | null | undefined;
    while (cursor !== null && tokens.length < limit) {
      const query = {
        limit: Math.min(200, limit - tokens.length),
        ...(user === undefined ? {} : { userId: user }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const page = await client.listTokens({ query }, { signal });
      tokens.push(...page.tokens);
      cursor = page.nextCursor;
    }
    if (output.json) return output.printJson({ tokens, nextCursor: cursor ?? null });
    output.print(
      table(
        ['ID', 'USER', 'ROLES', 'CREATED', 'EXPIRES', 'REVOKED', 'LAST USED', 'NAME'],
        tokens.map((each) => [
          each.tokenId,
          each.userId,
          each.roles.join(','),
          each.createdAt,
          each.expiresAt ?? 'never',
          each.revokedAt ?? '-',
          each.lastUsedAt ?? 'never',
          plain(each.name),
        ]),
      ),
    );
    if (cursor) output.note(`There are more: --limit ${limit} was reached.`);
  },
});
