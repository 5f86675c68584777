import type { CommandEntry, CommandTopic } from '../../transports/cli/command.ts';
import { summaries } from './generated/summaries.ts';
import { commandSources } from './sources.ts';

/** Every command, with what help says of it without loading it. */
export const allCommands: readonly CommandEntry[] = commandSources.map((source) => (
  { ...source, summary: summaries[source.name] ?? '' }
));

/** The commands as `waybill --help` shows them: by a whole name, or by the first word of several. */
export const topics: readonly CommandTopic[] = [
  {
    name: 'run', title: 'Run things',
    commands: ['task run', 'job run', 'job create', 'product import', 'webhook send', 'schedule'],
  },
  { name: 'jobs', title: 'Jobs and tasks', commands: ['task', 'job', 'jobs', 'type', 'request', 'product', 'preset'] },
  { name: 'workers', title: 'Workers', commands: ['worker', 'provider', 'queue', 'agent', 'secret'] },
  {
    name: 'accounts', title: 'Accounts and money',
    commands: ['login', 'logout', 'setup', 'user', 'token', 'account', 'plan'],
  },
  {
    name: 'operate', title: 'Operate',
    commands: ['serve', 'apply', 'export', 'doctor', 'migrate', 'backup', 'restore', 'audit', 'webhook', 'shop'],
  },
  { name: 'develop', title: 'Develop', commands: ['dev', 'mcp', 'completion'] },
];
