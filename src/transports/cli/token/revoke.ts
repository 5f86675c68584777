import { argument, defineCommand } from '../command.ts';

export default defineCommand({
  name: 'token revoke',
  summary: 'End an API key at once and for good',
  arguments: { id: argument('ID', 'The token, as `waybill token list` shows it.', 'id') },
  examples: [['token revoke 01935a42-3c5d-7d10-a9be-0c1d2e3f4a5b', 'that one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const answer = await context.client().revokeToken({ params: { id } }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Token ${id} is revoked.`);
  },
});
