import { beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, runHere } from '../cli/program.ts';
import { newDatabase, type TestDatabase } from './database.ts';

let database: TestDatabase;
let env: Record<string, string>;
beforeEach(async () => {
  database = await newDatabase();
  env = { DATABASE_URL: database.url };
});

interface State {
  readonly path: string;
  readonly migrations: readonly { readonly version: number; readonly appliedAt: number | null }[];
}

describe('waybill migrate', () => {
  it('brings a PostgreSQL database up to date, and --status only looks', async () => {
    const before = await runHere(['migrate', '--status', '--json'], env);
    const state = JSON.parse(before.stdout) as State;
    expect(before.status).toBe(1);
    expect(state.migrations[0]).toMatchObject({ version: 1, appliedAt: null });
    expect(state.path).toMatch(/^PostgreSQL at \S+, database waybill_test_/);
    expect(await database.run("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
    const applied = await runHere(['migrate'], env);
    expect([applied.status, applied.stderr]).toEqual([0, expect.stringMatching(/^Applied 1 core\.\n/)]);
    const after = await runHere(['migrate', '--status', '--json'], env);
    expect(after.status).toBe(0);
    expect((await runHere(['migrate'], env)).stderr).toMatch(/is up to date\.\n$/);
  });

  it('leaves a database of a newer Waybill alone', async () => {
    await runHere(['migrate'], env);
    await database.run("INSERT INTO schema_migrations VALUES (99, 'later', 0)");
    const { status, stderr } = await runHere(['migrate'], env);
    expect([status, stderr]).toEqual([1, expect.stringContaining('newer Waybill')]);
  });
});

describe('waybill doctor', () => {
  it('says how far a PostgreSQL database is', async () => {
    const folder = makeFolder();
    const doctor = async (): Promise<string> => {
      const { stdout } = await runHere(['doctor', '--dev', '--port', '0', '--data', folder.path], env);
      return stdout;
    };
    expect(await doctor()).toMatch(/ok {4}store .*answers, \d+ of \d+ migrations to be applied/);
    await runHere(['migrate'], env);
    expect(await doctor()).toMatch(/ok {4}store .*answers, up to date/);
    await database.run("INSERT INTO schema_migrations VALUES (99, 'later', 0)");
    expect(await doctor()).toMatch(/fail {2}store .*written by a newer Waybill \(migration 99\)/);
    folder.remove();
  });
});

describe.each(['LATIN1', 'SQL_ASCII'])('a database that keeps text as %s', (encoding) => {
  it('is refused by serve, migrate and doctor, which say what to do, and is left as it is', async () => {
    const options = `ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`;
    const { url, run } = await newDatabase(undefined, options);
    const folder = makeFolder();
    const flags = ['--dev', '--port', '0', '--data', folder.path];
    const why = `encoding is ${encoding}, but Waybill needs UTF-8: create it again with CREATE DATABASE`;
    for (const args of [['serve', ...flags], ['migrate'], ['migrate', '--status'], ['doctor', ...flags]]) {
      const { status, stdout, stderr } = await runHere(args, { DATABASE_URL: url });
      expect([args[0], status, stdout + stderr]).toEqual([args[0], 1, expect.stringContaining(why)]);
    }
    expect(await run("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
    folder.remove();
  });
});
