import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { folderWith } from './fixture.ts';
import { start } from './program.ts';
import type { Running } from './program.ts';

const SCRIPTS = fileURLToPath(new URL('../../scripts/', import.meta.url));
const INSTALLING = 'waybill: installing dependencies';

/** Says which Node runs it, and ends as its arguments say. */
const PROGRAM = `
const [what = 'end', status = '0']: string[] = process.argv.slice(2);
console.log(JSON.stringify({ pinned: process.env['PINNED'], main: import.meta.main, args: process.argv.slice(2) }));
if (what === 'wait') {
  process.on('SIGTERM', () => process.exit(7));
  setInterval(() => {}, 1000);
  console.log('waiting');
} else process.exitCode = Number(status);
`;

const PINNED_NODE = `#!/bin/sh\nPINNED=yes exec "${process.execPath}" "$@"\n`;

/** A checkout whose dependencies are folders in it, so that a real `npm ci` needs no network. */
function checkout(packages: Record<string, Record<string, string>>): string {
  const names = Object.keys(packages);
  const at = (name: string): [string, string] => [name, `file:packages/${name}`];
  const dependencies = Object.fromEntries(names.filter((name) => name === 'runtime').map(at));
  const devDependencies = Object.fromEntries(names.filter((name) => name !== 'runtime').map(at));
  const root = { name: 'checkout', version: '1.0.0', type: 'module', dependencies, devDependencies };
  const locked: Record<string, unknown> = { '': root };
  const files: Record<string, string> = { 'scripts/program.ts': PROGRAM, 'src/program.ts': PROGRAM };
  for (const [name, contents] of Object.entries(packages)) {
    const dev = name === 'runtime' ? {} : { dev: true };
    locked[`node_modules/${name}`] = { resolved: `packages/${name}`, link: true, ...dev };
    locked[`packages/${name}`] = { version: '1.0.0', ...dev };
    files[`packages/${name}/package.json`] = JSON.stringify({ name, version: '1.0.0' });
    for (const [file, text] of Object.entries(contents)) files[`packages/${name}/${file}`] = text;
  }
  const lock = { name: 'checkout', version: '1.0.0', lockfileVersion: 3, requires: true, packages: locked };
  files['package.json'] = JSON.stringify(root);
  files['package-lock.json'] = JSON.stringify(lock);
  const folder = realpathSync(folderWith(files));
  cpSync(join(SCRIPTS, 'with-node.mjs'), join(folder, 'scripts/with-node.mjs'));
  cpSync(join(SCRIPTS, 'launcher'), join(folder, 'scripts/launcher'), { recursive: true });
  cpSync(join(SCRIPTS, '../bin/become.js'), join(folder, 'bin/become.js'));
  if (packages['node'] !== undefined) chmodSync(join(folder, 'packages/node/bin/node'), 0o755);
  return folder;
}

function launch(root: string, ...args: string[]): Running {
  return start(['scripts/with-node.mjs', ...args], root, { environment: { TMPDIR: root } });
}

/** Changes the lockfile as a \`git pull\` does that brings a further dependency. */
function addDependency(root: string, name: string): void {
  const next = checkout({ greeting: {}, [name]: {} });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(next, file), join(root, file));
  cpSync(join(next, 'packages'), join(root, 'packages'), { recursive: true });
}

