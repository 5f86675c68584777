import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { canBuildWheels, needsPython, run, sdkFolder } from './python.ts';

test('the Python package is installed in an empty environment, without the internet', async (context) => {
  needsPython(context);
  context.skip(!canBuildWheels(), 'python3 has no setuptools that builds wheels (70.1, or with wheel), or no pip');
  const folder = mkdtempSync(join(tmpdir(), 'waybill-package-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const offline = ['--no-index', '--no-build-isolation', '--no-deps', '--disable-pip-version-check', '-q'];
  // Building leaves files in the folder of the source.
  cpSync(sdkFolder, join(folder, 'source'), { recursive: true });
  const wheels = join(folder, 'wheels');
  const built = await run('python3', ['-m', 'pip', 'wheel', ...offline, '-w', wheels, join(folder, 'source')]);
  expect(built.status, built.stderr).toBe(0);
  const [wheel = ''] = readdirSync(wheels);
  expect(wheel).toMatch(/^waybill-[\d.]+-py3-none-any\.whl$/);
  await run('python3', ['-m', 'venv', join(folder, 'venv')]);
  const python = join(folder, 'venv/bin/python');
  const installed = await run(python, ['-m', 'pip', 'install', ...offline, join(wheels, wheel)]);
  expect(installed.status, installed.stderr).toBe(0);
  const typed = 'import waybill, pathlib; print((pathlib.Path(waybill.__file__).parent / "py.typed").exists())';
  expect((await run(python, ['-c', typed], { cwd: folder })).stdout).toBe('True\n');
  const help = await run(python, ['-m', 'waybill', '--help'], { cwd: folder });
  expect(help.stdout).toContain('python -m waybill worker');
});

/** As a command of whatever Python, or as a module of this one. */
const mypy = ['mypy', 'python3 -m mypy'].find((command) => (
  spawnSync(`${command} --version`, { shell: true }).status === 0
));

test('the Python package has complete types, by which callers’ mistakes are found', { timeout: 240_000 }, async (
  context,
) => {
  needsPython(context);
  context.skip(mypy === undefined, 'there is no mypy on this machine');
  const [program = '', ...words] = mypy?.split(' ') ?? [];
  // `tests/typed_callers.py` marks each line that is wrong, and mypy reports each mark that it does not need.
  const args = ['--cache-dir', join(tmpdir(), 'waybill-mypy'), '-p', 'waybill', '-m', 'tests.typed_callers'];
  const { status, stdout } = await run(program, [...words, ...args]);
  expect(status, stdout).toBe(0);
});
