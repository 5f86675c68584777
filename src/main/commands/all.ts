import type { CommandEntry, CommandTopic } from '../../transports/cli/command.ts';
import { clientCommands } from './client-commands.ts';
import { serverCommands } from './commands.ts';
import { summaries } from './generated/summaries.ts';

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

/** Every command, with what help says of it without loading it. */
export const allCommands: readonly CommandEntry[] = [...serverCommands, ...clientCommands].map((entry) => {
  const short = Object.keys(shorts).find((word) => shorts[word] === entry.name);
  return { ...entry, summary: summaries[entry.name] ?? '', ...(short !== undefined && { short }) };
});

/** The commands as `waybill --help` shows them: by a whole name, or by the first word of several. */
export const topics: readonly CommandTopic[] = [
  {
    name: 'run', title: 'Run things',
    commands: ['task run', 'job run', 'job create', 'product import', 'webhook send', 'schedule'],
  },
  { name: 'jobs', title: 'Jobs and tasks', commands: ['task', 'job', 'jobs', 'type', 'product', 'preset'] },
  { name: 'workers', title: 'Workers', commands: ['worker', 'provider', 'queue', 'agent', 'secret'] },
  {
    name: 'accounts', title: 'Accounts and money',
    commands: ['login', 'logout', 'setup', 'user', 'token', 'account', 'plan'],
  },
  { name: 'operate', title: 'Operate', commands: ['serve', 'doctor', 'migrate', 'audit', 'webhook', 'shop'] },
];
