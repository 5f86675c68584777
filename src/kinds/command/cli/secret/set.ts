import { text as readAll } from 'node:stream/consumers';
import { defineCommand } from '../../../../transports/cli/command.ts';
import { CommandFailure, exits } from '../../../../transports/cli/failure.ts';
import { anyText, optional } from '../../../../transports/cli/flag.ts';
import type { TerminalStream } from '../../../../transports/cli/output.ts';
import { createPasswordInput } from '../../../../transports/cli/user/password-input.ts';
import type { CommandRoutes } from '../client.ts';
import { readTextFile } from '../files.ts';
import { secretArgument } from './argument.ts';

export default defineCommand({
  name: 'secret set',
  summary: 'Store a secret, or give it another value',
  description:
    'The value is read from standard input, without the line break at its end; on a terminal it is asked for. It is ' +
    'no argument, as those show in lists of processes. Jobs that are assigned from now on get the new value.',
  arguments: { name: secretArgument },
  flags: { valueFile: optional('FILE', anyText, 'Read the value from a file, as it is.') },
  examples: [
    ['secret set npm/publish < token.txt', 'from standard input'],
    ['secret set deploy-key --value-file id_ed25519', 'from a file'],
  ],
  async run(context, { args: { name }, flags: { valueFile } }) {
    const { output, signal } = context;
    const value = valueFile === undefined ? await readValue(output.errorStream) : await readTextFile(valueFile);
    if (value === '') throw new CommandFailure('the value is empty', exits.usage);
    const secret = await context.client<CommandRoutes>().putSecret({ params: { name }, body: { value } }, { signal });
    if (output.json) output.printJson(secret);
    else output.note(`Secret ${name} is stored.`);
  },
});

async function readValue(terminal: TerminalStream): Promise<string> {
  if (process.stdin.isTTY) return createPasswordInput(terminal).ask('Value: ');
  return (await readAll(process.stdin)).replace(/\r?\n$/, '');
}
