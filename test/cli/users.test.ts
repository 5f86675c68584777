import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPasswordInput, type PasswordSource } from '../../src/transports/cli/user/password-input.ts';
import { makeFolder, run, runHere, type Ended } from './program.ts';
import { startTestServer, type TestServer } from './server.ts';

const passphrase = 'seven green boats at noon';
const other = 'eight blue boats at noon';

describe('users', () => {
  let server: TestServer;
  let home: ReturnType<typeof makeFolder>;

  beforeAll(async () => {
    server = await startTestServer();
    home = makeFolder();
  });
  afterAll(async () => {
    await server.close();
    home.remove();
  });

  const waybill = (args: readonly string[], input?: string): Promise<Ended> =>
    input === undefined
      ? runHere([...args, '--server', server.url], { HOME: home.path })
      : run([...args, '--server', server.url], { env: { HOME: home.path }, input });
  const saved = (): string =>
    JSON.parse(readFileSync(join(home.path, '.config/waybill/credentials.json'), 'utf8')).tokens[server.url];

  // They follow each other: a server is set up once.
  test('setup creates the administrator, once, and logs in', async () => {
    const { status, stderr } = await waybill(['setup', '--user', 'root'], `${passphrase}\n`);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^Set up and logged in to .* as root until 20/)]);
    expect(saved()).toMatch(/^eyJ/);
    const again = await waybill(['setup', '--user', 'late'], passphrase);
    expect([again.status, again.stderr]).toEqual([65, expect.stringContaining('already set up')]);
  });

  test('create, list, update and delete are for administrators', async () => {
    expect((await waybill(['user', 'create', 'mira', '--roles', 'user,operator'], passphrase)).status).toBe(0);
    expect((await waybill(['user', 'update', 'mira', '--disable'])).stderr).toBe(
      'mira is disabled and has the roles user, operator.\n',
    );
    const { stdout } = await waybill(['user', 'list']);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ['USER', 'EMAIL', 'ROLES', 'DISABLED'], ['mira', '-', 'user,operator', 'yes'],
      ['root', '-', 'user,operator,admin', '-'], [''],
    ]);
    await waybill(['user', 'update', 'mira', '--enable', '--new-password'], other);
    expect((await waybill(['user', 'delete', 'root'])).status).toBe(65);
    expect((await waybill(['user', 'create', 'noor'], passphrase)).status).toBe(0);
    expect((await waybill(['user', 'delete', 'noor'])).status).toBe(0);
  });

  test('list says that there are more than were asked for', async () => {
    const { stdout, stderr } = await waybill(['user', 'list', '--limit', '1']);
    expect([stdout.split('\n').length, stderr]).toEqual([3, 'There are more: --limit 1 was reached.\n']);
  });

  test('update without anything to change is a wrong command line', async () => {
    expect((await waybill(['user', 'update', 'mira'])).status).toBe(2);
    expect((await waybill(['user', 'update', 'mira', '--enable', '--disable'])).status).toBe(2);
  });

  test('login takes the password, and says that a wrong one is wrong', async () => {
    const before = saved();
    const wrong = await waybill(['login', '--user', 'mira'], passphrase);
    expect([wrong.status, wrong.stderr]).toEqual([77, 'waybill: There is no such user, or the password is wrong.\n']);
    expect((await waybill(['login', '--user', 'mira'], '')).status).toBe(2);
    expect(saved()).toBe(before);
    expect((await waybill(['login', '--user', 'mira'], other)).status).toBe(0);
    const { stdout } = await waybill(['account', 'show', '--json']);
    expect(JSON.parse(stdout).userId).toBe('mira');
    expect((await waybill(['user', 'list'])).status).toBe(77);
  });

  test('password changes one’s own, and goes on with the new login', async () => {
    const before = saved();
    expect((await waybill(['user', 'password'], `${other}\n${passphrase}\n`)).status).toBe(0);
    expect(saved()).not.toBe(before);
    expect((await waybill(['account', 'show'])).status).toBe(0);
    expect((await waybill(['account', 'show', '--token', before])).status).toBe(77);
  });
});

describe('on a terminal a password', () => {
  /** A terminal at which somebody types each answer when it is asked for. */
  function terminal(...answers: string[]) {
    const events = new EventEmitter();
    const shown: string[] = [];
    const modes: boolean[] = [];
    const source = {
      isTTY: true,
      setRawMode: (raw: boolean) => modes.push(raw),
      setEncoding: () => {},
      on: (name: string, listener: (text: string) => void) => events.on(name, listener),
      off: (name: string, listener: (text: string) => void) => events.off(name, listener),
      resume: () => queueMicrotask(() => void events.emit('data', answers.shift() ?? '\u0003')),
      pause: () => {},
    } as unknown as PasswordSource;
    return { shown, modes, input: createPasswordInput({ write: (text) => shown.push(text) }, source) };
  }

  test('is not shown', async () => {
    const { input, shown, modes } = terminal('grüne Boote\r');
    expect(await input.ask('Password: ')).toBe('grüne Boote');
    expect([shown, modes]).toEqual([['Password: ', '\n'], [true, false]]);
  });

  test('can be corrected while it is typed', async () => {
    const { input } = terminal('wrong\u0015gren\u007fen\u001b\r');
    expect(await input.ask('')).toBe('green');
  });

  test('that is new is asked for twice', async () => {
    expect(await terminal('one password\r', 'one password\n').input.askNew('')).toBe('one password');
    await expect(terminal('one password\r', 'another one\r').input.askNew('')).rejects.toThrow('not the same');
  });

  test('is given up with Ctrl-C, and the terminal is as before', async () => {
    const { input, modes } = terminal('half\u0003');
    await expect(input.ask('')).rejects.toMatchObject({ exit: 130 });
    expect(modes).toEqual([true, false]);
  });
});
