/**
 * Builds the worker image: Node, the agent, bash and busybox's tools. It is assembled from this machine's own files, so
 * neither a registry nor a builder is needed.
 *
 *   /opt/waybill/   Node, its libraries and the agent, which depend on nothing else in the image
 *   /bin            bash, and busybox under the names of its tools; /usr/bin and /sbin are links to it
 *   /work, /tmp     writable by everyone
 */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { connectDocker, type DockerTls } from '../connection.ts';
import { writeImageArchive, type ImageSettings } from './archive.ts';
import { Engine } from '../engine.ts';
import { followProgress, removeIfUntagged } from '../images.ts';
import { defaults } from '../settings.ts';
import {
  agentFile, agentFlags, agentLibraries, agentLoader, agentNode, withTag,
} from '../../../ports/worker-image.ts';
import { allLibraries } from './libraries.ts';
import { packRoot, type Entry } from './root-tar.ts';

export interface WorkerImageSources {
  /** The agent, bundled into one CommonJS module. */
  readonly agentFile: string;
  /** Default: the Node that runs this program. */
  readonly nodeFile?: string;
  /** Default: where Debian installs it. */
  readonly busyboxFile?: string;
  /** Default: this machine's bash; null for none. */
  readonly bashFile?: string | null;
  /** Trusted CA certificates in PEM; default: this machine's, if it has them. */
  readonly certificatesFile?: string;
}

export interface ImportOptions {
  /** As in the provider's settings. */
  readonly host?: string;
  readonly tls?: DockerTls | null;
  /** Name with an optional tag; default tag "latest". */
  readonly image: string;
}

const userId = 1_000;
const certificates = '/etc/ssl/certs/ca-certificates.crt';
const importTimeoutMs = 300_000;

/** The root file system as a tar archive. */
async function packWorkerImage(sources: WorkerImageSources): Promise<Readable> {
  if (process.platform !== 'linux') {
    throw new Error('the worker image is assembled from the files of a Linux machine: build it on Linux');
  }
  const nodeFile = sources.nodeFile ?? process.execPath;
  const busybox = sources.busyboxFile ?? await firstThere(['/bin/busybox', '/usr/bin/busybox']);
  if (busybox === null) throw new Error('busybox is not installed (Debian: apt-get install busybox-static)');
  const bash = sources.bashFile === undefined ? await bashHere() : sources.bashFile;
  const entries = new Map<string, Entry>(Object.entries(configuration));
  const add = (path: string, source: string) => entries.set(path, { type: 'file', source, mode: 0o755 });
  add('/bin/busybox', busybox);
  for (const name of await toolsOf(busybox)) entries.set(`/bin/${name}`, { type: 'symlink', to: 'busybox' });
  if (bash !== null) add('/bin/bash', bash);
  add(agentNode, nodeFile);
  add(agentFile, sources.agentFile);
  for (const path of await allLibraries([nodeFile, busybox, ...(bash === null ? [] : [bash])])) {
    add(path, path);
    // A hard link, which must come after its target: "/lib" sorts before "/opt".
    entries.set(`${agentLibraries}/${basename(path)}`, { type: 'link', to: path });
    if (/^ld-/.test(basename(path))) entries.set(agentLoader, { type: 'symlink', to: basename(path) });
  }
  const trusted = sources.certificatesFile ?? await firstThere([certificates]);
  if (trusted !== null) entries.set(certificates, { type: 'file', source: trusted, mode: 0o644 });
  return packRoot(entries);
}

async function bashHere(): Promise<string> {
  const found = await firstThere(['/bin/bash', '/usr/bin/bash']);
  if (found === null) throw new Error('bash is not installed (Debian: apt-get install bash)');
  return found;
}

const folder = (mode: number): Entry => ({ type: 'directory', mode });
const text = (lines: string[]): Entry => ({ type: 'text', text: `${lines.join('\n')}\n` });

const configuration: Readonly<Record<string, Entry>> = {
  '/etc/passwd': text([
    'root:x:0:0:root:/root:/bin/sh', `waybill:x:${userId}:${userId}:waybill:/work:/bin/sh`,
    'nobody:x:65534:65534:nobody:/nonexistent:/bin/false',
  ]),
  '/etc/group': text(['root:x:0:', `waybill:x:${userId}:`, 'nogroup:x:65534:']),
  '/etc/nsswitch.conf': text(['passwd: files', 'group: files', 'hosts: files dns']),
  '/root': folder(0o700),
  '/tmp': folder(0o1777),
  '/work': folder(0o1777),
  '/sbin': { type: 'symlink', to: 'bin' },
  '/usr/bin': { type: 'symlink', to: '../bin' },
  '/usr/sbin': { type: 'symlink', to: '../bin' },
};

const imageSettings: ImageSettings = {
  Env: ['PATH=/bin', `SSL_CERT_FILE=${certificates}`],
  User: `${userId}:${userId}`,
  WorkingDir: '/work',
  Entrypoint: [agentNode, ...agentFlags, agentFile],
};

/**
 * Builds the image, writes it to a file for `docker load` or `ctr image import`, and returns its id.
 * @throws Error if something is missing on this machine.
 */
export async function saveWorkerImage(
  sources: WorkerImageSources,
  { image, file }: { readonly image: string; readonly file: string },
  signal: AbortSignal,
): Promise<string> {
  const root = await packWorkerImage(sources);
  return writeImageArchive({ root, settings: imageSettings, tag: withTag(image), file }, signal);
}

/**
 * Builds the image, imports it into the Engine and returns its id.
 * @throws ProviderFailure from the Engine, or Error if something is missing on this machine.
 */
export async function importWorkerImage(
  sources: WorkerImageSources,
  { host = defaults.host, tls = null, image }: ImportOptions,
  signal: AbortSignal,
): Promise<string> {
  const connection = connectDocker(host, tls);
  const engine = new Engine(connection, importTimeoutMs);
  const [, repo, tag] = /^(.+):([^:/]+)$/.exec(withTag(image)) ?? [];
  const { Env, User, WorkingDir, Entrypoint } = imageSettings;
  const changes = [
    ...Env.map((pair) => `ENV ${pair}`), `USER ${User}`, `WORKDIR ${WorkingDir}`,
    `ENTRYPOINT ${JSON.stringify(Entrypoint)}`,
  ];
  try {
    const inspect = () => engine.docker.getImage(image).inspect();
    const earlier = await engine.call(signal, inspect, { accept: [404] });
    const archive = await packWorkerImage(sources);
    await engine.call(signal, async (abortSignal) => {
      await followProgress(await engine.docker.importImage(archive, { repo, tag, changes, abortSignal }));
    });
    const info = await engine.call(signal, inspect);
    if (earlier !== null) await removeIfUntagged(engine, earlier.Id, signal);
    return info?.Id ?? '';
  } finally {
    connection.close();
  }
}

async function firstThere(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if (await access(path).then(() => true, () => false)) return path;
  return null;
}

async function toolsOf(busybox: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(busybox, ['--list']);
  return stdout.split('\n').filter((name) => /^[\w[.+-]+$/.test(name) && name !== 'busybox');
}
