import { defineCommand, optionalArgument } from '../command.ts';
import { counted } from '../counted.ts';
import { anyText, optional, toggle } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';

export default defineCommand({
  name: 'token revoke',
  summary: 'Revoke an API key, or all of them',
  description: 'Takes effect at once and cannot be undone. Also revokes the keys that were created with it.',
  arguments: { id: optionalArgument('ID', 'Id of the key, as shown by `waybill token list`.', 'id') },
  flags: {
    all: toggle('Revoke all your keys.'),
    user: optional('USER', anyText, 'With --all: revoke the keys of this user instead; for administrators.'),
  },
  examples: [
    ['token revoke 01935a42-3c5d-7d10-a9be-0c1d2e3f4a5b', 'a single one'],
    ['token revoke --all', 'if one of them has leaked and you do not know which'],
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
    else output.note(`${counted(answer.revoked, 'token is', 'tokens are')} revoked.`);
  },
});
