import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Death } from '../../src/main/node/watched-process/death.ts';
import { keepRunning, type KeptProcess } from '../../src/main/node/watched-process/keep-running.ts';
import type { Order, Said } from './watched-program.ts';

const mebibyte = 1024 ** 2;

interface Started extends KeptProcess<Order> {
  readonly heard: Said[];
  readonly deaths: Death[];
  readonly lines: { readonly message: string; readonly [field: string]: unknown }[];
  /** Resolves when a program has begun that was not there before. */
  readonly up: (times: number) => Promise<void>;
}

function start(
  init: { readonly greeting: string; readonly fail?: string } = { greeting: 'hello' },
  limits = { silenceMs: 20_000, memoryBytes: 512 * mebibyte },
): Started {
  const heard: Said[] = [];
  const deaths: Death[] = [];
  const lines: Started['lines'] = [];
  let ups = 0;
  const log = (message: string, fields = {}): void => void lines.push({ message, ...fields });
  const kept = keepRunning<typeof init, Order, Said>({
    program: new URL('./watched-program', import.meta.url),
    name: 'sample',
    init,
    limits,
    logger: { debug: log, info: log, warn: log, error: log },
    firstRestartMs: 10,
    maxRestartMs: 40,
    onMessage: (message) => void heard.push(message),
    onReady: () => void (ups += 1),
    onDeath: (death) => void deaths.push(death),
  });
  onTestFinished(() => kept.stop(1_000));
  const up = (times: number): Promise<void> => vi.waitFor(() => expect(ups).toBe(times), 15_000);
  return Object.assign(Object.create(kept) as KeptProcess<Order>, { heard, deaths, lines, up });
}

/** One that has ended stays in the table where nobody asks for its status: in containers, say. */
const isThere = (pid: number): boolean => {
  try {
    if (process.platform === 'linux') return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a watched process gets its start data, takes messages and answers, and stops when it is told to', async () => {
  const started = start({ greeting: 'secret' });
  await expect(started.ready).resolves.toEqual({ greeting: 'secret', argv: ['sample'], sends: false });
  expect(started.send({ do: 'echo', text: 'one' })).toBe(true);
  await vi.waitFor(() => expect(started.heard).toEqual([{ pid: started.pid, text: 'one' }]));
  await started.stop(10_000);
  expect(started.deaths).toMatchObject([{ cause: 'ended', exitCode: 0 }]);
  expect(started.send({ do: 'echo', text: 'two' })).toBe(false);
});

test('a watched process that cannot start says why, and is tried again', async () => {
  const started = start({ greeting: '', fail: 'there is no file' });
  await expect(started.ready).rejects.toThrow('there is no file');
  await vi.waitFor(() => expect(started.deaths.length).toBeGreaterThan(1), 10_000);
  expect(started.deaths[0]).toMatchObject({ cause: 'failed', failure: 'there is no file' });
});

test.for<[string, Order, Partial<Death>, string]>([
  ['exits', { do: 'exit', code: 3 }, { cause: 'exited', exitCode: 3 }, 'ended with exit code 3'],
  ['throws where nobody catches', { do: 'crash' }, { cause: 'exited', exitCode: 1 }, 'ended with exit code 1'],
  ['crashes in native code', { do: 'abort' }, { cause: 'exited', signal: 'SIGABRT' }, 'was killed by SIGABRT'],
  ['hangs up', { do: 'hang-up' }, { cause: 'exited' }, 'ended with exit code 1'],
])('a watched process that %s is restarted, and the log says so', async ([, order, death, words]) => {
  const started = start();
  await started.up(1);
  started.send(order);
  await started.up(2);
  expect(started.deaths).toMatchObject([death]);
  expect(started.lines).toContainEqual(expect.objectContaining({ message: `the process sample ${words}` }));
  if (order.do === 'crash') expect(started.deaths[0]!.lastWords).toContain('thrown in a timer');
});

test('a watched process whose event loop is blocked is ended and restarted', async () => {
  const started = start(undefined, { silenceMs: 1_000, memoryBytes: 512 * mebibyte });
  await started.up(1);
  started.send({ do: 'block' });
  await started.up(2);
  expect(started.deaths).toMatchObject([{ cause: 'blocked', signal: 'SIGKILL' }]);
});

const hogs = ['fill-heap', 'fill-buffers'] as const;
test.for(hogs)('a watched process that takes too much memory is ended: %s', async (order) => {
  const started = start(undefined, { silenceMs: 20_000, memoryBytes: 192 * mebibyte });
  await started.up(1);
  started.send({ do: order } as Order);
  await started.up(2);
  expect(started.deaths).toMatchObject([{ cause: 'memory' }]);
});

test('the output of a watched process is lines of the log, of which a flood is cut and counted', async () => {
  const started = start();
  await started.up(1);
  started.send({ do: 'print', lines: ['first', 'second'] });
  const logged = (): string[] =>
    started.lines.filter(({ stream, lines }) => stream === 'stdout' && lines === undefined).map((line) => line.message);
  await vi.waitFor(() => expect(logged()).toEqual(['first', 'second']));
  started.send({ do: 'flood', lines: 50_000 });
  const dropped = (): number =>
    started.lines.reduce((sum, { lines }) => sum + (typeof lines === 'number' ? lines : 0), 0);
  await vi.waitFor(() => expect(logged().length - 2 + dropped()).toBe(50_000), 10_000);
  expect(logged().length).toBeLessThan(5_000);
});

test('a watched process that does not stop in time is killed with its children', async () => {
  const started = start();
  await started.up(1);
  started.send({ do: 'ignore-stop' });
  started.send({ do: 'spawn' });
  await vi.waitFor(() => expect(started.heard).toHaveLength(1));
  await started.stop(100);
  expect(started.deaths).toMatchObject([{ cause: 'ended', signal: 'SIGKILL' }]);
  await vi.waitFor(() => expect(isThere(Number(started.heard[0]!.text))).toBe(false));
});

test.for<Order['do']>(['echo', 'block'])('a watched process ends with its killed parent: %s', async (order) => {
  const parent = spawn(process.execPath, [fileURLToPath(new URL('./watching-parent.ts', import.meta.url)), order], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  // It says so again with each answer.
  const pid = Number.parseInt(line.toString(), 10);
  expect(isThere(pid)).toBe(true);
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(isThere(pid)).toBe(false), 10_000);
});
