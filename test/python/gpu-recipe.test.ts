import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { startTestServer } from '../server/server.ts';
import { needsPython, run, sdkFolder } from './python.ts';

const guide = readFileSync(new URL('../../docs/guides/recipes.md', import.meta.url), 'utf8');
const recipe = guide.slice(guide.indexOf('## A GPU worker in Docker'));
const block = (language: string): string => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(recipe)?.[1] ?? '';

test('the worker of the recipe for GPUs ends without one that it needs, and works on what it has', async (context) => {
  needsPython(context);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-gpu-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'handlers.py'), block('python'));
  // As the container starts it.
  const [program = '', ...args] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(block('dockerfile'))![1]!) as string[];
  const server = await startTestServer();
  const env = {
    PYTHONPATH: `${sdkFolder}src`, WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'operator', REQUIRE_GPU: '1',
    GPU_MICRO_USD_PER_SECOND: '300000000',
  };
  const refused = await run(program, args, { cwd: folder, env });
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('There is no GPU in this container')]);

  const smi = '#!/bin/sh\n[ "$1" = -L ] && echo "GPU 0: NVIDIA L4 (UUID: GPU-1)"\n';
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/nvidia-smi'), smi, { mode: 0o755 });
  const path = `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`;
  const worker = spawn(program, args, { cwd: folder, env: { ...process.env, ...env, PATH: path }, stdio: 'ignore' });
  const ended = once(worker, 'exit');
  onTestFinished(() => void worker.kill('SIGKILL'));
  const client = createClient({ server: server.url, token: 'mira' });
  const { id } = await client.submitTask({ body: { type: 'caption', data: 'a bowl' } });
  for await (const view of client.watch(id, { signal: AbortSignal.timeout(60_000) })) {
    if (view.endedAt !== null) expect(view).toMatchObject({ status: 'completed' });
  }
  const { result, costMicroUsd } = await client.getTask({ params: { id } });
  expect([result, costMicroUsd > 0]).toEqual([{ caption: 'a bowl, seen on cuda' }, true]);
  const { lines } = await client.jobLogs({ params: { id }, query: {} });
  expect(lines.map(({ text }) => text)).toEqual(['on GPU 0: NVIDIA L4 (UUID: GPU-1)']);
  worker.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}, 120_000);
