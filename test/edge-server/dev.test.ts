import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

interface Program {
  readonly process: ChildProcess;
  /** Both of its streams so far. */
  printed(): string;
  says(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** `npm run dev:edge -- ARGS`, without npm. */
function devEdge(...args: string[]): Program {
  const program = new URL('../../scripts/edge/dev.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  const keep = (chunk: Buffer): void => void (printed += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const says = (text: string): Promise<void> =>
    expect.poll(() => printed, { timeout: 40_000, interval: 50 }).toContain(text);
  return { process: child, printed: () => printed, says, ended };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'waybill-dev-edge-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function taken(): Promise<{ readonly port: number; free(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const free = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
  onTestFinished(free);
  return { port: (server.address() as AddressInfo).port, free };
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(({ ok }) => ok, () => false);
}

test('dev:edge keeps what it has when it is stopped, and leaves nothing running', { timeout: 120_000 }, async () => {
  const [data, { port, free }] = [folder(), await taken()];
  await free();
  const me = { headers: { authorization: 'Bearer mira' } };
  const url = `http://127.0.0.1:${port}`;
  const first = devEdge(String(port), '--data', data);
  await first.says('Ctrl-C stops it.');
  expect(first.printed()).toContain(`npm run --silent waybill -- worker images --server ${url}`);
  const created = await fetch(`${url}/api/rules`, {
    ...me, method: 'POST', headers: { ...me.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'mine', concepts: { background: { action: 'remove', value: '' } } }),
  });
  expect(created.status).toBe(201);
  first.process.kill('SIGINT');
  expect(await first.ended).toBe(0);
  expect(await answers(`${url}/livez`)).toBe(false);

  const second = devEdge(String(port), '--data', data, '--workers', 'images');
  await second.says('image worker started');
  second.process.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(second.printed()).toContain('image worker stopped');

  const third = devEdge(String(port), '--data', data);
  await third.says('Ctrl-C stops it.');
  const { data: rules } = (await (await fetch(`${url}/api/rules`, me)).json()) as { data: unknown };
  expect(JSON.stringify(rules)).toContain('"mine"');
  // As when its terminal is gone without a word.
  third.process.kill('SIGKILL');
  await expect.poll(() => answers(`${url}/livez`), { timeout: 20_000 }).toBe(false);
});

test('dev:edge says that its port is taken, and what it does not know', async () => {
  const { port } = await taken();
  const program = devEdge(String(port), '--data', folder());
  expect(await program.ended).toBe(1);
  const problem = `port ${port} is taken by another program: npm run dev:edge -- PORT listens on another`;
  expect(program.printed()).toBe(`waybill: ${problem}\n`);
  for (const [args, message] of [
    [['99999'], '99999 is no port: give one from 1 to 65535'],
    [['--workers', 'tasks'], '--workers is "tasks": it must be one of images'],
    [['--worker', 'images'], 'there is no flag --worker: did you mean --workers?'],
  ] as const) {
    const wrong = devEdge(...args);
    expect([await wrong.ended, wrong.printed()]).toEqual([2, `waybill: ${message}\n`]);
  }
});
