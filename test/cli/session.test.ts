import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answers, startServer } from '../client/misbehaving-server.ts';
import { makeFolder, run, runHere, type Ended } from './program.ts';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;
let home: ReturnType<typeof makeFolder>;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(() => {
  home?.remove();
  home = makeFolder();
});
afterAll(() => home.remove());

/** With nothing in the environment but a home; as a process where it reads its input. */
function waybill(args: readonly string[], env: Record<string, string> = {}, input?: string): Promise<Ended> {
  const all = { HOME: home.path, ...env };
  return input === undefined ? runHere(args, all) : run(args, { env: all, input });
}

describe('login', () => {
  test('saves server and token for the commands that follow, readable by the user only', async () => {
    const saved = await waybill(['login', '--server', `${server.url}/`, '--token', 'mira']);
    const path = join(home.path, '.config/waybill/credentials.json');
    expect([saved.status, saved.stdout]).toEqual([0, '']);
    expect(saved.stderr).toBe(`Logged in to ${server.url} as mira; saved in ${path}.\n`);
    expect([statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    const { status, stdout } = await waybill(['account', 'show', '--json']);
    expect([status, (JSON.parse(stdout) as { userId: string }).userId]).toEqual([0, 'mira']);
  });

  test('takes the token from standard input, and the folder from XDG_CONFIG_HOME', async () => {
    const env = { XDG_CONFIG_HOME: join(home.path, 'elsewhere') };
    expect((await waybill(['login', '--server', server.url], env, 'mira\n')).status).toBe(0);
    expect(existsSync(join(home.path, 'elsewhere/waybill/credentials.json'))).toBe(true);
    expect((await waybill(['account', 'show'], env)).status).toBe(0);
  });

  test('saves no token that the server does not take', async () => {
    const { status, stderr } = await waybill(['login', '--server', server.url, '--token', 'a/b']);
    expect(status).toBe(77);
    expect(stderr).toMatch(/^waybill: /);
    expect(existsSync(join(home.path, '.config'))).toBe(false);
  });

  test.each(['', 'two words'])('refuses %j as a token', async (input) => {
    expect((await waybill(['login', '--server', server.url], {}, input)).status).toBe(2);
  });

  test('makes the file unreadable for others, whatever it was', async () => {
    await waybill(['login', '--server', server.url, '--token', 'mira'], {});
    const path = join(home.path, '.config/waybill/credentials.json');
    writeFileSync(path, readFileSync(path), { mode: 0o644 });
    await waybill(['login', '--server', server.url, '--token', 'noor'], {});
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ server: server.url, tokens: { [server.url]: 'noor' } });
  });
});

describe('which server and token are used', () => {
  test('flags win over the environment, which wins over the login', async () => {
    await waybill(['login', '--server', server.url, '--token', 'saved']);
    const env = { WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'environment' };
    const userOf = async (args: readonly string[], variables = {}): Promise<unknown> =>
      (JSON.parse((await waybill(['account', 'show', '--json', ...args], variables)).stdout) as { userId: string })
        .userId;
    expect(await userOf([])).toBe('saved');
    expect(await userOf([], env)).toBe('environment');
    expect(await userOf(['--token', 'flag'], env)).toBe('flag');
  });

  test('a saved token is sent to no other server', async () => {
    await waybill(['login', '--server', server.url, '--token', 'mira']);
    const other = await startServer(answers({ presets: [] }));
    await waybill(['preset', 'list', '--server', other.url]);
    await other.close();
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('flags for every command may stand before it', async () => {
    const { status } = await waybill(['--server', server.url, '--token=mira', '--json', 'account', 'show']);
    expect(status).toBe(0);
  });

  test('without any token, the advice is where to give one', async () => {
    const { status, stderr } = await waybill(['account', 'show', '--server', server.url]);
    expect(status).toBe(77);
    expect(stderr).toContain('Give --token, set WAYBILL_TOKEN, or save one with `waybill login`.');
  });

  test('a damaged file is named', async () => {
    await waybill(['login', '--server', server.url, '--token', 'mira']);
    writeFileSync(join(home.path, '.config/waybill/credentials.json'), '{');
    const { status, stderr } = await waybill(['account', 'show']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^waybill: .*credentials\.json is damaged: delete it and log in again\n$/);
  });
});

describe('logout', () => {
  test('forgets the token of the server', async () => {
    await waybill(['login', '--server', server.url, '--token', 'mira']);
    expect((await waybill(['logout'])).stderr).toBe(`Forgot the token for ${server.url}.\n`);
    expect(existsSync(join(home.path, '.config/waybill/credentials.json'))).toBe(false);
    expect((await waybill(['logout'])).stderr).toMatch(/^There was no token/);
  });
});

test('a server that is not there exits with 69 and says how to start one', async () => {
  const gone = await startServer(answers({}));
  await gone.close();
  const { status, stderr } = await waybill(['job', 'list', '--server', gone.url, '--token', 'mira']);
  expect(status).toBe(69);
  expect(stderr).toContain(`${gone.url} cannot be reached: nothing listens there.`);
  expect(stderr).toContain('`waybill serve --dev` starts one here');
});
