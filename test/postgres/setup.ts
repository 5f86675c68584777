import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded, type EmbeddedServer } from './embedded.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: {
      /** Of a database on the server of this test run, as a user who may make others. */
      readonly url: string;
      /** What the names of databases made by this run begin with. */
      readonly prefix: string;
      /** Whether it was named from outside, and not started for the run. */
      readonly given: boolean;
    };
  }
}

/** Shared by the projects of one run, each of which loads this file for itself. */
interface Shared {
  users: number;
  server: Promise<EmbeddedServer> | null;
}
const key = Symbol.for('waybill.test.postgres');
const shared = ((globalThis as Record<symbol, unknown>)[key] ??= { users: 0, server: null }) as Shared;

/**
 * The server that `WAYBILL_TEST_POSTGRES_URL` names, or one of its own for this run. Its data are gone
 * afterwards, so that it need not wait for the disk.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['WAYBILL_TEST_POSTGRES_URL'];
  const prefix = `waybill_test_${randomUUID().slice(0, 8)}_`;
  if (given !== undefined && given !== '') {
    project.provide('postgres', { url: given, prefix, given: true });
    return () => dropAll(given, prefix);
  }
  shared.users += 1;
  shared.server ??= startEmbedded(['fsync=off']);
  project.provide('postgres', { url: (await shared.server).url, prefix, given: false });
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    const server = await shared.server;
    shared.server = null;
    await server?.remove();
  };
}

async function dropAll(url: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
    [prefix],
  );
  for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await client.end();
}
