#!/usr/bin/env node
/**
 * Runs one of the repository's TypeScript programs from a fresh clone: `node scripts/with-node.mjs FILE [ARGUMENT...]`.
 *
 * It is plain JavaScript because it must start on whatever Node the machine has (18 or newer). It installs what
 * package-lock.json names if that is not there yet, then runs FILE on the Node that the repository pins (the
 * development dependency `node`), or on the current one where that is missing and the current one is new enough.
 * It writes nothing to stdout, so that a program's output stays the program's.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { become, flagsFor } from '../bin/become.js';
import { ensureDependencies, InstallFailed } from './launcher/dependencies.mjs';

/** The first Node that runs TypeScript without a flag. */
const OLDEST_NODE = [22, 18];

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(message, status = 1) {
  process.stderr.write(`waybill: ${message}\n`);
  process.exit(status);
}

function currentNodeWillDo() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

function pinnedNode() {
  const file = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(file) ? realpathSync(file) : undefined;
}

function runOn(node, program, args) {
  const child = spawn(node, [...flagsFor(args), program, ...args], { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const passOn = (signal) => {
    // A Ctrl-C at a terminal reaches the whole process group: passed on, the program would see it twice.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, passOn);
  child.on('error', (error) => fail(`cannot run ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of signals) process.off(each, passOn);
    process.exitCode = 128 + (constants.signals[signal] ?? 0);
    process.kill(process.pid, signal);
  });
}

const [file, ...args] = process.argv.slice(2);
if (file === undefined) fail('usage: node scripts/with-node.mjs FILE [ARGUMENT...]', 2);
const program = resolve(root, file);
if (!existsSync(program)) fail(`there is no ${file}`, 2);

try {
  // The server and the command line run without the development dependencies, tests and scripts do not.
  await ensureDependencies(root, { development: !file.startsWith('src/') || !currentNodeWillDo() });
} catch (error) {
  if (!(error instanceof InstallFailed)) throw error;
  fail(error.message, error.status);
}

const pinned = pinnedNode();
if (pinned !== undefined && pinned !== realpathSync(process.execPath)) runOn(pinned, program, args);
else if (currentNodeWillDo()) become(program, args);
else {
  fail(
    `this needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}. ` +
      'The pinned one is missing, its install script was probably not allowed to run: try `npm rebuild node`.',
  );
}
