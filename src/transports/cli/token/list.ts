import { defineCommand } from '../command.ts';
import { plain, table } from '../output.ts';

export default defineCommand({
  name: 'token list',
  summary: 'List API keys, never the keys themselves',
  description: "Your own, newest first, revoked ones included; an administrator sees everybody's.",
  examples: [['token list', 'your own']],
  async run(context) {
    const { output, signal } = context;
    const { tokens } = await context.client().listTokens({}, { signal });
    if (output.json) return output.printJson({ tokens });
    output.print(
      table(
        ['ID', 'USER', 'ROLES', 'CREATED', 'EXPIRES', 'REVOKED', 'NAME'],
        tokens.map((each) => [
          each.tokenId,
          each.userId,
          each.roles.join(','),
          each.createdAt,
          each.expiresAt ?? 'never',
          each.revokedAt ?? '-',
          plain(each.name),
        ]),
      ),
    );
  },
});
