import { databaseFrom } from '../src/main/config/load.ts';
import { readOptions } from '../src/main/config/read.ts';
import { openStore } from '../src/main/node/store.ts';
import type { Store } from '../src/ports/store/store.ts';

/** What DATABASE_URL and its kin name, as for a server; unless set, SQLite in `folder`. */
export function openMeasuredStore(folder: string): Promise<Store> {
  const { values } = readOptions({ flags: {}, env: process.env });
  return openStore({ dataDir: folder, databaseUrl: values.databaseUrl ?? null, database: databaseFrom(values) });
}
