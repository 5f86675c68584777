import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder, run, type Ended } from '../cli/program.ts';
import { findDockerEngine } from '../providers/docker-engine.ts';
import { converse } from './conversations.ts';
import { startJobServer } from './docker/job-server.ts';
import { workerImage } from './docker/worker-image.ts';

const { docker, host, missing } = await findDockerEngine();
/** `npm run test:long -- --only=conversations` sets it. */
const isLong = process.env['WAYBILL_TEST_LONG'] === '1';

it('commands of every sort work in containers, using only the command line', async ({ skip }) => {
  skip(missing !== null, missing ?? '');
  const server = await startJobServer({ docker, host, image: await workerImage(docker, host) });
  try {
    if (isLong) await converse(server.url, { P: 'docker', PAUSE: '0.4', OTHER_TOKEN: 'mira', ADMIN_TOKEN: 'admin' });
    else await converseBriefly(server.url);
    await server.untilNoContainers();
  } finally {
    await server.close();
  }
}, 240_000);

/** Those of the conversation whose way leads through the container: output, files, a limit of time, a cancel. */
async function converseBriefly(url: string): Promise<void> {
  const folder = makeFolder();
  const env = { WAYBILL_SERVER: url, WAYBILL_TOKEN: 'ada' };
  const waybill = (...args: readonly string[]): Promise<Ended> => run(args, { env, cwd: folder.path });
  const job = (...args: readonly string[]): Promise<Ended> => waybill('job', 'run', '--provider', 'docker', ...args);
  try {
    writeFileSync(join(folder.path, 'input.txt'), 'a line\n');
    writeFileSync(join(folder.path, 'script.sh'), 'cat input.txt; mkdir -p out; echo result > out/result.txt\n');
    const sleeping = (await job('--command', 'sleep 300')).stdout.trim();
    const [failed, late, files] = await Promise.all([
      job('--command', 'echo one; echo two >&2; exit 7', '--wait'),
      job('--command', 'echo begun; sleep 300', '--timeout', '2', '--wait'),
      job('--script', 'script.sh', '--input', 'input.txt', '--output', 'out/result.txt', '--wait'),
    ]);
    expect([failed.status, failed.stderr]).toEqual([
      7, expect.stringMatching(/^one\ntwo\nJob \S+ is FAILED .*, The command exited with code 7\.\n$/),
    ]);
    expect([late.status, late.stderr]).toEqual([124, expect.stringMatching(/^begun\nJob \S+ is TIMED_OUT /)]);
    expect([files.status, files.stderr]).toEqual([0, expect.stringMatching(/^a line\nJob \S+ is SUCCEEDED /)]);
    const id = files.stdout.trim();
    await waybill('job', 'download', '--id', id, '--out', 'saved');
    expect(readFileSync(join(folder.path, 'saved/out/result.txt'), 'utf8')).toBe('result\n');
    expect((await waybill('job', 'cancel', '--id', sleeping)).status).toBe(0);
    const watched = await waybill('job', 'watch', '--id', sleeping);
    expect([watched.status, watched.stdout]).toEqual([1, expect.stringContaining('CANCELLED')]);
  } finally {
    folder.remove();
  }
}
