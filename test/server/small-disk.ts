import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, unlinkSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileCache, programFile } from '../cli/program-file.ts';

/** Why no file system of some MB can be made here, or null. */
export function noSmallDisk(): string | null {
  if (process.platform !== 'linux') return 'mounting a small file system takes Linux';
  const tried = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt']);
  return tried.status === 0 ? null : 'this user may not mount a small file system';
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface SmallDisk {
  readonly url: string;
  readonly log: readonly LogLine[];
  /** Fills the disk but for so many bytes. */
  fill(leaving: number): void;
  /** Takes away what filled it. */
  makeRoom(): void;
  free(): number;
  /** What `waybill doctor` says of the same folder, as it is now. */
  doctor(): string;
  stop(): Promise<void>;
}

/** The real program with its data on a file system of its own, gone with its process. */
export async function startOnSmallDisk(mebibytes: number, env: Record<string, string>): Promise<SmallDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-disk-'));
  const environment = {
    PATH: process.env['PATH'], HOME: '/nonexistent', NODE_COMPILE_CACHE: compileCache, WAYBILL_DEV: 'true', PORT: '0',
    ...env,
  };
  const script = `mount -t tmpfs -o size=${mebibytes}m tmpfs "$1" && exec "$2" "$3" serve --data "$1"`;
  const child = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, programFile], {
    env: environment, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    let rest = '';
    const read = (text: string): void => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('{')) continue;
        const entry = JSON.parse(line) as LogLine;
        log.push(entry);
        if (entry.message === 'listening') resolve(entry['url'] as string);
      }
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('exit', (status) => reject(new Error(`it ended with ${status}: ${JSON.stringify(log)}`)));
  });
  // The folder as the process sees it.
  const disk = join(`/proc/${child.pid}/root`, folder);
  const ballast = join(disk, 'ballast');
  const free = (): number => {
    const { bavail, bsize } = statfsSync(disk);
    return bavail * bsize;
  };
  return {
    url,
    log,
    free,
    fill: (leaving) => writeFileSync(ballast, new Uint8Array(Math.max(0, free() - leaving))),
    makeRoom: () => unlinkSync(ballast),
    doctor: () =>
      spawnSync(process.execPath, [programFile, 'doctor', '--data', disk], {
        env: environment, encoding: 'utf8',
      }).stdout,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the program with a file system of so many KiB for DISK in its arguments, and says what was left on it. */
export function runOnSmallDisk(
  kibibytes: number,
  args: readonly string[],
): { readonly status: number | null; readonly stderr: string; readonly left: string } {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-disk-'));
  const script = `mount -t tmpfs -o size=${kibibytes}k tmpfs "$0" && { "$@"; status=$?; ls -A "$0"; exit $status; }`;
  const words = args.map((arg) => arg.replace('DISK', folder));
  const { status, stderr, stdout } = spawnSync(
    'unshare', ['-m', 'sh', '-c', script, folder, process.execPath, programFile, ...words],
    { env: { PATH: process.env['PATH'], HOME: '/nonexistent', NODE_COMPILE_CACHE: compileCache }, encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true, force: true });
  return { status, stderr, left: stdout.trim() };
}