describe('the first run in a fresh checkout', () => {
  test('installs, keeps stdout for the program, and passes arguments and exit status through', async () => {
    const root = checkout({ greeting: {} });
    const { status, stdout, stderr } = await launch(root, 'scripts/program.ts', 'end', '3').ended;
    expect(stderr).toContain(INSTALLING);
    expect(JSON.parse(stdout)).toEqual({ main: true, args: ['end', '3'] });
    expect(status).toBe(3);
    expect(existsSync(join(root, 'node_modules/greeting/package.json'))).toBe(true);
  });

  test('is made once by several that start together', async () => {
    const root = checkout({ greeting: {} });
    const runs = [1, 2, 3].map(() => launch(root, 'scripts/program.ts'));
    const ended = await Promise.all(runs.map((run) => run.ended));
    expect(ended.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(ended.filter(({ stderr }) => stderr.includes(INSTALLING))).toHaveLength(1);
  });

  test('is made in spite of the lock of a process that was killed', async () => {
    const root = checkout({ greeting: {} });
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const lock = join(root, `waybill-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
    writeFileSync(lock, String(dead));
    const { status, stderr } = await launch(root, 'scripts/program.ts').ended;
    expect(stderr).toContain(`waiting (${lock})`);
    expect(stderr).toContain(INSTALLING);
    expect(status).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  test('ends with npm’s message when it cannot install', async () => {
    const root = checkout({ greeting: {} });
    const other = { name: 'checkout', version: '1.0.0', dependencies: { missing: 'file:packages/missing' } };
    writeFileSync(join(root, 'package.json'), JSON.stringify(other));
    const { status, stdout, stderr } = await launch(root, 'scripts/program.ts').ended;
    expect(stderr).toContain('in sync');
    expect(stderr).toContain('waybill: npm ci failed');
    expect(stdout).toBe('');
    expect(status).not.toBe(0);
  });
});

describe('a later run', () => {
  test('installs nothing while the lockfile stays as it is', async () => {
    const root = checkout({ greeting: {} });
    await launch(root, 'scripts/program.ts').ended;
    const { status, stderr } = await launch(root, 'scripts/program.ts').ended;
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('accepts what npm itself has installed', async () => {
    const root = checkout({ greeting: {} });
    await launch(root, 'scripts/program.ts').ended;
    rmSync(join(root, 'node_modules/.waybill-installed'));
    const { stderr } = await launch(root, 'scripts/program.ts').ended;
    expect(stderr).toBe('');
  });

  test('installs again when something is missing that the lockfile names', async () => {
    const root = checkout({ greeting: {} });
    await launch(root, 'scripts/program.ts').ended;
    addDependency(root, 'farewell');
    const { stderr } = await launch(root, 'scripts/program.ts').ended;
    expect(stderr).toContain(INSTALLING);
    expect(existsSync(join(root, 'node_modules/farewell/package.json'))).toBe(true);
  });

  test('needs no development dependencies for programs under src', async () => {
    const root = checkout({ runtime: {}, greeting: {} });
    spawnSync('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: root });
    expect((await launch(root, 'src/program.ts').ended).stderr).toBe('');
    expect((await launch(root, 'scripts/program.ts').ended).stderr).toContain(INSTALLING);
  });
});

describe('the pinned Node', () => {
  test('runs the program when it is not the current one', async () => {
    const root = checkout({ node: { 'bin/node': PINNED_NODE } });
    const { status, stdout } = await launch(root, 'scripts/program.ts', 'end', '5').ended;
    expect(JSON.parse(stdout)).toEqual({ pinned: 'yes', main: true, args: ['end', '5'] });
    expect(status).toBe(5);
  });

  test('gets the launcher’s signals, and decides how both end', async () => {
    const root = checkout({ node: { 'bin/node': PINNED_NODE } });
    const run = launch(root, 'scripts/program.ts', 'wait');
    await run.says('waiting');
    run.child.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ status: 7, signal: null });
  });

  test('ended by a signal ends the launcher by the same one', async () => {
    const root = checkout({ node: { 'bin/node': PINNED_NODE } });
    const run = launch(root, 'scripts/program.ts', 'wait');
    await run.says('waiting');
    run.child.kill('SIGHUP');
    expect(await run.ended).toMatchObject({ status: null, signal: 'SIGHUP' });
  });
});

test('a program that does not exist is refused before anything is installed', async () => {
  const root = checkout({ greeting: {} });
  const { status, stderr } = await launch(root, 'scripts/gone.ts').ended;
  expect(stderr).toBe('waybill: there is no scripts/gone.ts\n');
  expect(status).toBe(2);
});
