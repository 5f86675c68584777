import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandFailure } from './failure.ts';

/** What `waybill login` saved: a token per server, so that none is ever sent to another one. */
interface Saved {
  readonly server: string;
  readonly tokens: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

function credentialsPath(env: Environment): string {
  return join(folder(env, 'XDG_CONFIG_HOME', '.config'), 'credentials.json');
}

/** Ours below an XDG base directory; the specification says to ignore one that is not absolute. */
export function folder(env: Environment, variable: string, standard: string): string {
  const base = env[variable];
  return join(base?.startsWith('/') ? base : join(env['HOME'] ?? homedir(), standard), 'waybill');
}

/** The server of the last login; null before the first. */
export function savedServer(env: Environment): string | null {
  return read(env)?.server ?? null;
}

export function savedToken(env: Environment, server: string): string | null {
  const tokens = read(env)?.tokens ?? {};
  return Object.hasOwn(tokens, server) ? (tokens[server] ?? null) : null;
}

export function saveLogin(env: Environment, server: string, token: string): string {
  return write(env, { server, tokens: { ...read(env)?.tokens, [server]: token } });
}

/** False when there was nothing to forget. */
export function forgetLogin(env: Environment, server: string): boolean {
  const saved = read(env);
  if (saved === null || !Object.hasOwn(saved.tokens, server)) return false;
  const { [server]: _, ...tokens } = saved.tokens;
  const [other] = Object.keys(tokens);
  if (other === undefined) rmSync(credentialsPath(env));
  else write(env, { server: saved.server === server ? other : saved.server, tokens });
  return true;
}

function read(env: Environment): Saved | null {
  const path = credentialsPath(env);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { server, tokens } = JSON.parse(text) as Partial<Saved>;
    if (typeof server === 'string' && typeof tokens === 'object' && tokens !== null) return { server, tokens };
  } catch {
    // Reported below, like any other content that is not ours.
  }
  throw new CommandFailure(`${path} is damaged: delete it and log in again`);
}

/** Written beside and moved into place: a reader sees the old file or the new one, and only the user can read it. */
function write(env: Environment, saved: Saved): string {
  const path = credentialsPath(env);
  const unfinished = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(unfinished, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, path);
  return path;
}
