import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../postgres/embedded.ts';
import { copyCheckout } from '../house/checkout.ts';
import { npmInShell, programFile } from './program-file.ts';

/** The blocks of "Use it" in the README and of guides, as they are printed, one after the other in one shell. */

const checkout = copyCheckout();
const readme = readFileSync(join(checkout.path, 'README.md'), 'utf8');
const section = readme.slice(readme.indexOf('\n## Use it\n'), readme.indexOf('\n## What it does\n'));
let [port, receiverPort] = [0, 0];
let server: ChildProcess;

beforeAll(async () => {
  [port, receiverPort] = [await freePort(), await freePort()];
});
afterAll(() => {
  // The shell, npm, the launcher and the server; and what a block that never ended has left.
  for (const { pid } of started) if (pid !== undefined) endGroup(pid);
  checkout.remove();
});

/** The photos of the README are those of other tests. What remembers them has to be that of the copied sources. */
const remembering = {
  NODE_OPTIONS: `--import=${pathToFileURL(join(checkout.path, 'test/imaging/remembering.mjs')).href}`,
};
const started: ChildProcess[] = [];

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // Nothing of it is left.
  }
}

function start(script: string): ChildProcess {
  const text = script.replaceAll('8787', `${port}`).replaceAll('8788', `${receiverPort}`);
  const child = spawn('bash', ['-euo', 'pipefail', '-c', text], {
    cwd: checkout.path,
    env: { ...process.env, HOME: checkout.path, WAYBILL_SERVER: `http://127.0.0.1:${port}`, ...remembering },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.push(child);
  return child;
}

function output(child: ChildProcess, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const heard = (chunk: Buffer): void => {
      text += String(chunk);
      if (until !== undefined && text.includes(until)) resolve(text);
    };
    child.stdout?.on('data', heard);
    child.stderr?.on('data', heard);
    child.on('close', (status) => (status === 0 ? resolve(text) : reject(new Error(`exit status ${status}: ${text}`))));
  });
}

/** The blocks of a guide; those of the README have shown what npm does. */
async function followed(guide: string): Promise<string> {
  const text = readFileSync(join(checkout.path, 'docs/guides', guide), 'utf8');
  return output(start(npmInShell + blocksOf(text).join('\n')));
}

function blocksOf(text: string): readonly string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

test('the blocks of the README run as they are printed', { timeout: 300_000 }, async () => {
  const [serve = '', ...blocks] = blocksOf(section);
  server = start(serve);
  await output(server, 'Waybill listens on');
  // The server was started from the sources; the dozens of commands that follow need not each load them all.
  writeFileSync(join(checkout.path, 'src/main/cli.ts'), `import '${pathToFileURL(programFile).href}';\n`);
  const text = await output(start(blocks.join('\n')));
  expect(text).toContain('1 of 1 done; the results are in results');
  expect(existsSync(join(checkout.path, 'results/bowl.png'))).toBe(true);
  expect(text).toContain('{"imported":1}\n');
  expect(text).toMatch(/^part 1\npart 2\npart 3\n/m);
  expect(existsSync(join(checkout.path, 'product.jpg'))).toBe(true);
  expect(text).toMatch(/"status":"done".*"progress":\{"done":1,"failed":0,"total":1,"percent":100\}/);
  expect(text).toMatch(/"status":"completed".*"result":\{"imported":1\}/);
});

test('the blocks of the guide to tasks run on the server of the README', { timeout: 180_000 }, async () => {
  const text = await followed('tasks.md');
  expect(text).not.toContain('"success":false');
  expect(text).toMatch(/"status":"completed"[^]*"deliveryId":/);
});

test('the blocks of the guide to all jobs run on the server of the README', { timeout: 180_000 }, async () => {
  const text = await followed('jobs.md');
  expect(text).not.toContain('"success":false');
  expect(text).toMatch(/"kind":"image-set".*"nextCursor":null,"total":1,"totalCapped":false/);
  expect(text).toMatch(/"kind":"image-set".*"status":"canceled"/);
  expect(text).toMatch(/^event: TaskCompleted$/m);
});

test('the blocks of the guide to logs run on the server of the README', { timeout: 180_000 }, async () => {
  const text = await followed('logs.md');
  expect(text).not.toContain('"success":false');
  expect(text.match(/1 of 1 rows imported/g)?.length).toBeGreaterThanOrEqual(5);
  expect(text).toMatch(/^event: end$/m);
});

test('the blocks of the guide to moving run on the server of the README', { timeout: 300_000 }, async () => {
  const text = await followed('moving.md');
  expect(text).toMatch(/^cron +30 2 \* \* 1-5 \(Europe\/Berlin\)$/m);
  expect(text).toMatch(/^backup of \d{4}-\d\d-\d\d$/m);
  const firstHadEnded = /^second\nJob \S+ is SUCCEEDED after .*\nStatus: SUCCEEDED .*\n[^]*^command +echo first;/m;
  expect(text).toMatch(firstHadEnded);
  expect(text).toMatch(/attempt 1\nattempt 2\nJob \S+ is SUCCEEDED/);
  expect(text).toContain('13 characters\n');
  expect(text).toMatch(/^version 1\.4$/m);
  expect(readFileSync(join(checkout.path, 'backups/backup.txt'), 'utf8')).toMatch(/^backup of /);
  const lines = readFileSync(join(checkout.path, 'artifacts/dist/lines.txt'), 'utf8');
  expect(lines).toBe(`${readme.split('\n').length - 1}\n`);
  expect(readFileSync(join(checkout.path, 'received.json'), 'utf8')).toContain('"type":"job.failed"');
});
