import { defineCommand, optionalArgument } from '../command.ts';
import { accountText } from './text.ts';

export default defineCommand({
  name: 'account show',
  summary: 'Show credits, plan and slots',
  arguments: {
    id: optionalArgument('USER', "User whose account to show; other users' accounts are for administrators. " +
      'Default: your own.', 'id'),
  },
  examples: [
    ['account show', 'your own'],
    ['account show mira --json', "another user's, as JSON"],
  ],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const client = context.client();
    const account =
      id === undefined ? await client.me({}, { signal }) : await client.showAccount({ params: { id } }, { signal });
    if (output.json) output.printJson(account);
    else output.print(accountText(account));
  },
});
