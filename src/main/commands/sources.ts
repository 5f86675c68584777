import type { CommandSource } from '../../transports/cli/command.ts';
import { clientCommands } from './client-commands.ts';
import { serverCommands } from './commands.ts';

/** Short ways in: what stands for the words of a command. */
const shorts: Readonly<Record<string, string>> = {
  run: 'task run',
  get: 'job get',
  list: 'job list',
  watch: 'job watch',
  logs: 'job logs',
  cancel: 'job cancel',
  retry: 'job retry',
};

const sources: readonly CommandSource[] = [
  ...serverCommands, ...clientCommands,
  {
    name: 'completion',
    load: async () => (await import('../../transports/cli/completion/command.ts')).completionCommand(commandSources),
  },
];

/** Where every command is. */
export const commandSources: readonly CommandSource[] = sources.map((source) => {
  const short = Object.keys(shorts).find((word) => shorts[word] === source.name);
  return short === undefined ? source : { ...source, short };
});
