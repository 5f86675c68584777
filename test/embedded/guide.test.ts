import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../postgres/embedded.ts';
import { blocksOf } from './guide.ts';
import { newProject } from '../guides/printed.ts';

const [jobs = '', app = '', hono = '', fastify = '', http = '', login = ''] = blocksOf('ts');
const [install = '', start = '', submit = ''] = blocksOf('sh');
const within = { timeout: 40_000 };

/** What the guide installs. */
const installed = ['zod', 'express', 'hono', 'fastify', '@hono/node-server'];

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
}

function run(folder: string, file: string): Started {
  const child = spawn(process.execPath, [file], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (part: Buffer) => (said += part.toString()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  return { child, said: () => said };
}

async function until(started: Started, text: string): Promise<void> {
  await vi.waitFor(() => expect(started.said()).toContain(text), within);
}

test('the guide to embedding is followed as it is printed, and what is killed in the middle goes on', async () => {
  expect(install).toBe('npm init -y && npm pkg set type=module\nnpm install waybill zod express\n');
  expect(start).toBe('node app.ts\n');
  const folder = newProject(installed);
  const port = String(await freePort());
  // Long enough for a test, if not for a person.
  writeFileSync(join(folder, 'jobs.ts'), jobs.replaceAll('3000', port).replace('10_000', '2_000'));
  writeFileSync(join(folder, 'app.ts'), app.replaceAll('3000', port));
  const [, method = '', url = ''] = /^curl -X (\S+) (\S+)\n$/.exec(submit.replaceAll('3000', port))!;
  const first = run(folder, 'app.ts');
  await until(first, `process ${first.child.pid} listens`);
  const id = (await (await fetch(url, { method })).text()).trim();
  await until(first, 'uploading sea.jpg');
  first.child.kill('SIGKILL');
  const second = run(folder, 'app.ts');
  await until(second, 'announcing https://files.example/sea.jpg');
  expect(second.said()).not.toContain('uploading');
  await vi.waitFor(async () => {
    expect(await (await fetch(`http://localhost:${port}/photos/${id}`)).json()).toEqual({
      status: 'completed', result: { url: 'https://files.example/sea.jpg' },
    });
  }, within);
  const page = await fetch(`http://localhost:${port}/jobs`);
  expect([page.status, page.url]).toEqual([200, `http://localhost:${port}/jobs/`]);
  const over = once(second.child, 'exit');
  second.child.kill('SIGTERM');
  expect(await over).toEqual([0, null]);
});

const others = { hono, fastify, 'node:http': http };

test.each(Object.entries(others))('the guide’s program for %s serves the platform', async (_, text) => {
  const folder = newProject(installed);
  const port = String(await freePort());
  writeFileSync(join(folder, 'jobs.ts'), jobs.replaceAll('3000', port));
  writeFileSync(join(folder, 'app.ts'), text.replaceAll('3000', port));
  const started = run(folder, 'app.ts');
  await vi.waitFor(async () => {
    const answer = await fetch(`http://localhost:${port}/jobs/api/v1/auth/me`).catch(() => null);
    expect([answer?.status, started.said()]).toEqual([200, '']);
  }, within);
  expect((await fetch(`http://localhost:${port}/jobs`)).headers.get('content-type')).toContain('text/html');
});

test('the guide’s program with a login of its own knows its users', async () => {
  const folder = newProject(installed);
  const port = String(await freePort());
  writeFileSync(join(folder, 'app.ts'), login.replaceAll('3000', port));
  const started = run(folder, 'app.ts');
  const look = (key: string) =>
    fetch(`http://localhost:${port}/jobs/api/v1/auth/me`, { headers: { 'x-key': key } }).catch(() => null);
  await vi.waitFor(async () => {
    expect([(await look('key-of-mira'))?.status, started.said()]).toEqual([200, '']);
  }, within);
  expect((await look('other'))?.status).toBe(401);
});
