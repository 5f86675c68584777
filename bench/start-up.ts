/**
 * How long the program takes to start: `node bench/start-up.ts [FOLDER...]`. Of each checkout (this one unless said
 * otherwise), from its sources and, where it is built, by its command: until `--help` is printed, and from the start of
 * the process until a new server answers /readyz with 200. All take turns, so that what else the machine does hits each
 * of them; `node -e 0` is beside them.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.env['ROUNDS'] ?? 15);
const home = mkdtempSync(join(tmpdir(), 'waybill-start-up-'));
const env = { PATH: process.env['PATH'], HOME: home };

const given = process.argv.slice(2);
const folders = given.length > 0 ? given : [fileURLToPath(new URL('..', import.meta.url))];
const programs = folders.flatMap((folder) => ['src/main/cli.ts', 'bin/waybill.js'].flatMap((path) => {
  const isThere = path !== 'bin/waybill.js' || existsSync(join(folder, 'dist'));
  return isThere ? [{ name: `${folder} ${path}`, path: resolve(folder, path) }] : [];
}));

/** Milliseconds until it has ended. */
async function ended(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const status = await new Promise((done) => child.on('close', done));
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - startedAt;
}

/** Milliseconds until a server on an empty folder is ready. */
async function ready(program: string): Promise<number> {
  const data = mkdtempSync(join(home, 'data-'));
  const port = await freePort();
  const args = [program, 'serve', '--dev', '--port', String(port), '--grpc-port', '0', '--data', data];
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const gone = new Promise((done) => child.on('close', done));
  try {
    while ((await statusOf(port)) !== 200) {
      if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended with ${child.exitCode}`);
      await new Promise((done) => setTimeout(done, 2));
    }
    return performance.now() - startedAt;
  } finally {
    child.kill('SIGTERM');
    await gone;
    rmSync(data, { recursive: true, force: true });
  }
}

function statusOf(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    get({ port, host: '127.0.0.1', path: '/readyz', agent: false }, (response) => {
      response.resume().on('end', () => done(response.statusCode));
    }).on('error', () => done(undefined));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.on('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

const measures: readonly { readonly name: string; take(): Promise<number>; readonly taken: number[] }[] = [
  { name: 'node -e 0', take: () => ended(['-e', '0']), taken: [] },
  ...programs.flatMap(({ name, path }) => [
    { name: `${name} --help`, take: () => ended([path, '--help']), taken: [] },
    { name: `${name} ready`, take: () => ready(path), taken: [] },
  ]),
];

try {
  // The first round fills the cache of what Node has compiled.
  for (let round = 0; round <= rounds; round++) {
    for (const { take, taken } of measures) {
      const ms = await take();
      if (round > 0) taken.push(ms);
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
for (const { name, taken } of measures) {
  const sorted = taken.toSorted((a, b) => a - b);
  const [least, median] = [sorted[0], sorted[sorted.length >> 1]].map((ms) => ms?.toFixed(0).padStart(5));
  process.stdout.write(`${median} ms median, ${least} ms least  ${name}\n`);
}
