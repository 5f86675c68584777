import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rememberingPrograms } from '../imaging/remembered.ts';
import { productPhoto } from '../imaging/samples.ts';
import { compileCache, fileOfProgram } from './program-file.ts';
import { makeFolder, type Ended } from './program.ts';

const demo = fileOfProgram('scripts/demo.ts');
/** The model has to be loaded, on a machine that may have other things to do. */
const patienceMs = 300_000;

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
  mkdirSync(join(folder.path, 'photos'));
});
afterEach(() => folder.remove());

/** The output is read from pipes. `signals` are sent one after the other, once it has printed `signalAt`. */
async function runDemo(
  signalAt?: RegExp,
  signals: readonly NodeJS.Signals[] = ['SIGINT'],
  heard: (line: string) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [demo, '--data', 'data', '--photos', 'photos'], {
    cwd: folder.path,
    env: {
      PATH: process.env['PATH'], HOME: folder.path, NODE_COMPILE_CACHE: compileCache, NODE_OPTIONS: rememberingPrograms,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let signaled = 0;
  const signalOnce = (): void => {
    const next = signals[signaled];
    // The second one is sent when the first one has been taken.
    const due = signaled === 0 ? signalAt?.test(stdout + stderr) === true : stderr.includes('Shutting down');
    if (signalAt === undefined || next === undefined || !due) return;
    signaled += 1;
    child.kill(next);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard(text);
    signalOnce();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    signalOnce();
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

/** Command lines of processes that name the test's folder or run in it. */
function processesOf(path: string): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`).flatMap((pid) => {
    try {
      const [line, cwd] = [readFileSync(`/proc/${pid}/cmdline`, 'utf8'), readlinkSync(`/proc/${pid}/cwd`)];
      return line.includes(path) || cwd.startsWith(path) ? [`${pid} ${line.replaceAll('\0', ' ')}`] : [];
    } catch {
      return [];
    }
  });
}

/** Hardly larger than a product image has to be; one that other tests show the models as well. */
async function writePhoto(name: string): Promise<void> {
  writeFileSync(join(folder.path, 'photos', name), await productPhoto());
}

describe('the demo', () => {
  test(
    'processes photos, says what they cost, runs a command with a live log, and leaves its data folder only',
    async () => {
      await writePhoto('disc.jpg');
      // Parts of what was printed while the command ran.
      const parts: string[] = [];
      const { status, stdout, stderr } = await runDemo(undefined, [], (text) => parts.push(text));
      expect([status, stderr.includes('waybill:')]).toEqual([0, false]);
      expect(stdout).toMatch(/A server with an image worker runs on http:\/\/127\.0\.0\.1:\d+/);
      expect(stdout.match(/✓ disc\.jpg {2}→ {2}disc\.png/g)).toHaveLength(2);
      expect(stdout).toMatch(/before +10 +0 +0 +10\n +after +8 +0 +2 +10\n/);
      const [, results = ''] = /The results are in (\S+)/.exec(stdout) ?? [];
      for (const preset of ['remove-background', 'interior']) {
        const result = readFileSync(join(folder.path, results, preset, 'disc.png'));
        expect(result.subarray(1, 4).toString()).toBe('PNG');
      }
      const lines = ['checking interior/disc.png', 'checking remove-background/disc.png', 'wrote 2 checksums'];
      expect(stdout).toMatch(new RegExp(lines.map((line) => `\\n +\\d+\\.\\d s  ${line}`).join('')));
      // Each as it was written: a second lies between two of them.
      expect(parts.some((text) => lines.filter((line) => text.includes(`s  ${line}`)).length > 1)).toBe(false);
      expect(stdout).toMatch(
        /Job \S+ is SUCCEEDED after \d+\.\d s with exit code 0: PENDING → ASSIGNED → RUNNING → SUCCEEDED\n/,
      );
      const checksums = readFileSync(join(folder.path, results, 'command/checksums.txt'), 'utf8');
      expect(checksums).toMatch(/^[0-9a-f]{64} +interior\/disc\.png\n[0-9a-f]{64} +remove-background\/disc\.png\n$/);
      expect(stdout).toMatch(/Job \S+ is DONE after .*: 3 images on DISC\.\n/);
      for (const aspect of ['1x1', '4x5', '16x9']) {
        const { format } = await sharp(join(folder.path, results, `product-images/DISC_${aspect}_1.jpg`)).metadata();
        expect(format).toBe('jpeg');
      }
      expect(readdirSync(folder.path).sort()).toEqual(['data', 'photos']);
      expect(processesOf(folder.path)).toEqual([]);
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

  test.each<[string, readonly NodeJS.Signals[]]>([
    ['Ctrl-C', ['SIGINT']],
    ['a second Ctrl-C, which does not wait', ['SIGINT', 'SIGINT']],
  ])(
    'leaves no process behind at %s, while its command runs',
    async (_, signals) => {
      await writePhoto('disc.jpg');
      const { status, stdout } = await runDemo(/\d s {2}checking interior/, signals);
      expect(status).toBe(130);
      expect(stdout).not.toContain('SUCCEEDED');
      // The process that restyles photos ends when it notices that its parent is gone.
      await expect.poll(() => processesOf(folder.path), { timeout: 30_000 }).toEqual([]);
    },
    patienceMs,
  );

  test('says when there are no photos, and makes nothing', async () => {
    const { status, stderr } = await runDemo();
    expect([status, stderr]).toEqual([66, expect.stringContaining('has no photos')]);
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  });
});
