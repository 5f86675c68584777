import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder, run, runHere } from './program.ts';

let folder: ReturnType<typeof makeFolder>;
let data: string;
beforeEach(() => {
  folder = makeFolder();
  data = join(folder.path, 'data');
});
afterEach(() => folder.remove());

interface State {
  readonly path: string;
  readonly migrations: readonly { readonly version: number; readonly appliedAt: number | null }[];
}

async function status(...args: readonly string[]): Promise<{ exit: number | null; state: State }> {
  const { status: exit, stdout } = await runHere(['migrate', '--status', '--json', '--data', data, ...args], {});
  return { exit, state: JSON.parse(stdout) as State };
}

describe('migrate', () => {
  test('--status changes nothing, and exits with 1 as long as something is missing', async () => {
    const before = await status();
    expect([before.exit, before.state.migrations[0]]).toMatchObject([1, { version: 1, appliedAt: null }]);
    expect(existsSync(data)).toBe(false);
    const applied = await run(['migrate', '--data', data]);
    expect([applied.status, applied.stderr]).toEqual([0, expect.stringMatching(/^Applied 1 core\.\n/)]);
    const after = await status();
    expect([after.exit, after.state.migrations.every(({ appliedAt }) => appliedAt !== null)]).toEqual([0, true]);
    expect((await runHere(['migrate', '--data', data], {})).stderr).toMatch(/is up to date\.\n$/);
  });

  test('needs no secret, and takes the store that DATABASE_URL names', async () => {
    const path = join(folder.path, 'else.sqlite');
    expect((await run(['migrate'], { env: { DATABASE_URL: `sqlite:${path}` }, cwd: folder.path })).status).toBe(0);
    expect(existsSync(path)).toBe(true);
  });

  test('says of a PostgreSQL that is not there where it looked, without the password', async () => {
    const env = { DATABASE_URL: 'postgres://waybill:geheim@127.0.0.1:1/w' };
    const { status: exit, stderr } = await runHere(['migrate'], env);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^waybill: Nothing listens there.*\(PostgreSQL at 127\.0\.0\.1:1, database w\)\n$/);
  });

  test('says of a file that is no database that it is none', async () => {
    const path = join(folder.path, 'notes.txt');
    writeFileSync(path, 'words '.repeat(1000));
    const { status: exit, stderr } = await runHere(['migrate'], { DATABASE_URL: `sqlite:${path}` });
    expect([exit, stderr]).toEqual([1, `waybill: cannot read the database ${path}: file is not a database\n`]);
  });
});
