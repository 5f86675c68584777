import { resolve } from 'node:path';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import { databaseFrom, problemsTogether } from '../config/load.ts';
import type { OptionName, OptionValues } from '../config/options.ts';
import { readOptions, type Sources } from '../config/read.ts';
import type { StoreConfig } from '../node/store.ts';

/** Only what says where the store is; secrets need not be set. */
const storeOptions: readonly OptionName[] = [
  'data', 'sqliteCheckpoints', 'databaseUrl', 'databasePoolSize', 'databaseProxy', 'databaseDirectUrl',
];

/** Where the store is, for commands that work on it without a server. Throws UsageProblem. */
export function readStoreOptions(
  sources: Sources,
  others: readonly OptionName[] = [],
): { readonly where: StoreConfig; readonly values: OptionValues } {
  const read = readOptions(sources);
  const { values, problems } = read;
  const names = new Set<OptionName>([...storeOptions, ...others]);
  const problem = [...problems, ...problemsTogether(read)].find(({ option }) => names.has(option));
  if (problem !== undefined) throw new UsageProblem(problem.message);
  const databaseUrl = values.databaseUrl ?? null;
  return { where: { dataDir: resolve(values.data ?? ''), databaseUrl, database: databaseFrom(values) }, values };
}
