import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

/** Of the Python SDK. */
export const sdkFolder = fileURLToPath(new URL('../../sdk/python/', import.meta.url));

const oldest = 10;
const asked = spawnSync('python3', ['-c', 'import sys; print(sys.version_info[0], sys.version_info[1])'], {
  encoding: 'utf8',
});
const [major = 0, minor = 0] = asked.status === 0 ? asked.stdout.trim().split(' ').map(Number) : [];

/** Skips the test where there is no Python that the SDK supports. */
export function needsPython(context: TestContext): void {
  context.skip(major !== 3, 'there is no python3 on this machine');
  context.skip(minor < oldest, `python3 is ${major}.${minor}, and the SDK needs 3.${oldest}`);
}

export interface PythonRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PythonOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs Python with the SDK of this checkout. */
export function python(args: readonly string[], options: PythonOptions = {}): Promise<PythonRun> {
  return run('python3', args, { ...options, env: { PYTHONPATH: `${sdkFolder}src`, ...options.env } });
}

export function run(program: string, args: readonly string[], options: PythonOptions = {}): Promise<PythonRun> {
  const { cwd = sdkFolder, env = {}, timeoutMs = 300_000 } = options;
  const surroundings = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', WAYBILL_SERVER: '', WAYBILL_TOKEN: '', ...env };
  return new Promise((resolve) => {
    execFile(
      program, [...args], { cwd, env: surroundings, timeout: timeoutMs, maxBuffer: 64 * 1024 ** 2 },
      (error, stdout, stderr) => resolve({ status: error === null ? 0 : (Number(error.code) || null), stdout, stderr }),
    );
  });
}

/** Whether `pip` can make a wheel of the package without downloading anything. */
export function canBuildWheels(): boolean {
  if (!hasModule('pip') || !hasModule('setuptools')) return false;
  const asking = 'import setuptools; print(setuptools.__version__)';
  const { stdout } = spawnSync('python3', ['-c', asking], { encoding: 'utf8' });
  const [first = 0, second = 0] = stdout.split('.').map(Number);
  return hasModule('wheel') || first > 70 || (first === 70 && second >= 1);
}

function hasModule(name: string): boolean {
  return spawnSync('python3', ['-c', `import ${name}`]).status === 0;
}
