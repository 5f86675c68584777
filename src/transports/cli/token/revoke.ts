import { defineCommand, optionalArgument } from '../command.ts';
import { anyText, optional, toggle } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';

export default defineCommand({
  name: 'token revoke',
  summary: 'End an API key, or all of them, at once and for good',
  description: 'Together with the keys that were made with it.',
  arguments: { id: optionalArgument('ID', 'The token, as `waybill token list` shows it.', 'id') },
  flags: {
    all: toggle('All of your keys, whatever their id.'),
    user: optional('USER', anyText, 'With --all, for administrators: this user’s instead.'),
  },
  examples: [
    ['token revoke 01935a42-3c5d-7d10-a9be-0c1d2e3f4a5b', 'that one'],
    ['token revoke --all', 'when one of them leaked and nobody knows which'],
  ],
  async run(context, { args: { id }, flags: { all, user } }) {
    const { output, signal } = context;
    if (all === (id !== undefined)) throw new UsageProblem('which token: give its ID, or --all');
    if (user !== undefined && !all) throw new UsageProblem('--user is for --all');
    if (id !== undefined) {
      const answer = await context.client().revokeToken({ params: { id } }, { signal });
      return output.json ? output.printJson(answer) : output.note(`Token ${id} is revoked.`);
    }
    const query = user === undefined ? {} : { userId: user };
    const answer = await context.client().revokeTokens({ query }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(answer.revoked === 1 ? '1 token is revoked.' : `${answer.revoked} tokens are revoked.`);
  },
});
