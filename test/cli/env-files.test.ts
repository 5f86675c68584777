import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOptions } from '../../src/main/config/read.ts';
import { makeFolder, run, runHere } from './program.ts';

let folder: ReturnType<typeof makeFolder>;
beforeAll(() => (folder = makeFolder()));
afterAll(() => folder.remove());

function file(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

const secret = 'f0a8c1d35b7e92460cd1f3b58a79e2464b8d0f1c';

describe('a secret in a file', () => {
  const problemOf = (path: string, more: Record<string, string> = {}): string | undefined =>
    readOptions({ flags: {}, env: { JWT_SECRET_FILE: path, ...more } }).problems[0]?.message;

  test('is read without the newlines at its end, whichever secret it is', () => {
    const env = { JWT_SECRET_FILE: file('jwt', `${secret}\r\n\n`), DATABASE_URL_FILE: file('url', 'sqlite:/a b') };
    const { values, origins, problems } = readOptions({ flags: {}, env });
    expect([values.jwtSecret, values.databaseUrl, origins.jwtSecret, problems]).toEqual([
      secret, 'sqlite:/a b', 'file', [],
    ]);
    expect(readOptions({ flags: {}, env: { PORT_FILE: file('port', '1') } }).origins.port).toBe('default');
  });

  test('is refused beside the variable, and where it cannot be read, with its path and without its contents', () => {
    const path = file('both', secret);
    expect(problemOf(path, { JWT_SECRET: secret })).toBe('JWT_SECRET and JWT_SECRET_FILE are both set: unset one');
    expect(problemOf(path, { JWT_SECRET: ' ' })).toBeUndefined();
    expect(problemOf('/nonexistent/x')).toBe('JWT_SECRET_FILE (/nonexistent/x) is not there');
    expect(problemOf(folder.path)).toBe(`JWT_SECRET_FILE (${folder.path}) is a folder`);
    expect(problemOf(file('empty', '\n'))).toMatch(/ is empty$/);
    expect(problemOf(file('huge', 'x'.repeat(70_000)))).toMatch(/ has 70000 bytes, and 65536 are the most$/);
    expect(problemOf(file('short', 'geheim'))).toMatch(/^JWT_SECRET_FILE has a wrong value \(not shown\): it must be/);
  });

  test('that this user may not read is refused with that reason', async ({ skip }) => {
    const path = file('locked', secret);
    chmodSync(path, 0);
    skip(process.getuid?.() === 0, 'root may read every file');
    expect(problemOf(path)).toMatch(/cannot be read: this user has no permission$/);
  });

  test('may be the token of a command', async () => {
    const ask = (token: string) => runHere(['account', 'show'], {
      WAYBILL_TOKEN_FILE: token, WAYBILL_SERVER: 'http://127.0.0.1:1',
    });
    expect(await ask('/nonexistent/x')).toMatchObject({
      status: 2, stderr: 'waybill: WAYBILL_TOKEN_FILE (/nonexistent/x) is not there\n',
    });
  });
});

describe('--env-file', () => {
  const dataOf = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
    const { stdout } = await runHere(['migrate', '--status', '--json', ...args], env);
    return (JSON.parse(stdout) as { path: string }).path;
  };

  test('gives variables to any command: a later file wins over an earlier one, and what is set over both', async () => {
    const [one, two] = [file('one.env', '# data\nWAYBILL_DATA="/one"\n'), file('two.env', 'WAYBILL_DATA=/two\n')];
    expect(await dataOf(['--env-file', one])).toBe('/one/waybill.sqlite');
    expect(await dataOf(['--env-file', one, `--env-file=${two}`])).toBe('/two/waybill.sqlite');
    expect(await dataOf(['--env-file', one], { WAYBILL_DATA: '/set' })).toBe('/set/waybill.sqlite');
    expect(await dataOf(['--env-file', one, '--data', '/flag'])).toBe('/flag/waybill.sqlite');
  });

  test('is named by doctor, may stand before the command', async () => {
    const path = file('dev.env', `WAYBILL_DEV=true\nPORT=0\nWAYBILL_DATA=${join(folder.path, 'data')}\n`);
    const { stdout } = await run(['--env-file', path, 'doctor']);
    expect(stdout).toContain(`with the variables of ${path}\n`);
    expect(stdout).toMatch(/development mode; set: PORT, WAYBILL_DATA, WAYBILL_DEV\n/);
  });

  test('that cannot be read stops the command', async () => {
    expect(await runHere(['doctor', '--env-file', '/nonexistent/.env'], {})).toEqual({
      status: 2, stdout: '', stderr: 'waybill: --env-file /nonexistent/.env is not there\n',
    });
  });
});
