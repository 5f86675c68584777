import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What whoever started the agent tells it. */
export interface AgentSettings {
  /** `host:port` of each server, at least one. */
  readonly servers: readonly string[];
  /** UUID. */
  readonly workerId: string;
  /** Good for one registration. */
  readonly token: string;
  /** The servers' certificates, or who may sign them (PEM); null: plain HTTP/2. */
  readonly tlsCa: string | null;
  /** How long beyond its lease the agent keeps working without a server. Milliseconds. */
  readonly orphanMs: number;
  /** Where it puts what it needs; commands run below it. */
  readonly folder: string;
  /** The environment of commands, before the job's variables are added. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Settings with which the agent cannot start; the message says what to do. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const defaultOrphanMs = 30_000;
const maxOrphanMs = 24 * 3_600_000;
const maxServers = 16;
const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const address = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;

/**
 * @throws {SettingsError}
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): AgentSettings {
  const servers = (variables['WAYBILL_AGENT_SERVERS'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
  const isList = servers.length >= 1 && servers.length <= maxServers && servers.every((each) => address.test(each));
  if (!isList) {
    throw new SettingsError(
      `WAYBILL_AGENT_SERVERS must be 1 to ${maxServers} servers as host:port, separated by commas`,
    );
  }
  const workerId = variables['WAYBILL_WORKER_ID'] ?? '';
  if (!uuid.test(workerId)) throw new SettingsError('WAYBILL_WORKER_ID must be the UUID of the worker, in lower case');
  const token = variables['WAYBILL_AGENT_TOKEN'] ?? '';
  if (token === '') throw new SettingsError('WAYBILL_AGENT_TOKEN must be the token that the worker was given');
  return {
    servers,
    workerId,
    token,
    tlsCa: variables['WAYBILL_AGENT_TLS_CA'] || null,
    orphanMs: orphanMs(variables['WAYBILL_AGENT_ORPHAN_MS']),
    folder: variables['WAYBILL_WORK_DIR'] || mkdtempSync(join(tmpdir(), 'waybill-worker-')),
    environment: environmentOf(variables),
  };
}

function orphanMs(text: string | undefined): number {
  if (text === undefined || text === '') return defaultOrphanMs;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (ms <= maxOrphanMs) return ms;
  throw new SettingsError(`WAYBILL_AGENT_ORPHAN_MS must be whole milliseconds, 0 to ${maxOrphanMs}`);
}

/**
 * What the image or the provider has set, such as PATH, JAVA_HOME and certificates, without what is the agent's own.
 * The worker's id stays: by it the process provider finds whatever a command leaves behind.
 */
function environmentOf(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const environment: Record<string, string> = { PATH: plainPath };
  for (const [name, value] of Object.entries(variables)) {
    const isOwn = name.startsWith('WAYBILL_') && name !== 'WAYBILL_WORKER_ID';
    if (!isOwn && !ofThisProcess.has(name) && value !== undefined) environment[name] = value;
  }
  return environment;
}

/** Of the process that the agent is. */
const ofThisProcess: ReadonlySet<string> = new Set(['NODE_COMPILE_CACHE', 'PWD', 'OLDPWD', 'SHLVL', '_']);
