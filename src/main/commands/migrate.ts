import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { defineCommand } from '../../transports/cli/command.ts';
import { CommandFailure, exits } from '../../transports/cli/failure.ts';
import { toggle } from '../../transports/cli/flag.ts';
import { table } from '../../transports/cli/output.ts';
import { configFlags } from '../config/flags.ts';
import { isPostgres } from '../config/load.ts';
import type { SchemaState } from './schema.ts';
import { readStoreOptions } from './store-options.ts';

export default defineCommand({
  name: 'migrate',
  summary: 'Apply database migrations',
  description:
    '`waybill serve` applies migrations when it starts; use this command to apply them at another time, or to list ' +
    'them. The database is that of --data or DATABASE_URL.',
  usesServer: false,
  flags: {
    ...configFlags(['data']),
    status: toggle('Only list the migrations and whether they are applied.'),
  },
  exits: { 1:
    'The migration failed; with --status: migrations are missing, or the database is newer than this program.' },
  examples: [
    ['migrate --status --data ./data', 'what is there'],
    ['migrate --data ./data', 'apply what is missing'],
  ],
  async run({ output, env }, { flags: { data, status } }) {
    const { where } = readStoreOptions({ flags: { data }, env });
    const [{ readSchema }, { openStore, storePlace }] = await Promise.all([
      import('./schema.ts'),
      import('../node/store.ts'),
    ]);
    const path = await storePlace(where);
    const look = (): Promise<SchemaState> => readSchema(where).catch((error: Error) => cannotRead(path, error));
    const before = await look();
    if (!status) {
      if (before.newer !== null) throw new CommandFailure(newerText(before.newer));
      if (!isPostgres(where.databaseUrl)) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      await (await openStore(where)).close();
    }
    const after = status ? before : await look();
    if (output.json) output.printJson({ path, ...after });
    else if (status) output.print(statusText(after));
    else tellApplied(output, before, path);
    const current = after.newer === null && after.migrations.every(({ appliedAt }) => appliedAt !== null);
    return current ? exits.ok : exits.failed;
  },
});

function cannotRead(path: string, { message }: Error): never {
  // What goes wrong on the way to PostgreSQL names it already.
  throw new CommandFailure(message.includes(path) ? message : `cannot read the database ${path}: ${message}`);
}

function statusText({ migrations, newer }: SchemaState): string {
  const rows = migrations.map(({ version, name, appliedAt }) => [
    String(version),
    name,
    appliedAt === null ? 'not applied' : new Date(appliedAt).toISOString(),
  ]);
  const text = table(['NUMBER', 'NAME', 'APPLIED'], rows);
  return newer === null ? text : `${text}\n${newerText(newer)}`;
}

function newerText(newer: number): string {
  return `the store has migration ${newer}, which this program does not know: a newer Waybill wrote it`;
}

function tellApplied(output: { note(text: string): void }, before: SchemaState, path: string): void {
  const missing = before.migrations.filter(({ appliedAt }) => appliedAt === null);
  if (missing.length === 0) output.note(`${path} is up to date.`);
  for (const { version, name } of missing) output.note(`Applied ${version} ${name}.`);
}
