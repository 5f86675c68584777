import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createJwt } from '../../src/transports/access/jwt.ts';
import { compileCache, programFile } from '../cli/program-file.ts';
import { run } from '../cli/program.ts';
import { startTestServer } from '../server/server.ts';
import { converse } from './conversations.ts';

const jwtSecret = 'k3Y-of-these-tests-and-nobody-else';
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

describe('by the command line alone', () => {
  it('commands of every sort work as processes of this machine', async () => {
    const env = { JWT_SECRET: jwtSecret, WAYBILL_PROCESS_ENABLED: 'true' };
    const { url, log } = await startTestServer(env, 'production');
    const exp = Math.floor(Date.now() / 1000) + 600;
    const token = (sub: string, ...roles: string[]): Promise<string> => createJwt(jwtSecret).sign({ sub, roles, exp });
    await converse(url, {
      P: 'process', PAUSE: '0.4', WAYBILL_TOKEN: await token('ada', 'user', 'operator'),
      OTHER_TOKEN: await token('mira', 'user', 'operator'), ADMIN_TOKEN: await token('root', 'user', 'admin'),
      USER_TOKEN: await token('eve', 'user'),
    });
    expect(log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  }, 300_000);

  it('who waits for a command sees how it is on a terminal, and a pipe gets lines alone', async (context) => {
    if (!hasScript) context.skip('script of util-linux is not on this machine');
    const { url } = await startTestServer();
    const args = ['job', 'run', '--command', 'echo one; sleep 1; echo two', '--wait'];
    const env = { WAYBILL_SERVER: url, WAYBILL_TOKEN: 'ada' };
    const piped = await run(args, { env });
    expect([piped.status, piped.stderr]).toEqual([
      0, expect.stringMatching(/^one\ntwo\nJob \S+ is SUCCEEDED after \d+\.\d s: exit code 0\.\n$/),
    ]);
    const shown = await onTerminal([process.execPath, programFile, ...args], { ...env, TERM: 'xterm' });
    expect(shown).toMatch(/\r\u001b\[2K\S+ RUNNING {2}\d\.\d s/);
    expect(shown).toMatch(/\r\u001b\[2Ktwo\r\n/);
    expect(shown).toMatch(/\r\u001b\[2KJob \S+ is SUCCEEDED after \d+\.\d s: exit code 0\.\r\n$/);
  }, 60_000);
});

/** What a program writes to a terminal. */
async function onTerminal(words: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  return said;
}
