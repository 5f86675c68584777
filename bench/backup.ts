/**
 * What a backup takes, and what it costs a server that takes writes meanwhile: `node bench/backup.ts [FOLDER]`, on a
 * disk with 6 GB free. TASKS and OBJECTS say how much there is (150,000 tasks of 2 KB, 4,000 objects of 250 KB). Each
 * line: tasks submitted a second by 16 clients, one request each, while that goes on, and how long answers took.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFilesystemObjects } from '../src/objects/filesystem/index.ts';

const tasks = Number(process.env['TASKS'] ?? 150_000);
const objects = Number(process.env['OBJECTS'] ?? 4_000);
const folder = mkdtempSync(join(resolve(process.argv[2] ?? tmpdir()), 'waybill-backup-bench-'));
const data = join(folder, 'data');
const program = fileURLToPath(new URL('../src/main/cli.ts', import.meta.url));
const env = {
  PATH: process.env['PATH'], HOME: folder, QUOTA_JOBS: 'task.unfinished=0,task.stored=0,task.bytes=0',
  REQUESTS_PER_MINUTE: '0',
};
const headers = { authorization: 'Bearer mira', 'content-type': 'application/json' };

const child = spawn(process.execPath, [program, 'serve', '--dev', '--port', '0', '--data', data], {
  env, stdio: ['ignore', 'pipe', 'ignore'],
});
const url = await new Promise<string>((done) => {
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const [, found] = /listens on (\S+)/.exec(text) ?? [];
    if (found !== undefined) done(found);
  });
});

async function submit(path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.arrayBuffer();
  if (answer.status !== 201 && answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`);
}

const text = (): string => randomBytes(1_000).toString('hex');

async function fill(): Promise<void> {
  for (let done = 0; done < tasks; done += 500) {
    const jobs = Array.from({ length: 500 }, () => ({ type: 'stored', data: text() }));
    await submit('/api/v1/jobs/bulk', { action: 'create', jobs });
  }
  const store = createFilesystemObjects({
    folder: join(data, 'objects'), publicUrl: url, secret: randomBytes(32), clock: { now: () => Date.now() },
  });
  for (let index = 0; index < objects; index++) {
    const key = `originals/sku-${index % 200}/${index}.jpg`;
    await store.put(key, randomBytes(250_000), { contentType: 'image/jpeg' });
  }
}

/** Submits until `until` has ended. */
async function underLoad<T>(name: string, until: Promise<T>): Promise<T> {
  const took: number[] = [];
  let goesOn = true;
  void until.finally(() => (goesOn = false));
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (goesOn) {
      const at = performance.now();
      await submit('/api/v1/jobs', { type: 'new', data: text() });
      took.push(performance.now() - at);
    }
  }));
  const seconds = (performance.now() - startedAt) / 1000;
  took.sort((a, b) => a - b);
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => took[Math.ceil(share * took.length) - 1] ?? 0);
  const times = [p50, p99, max].map((ms) => Math.round(ms ?? 0)).join(' / ');
  const rate = Math.round(took.length / seconds);
  console.log(`${name}: ${rate} tasks/s, p50/p99/max ${times} ms, ${seconds.toFixed(1)} s`);
  return until;
}

async function command(...args: string[]): Promise<void> {
  const running = spawn(process.execPath, [program, ...args], {
    env, stdio: ['ignore', 'ignore', 'inherit'],
  });
  const status = await new Promise((done) => running.on('close', done));
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
}

const backup = (name: string, ...flags: string[]): Promise<void> => (
  command('backup', join(folder, name), '--data', data, ...flags)
);
const quiet = (): Promise<void> => new Promise((done) => setTimeout(done, 8_000));
const walBytes = (): number => Math.round(statSync(join(data, 'waybill.sqlite-wal')).size / 1e6);

try {
  await fill();
  console.log(`database ${Math.round(statSync(join(data, 'waybill.sqlite')).size / 1e6)} MB, log ${walBytes()} MB`);
  await underLoad('before', quiet());
  await underLoad('first backup', backup('first'));
  console.log(`log ${walBytes()} MB`);
  await underLoad('after', quiet());
  await underLoad('second backup', backup('second'));
  await underLoad('second, without objects', backup('third', '--no-objects'));
  await underLoad('after', quiet());
  console.log(`log ${walBytes()} MB`);
  const at = performance.now();
  await command('restore', join(folder, 'second'), '--data', join(folder, 'restored'));
  console.log(`restore: ${((performance.now() - at) / 1000).toFixed(1)} s`);
} finally {
  child.kill('SIGTERM');
  await new Promise((done) => child.on('close', done));
  rmSync(folder, { recursive: true, force: true });
}
