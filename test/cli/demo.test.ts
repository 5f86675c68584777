import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compileCache, makeFolder, type Ended } from './program.ts';

const demo = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));
/** The model has to be loaded, on a machine that may have other things to do. */
const patienceMs = 120_000;

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
  mkdirSync(join(folder.path, 'photos'));
});
afterEach(() => folder.remove());

async function runDemo(signalAt?: RegExp): Promise<Ended> {
  const child = spawn(process.execPath, [demo, '--data', 'data', '--photos', 'photos'], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: folder.path, NODE_COMPILE_CACHE: compileCache },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let signaled = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (signalAt?.test(stderr) !== true || signaled) return;
    signaled = true;
    child.kill('SIGINT');
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

async function writePhoto(name: string): Promise<void> {
  const disc = '<svg xmlns="http://www.w3.org/2000/svg"><circle cx="60" cy="60" r="40" fill="#a33"/></svg>';
  const background = { create: { width: 120, height: 120, channels: 3, background: '#cde' } } as const;
  await sharp(background)
    .composite([{ input: Buffer.from(disc) }])
    .jpeg()
    .toFile(join(folder.path, 'photos', name));
}

describe('the demo', () => {
  test(
    'takes photos through everything, says what it cost, and leaves its data folder only',
    async () => {
      await writePhoto('disc.jpg');
      const { status, stdout, stderr } = await runDemo();
      expect([status, stderr.includes('waybill:')]).toEqual([0, false]);
      expect(stdout).toMatch(/A server with an image worker runs on http:\/\/127\.0\.0\.1:\d+/);
      expect(stdout.match(/✓ disc\.jpg {2}→ {2}disc\.png/g)).toHaveLength(2);
      expect(stdout).toMatch(/before +10 +0 +0 +10\n +after +8 +0 +2 +10\n/);
      const [, results = ''] = /The results are in (\S+)/.exec(stdout) ?? [];
      for (const preset of ['remove-background', 'interior']) {
        const result = readFileSync(join(folder.path, results, preset, 'disc.png'));
        expect(result.subarray(1, 4).toString()).toBe('PNG');
      }
      expect(readdirSync(folder.path).sort()).toEqual(['data', 'photos']);
    },
    patienceMs,
  );

  test(
    'grants what a larger set needs, and fails when a photo does',
    async () => {
      for (let index = 0; index < 11; index++)
        writeFileSync(join(folder.path, 'photos', `${index}.jpg`), '\u00ff\u00d8\u00ff', 'latin1');
      const { status, stdout, stderr } = await runDemo();
      expect(stdout).toContain('An administrator grants the 2 that are missing.');
      expect(stdout.match(/✗ /g)).toHaveLength(12);
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/waybill: 12 photos failed: see above, and .*server\.log\n$/),
      ]);
    },
    patienceMs,
  );

  test(
    'ends at Ctrl-C with its server',
    async () => {
      await writePhoto('disc.jpg');
      const { status, stdout, stderr } = await runDemo(/queued 0\/1/);
      expect([status, stderr.endsWith('Stopped; the server is down.\n')]).toEqual([130, true]);
      const [, url = ''] = /runs on (http:\S+),/.exec(stdout) ?? [];
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    },
    patienceMs,
  );

  test('says when there are no photos, and makes nothing', async () => {
    const { status, stderr } = await runDemo();
    expect([status, stderr]).toEqual([66, expect.stringContaining('has no photos')]);
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  });
});
