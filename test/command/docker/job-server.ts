/** A server in development mode whose command jobs run on a Docker Engine, and what its tests ask of both. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type Docker from 'dockerode';
import { createClient, type Client } from '../../../src/main/client/index.ts';
import { parseConfig } from '../../../src/main/config/parse.ts';
import { createLogger } from '../../../src/main/node/logger.ts';
import { startServer, type RunningServer } from '../../../src/main/node/server.ts';
import { start, type Running } from '../../cli/program.ts';
import { eventually } from './eventually.ts';

type Submission = NonNullable<Parameters<Client['submitCommand']>[0]>['body'];
export type CommandJob = Extract<Awaited<ReturnType<Client['getJob']>>, { kind: 'command' }>;

/** What a user sees of a server, wherever it runs. */
export class JobUser {
  readonly url: string;
  readonly token: string;
  readonly client: Client;
  readonly #folder: string;
  readonly #docker: Docker;

  constructor({ url, folder, docker, token = 'ada' }: {
    readonly url: string;
    readonly folder: string;
    readonly docker: Docker;
    readonly token?: string;
  }) {
    this.url = url;
    this.token = token;
    this.client = createClient({ server: url, token });
    this.#folder = folder;
    this.#docker = docker;
  }

  submit(command: string, more: Partial<Submission> = {}): Promise<string> {
    return this.submitAnywhere(command, { ...more, requirements: { provider: 'docker', ...more.requirements } });
  }

  async submitAnywhere(command: string, more: Partial<Submission> = {}): Promise<string> {
    return (await this.client.submitCommand({ body: { command, ...more } })).id;
  }

  async job(id: string): Promise<CommandJob> {
    return (await this.client.getJob({ params: { id } })) as CommandJob;
  }

  until(id: string, state: string): Promise<CommandJob> {
    return eventually(() => this.job(id), (job) => job.state === state);
  }

  ended(id: string): Promise<CommandJob> {
    return eventually(() => this.job(id), ({ endedAt }) => endedAt !== null);
  }

  /** Submits it, and waits for its end. */
  async run(command: string, more: Partial<Submission> = {}): Promise<CommandJob> {
    return this.ended(await this.submit(command, more));
  }

  /** The lines of its log. */
  async log(id: string): Promise<readonly string[]> {
    const { lines } = await this.client.jobLogs({ params: { id }, query: { limit: 1_000 } });
    return lines.map(({ text }) => text);
  }

  /** Until a line of its log is there. */
  async says(id: string, line: string): Promise<void> {
    await eventually(() => this.log(id), (lines) => lines.includes(line));
  }

  /** The container that the job's live worker is in. */
  async container(id: string): Promise<Docker.Container> {
    const workerId = (await this.job(id)).assignment?.workerId ?? 'none';
    return this.#docker.getContainer(`waybill-worker-${workerId}`);
  }

  async providerId(name = 'docker'): Promise<string> {
    return (await this.client.getProvider({ params: { id: name } })).id;
  }

  /** Names of its containers, ended ones included. */
  async containers(providerId?: string): Promise<readonly string[]> {
    const label = [`waybill-provider=${providerId ?? (await this.providerId())}`];
    return (await this.#docker.listContainers({ all: true, filters: { label } })).flatMap(({ Names }) => Names);
  }

  async untilNoContainers(providerId?: string): Promise<void> {
    await eventually(() => this.containers(providerId), ({ length }) => length === 0, 60_000);
  }

  /** By the views that people query. */
  query(sql: string, ...values: string[]): readonly Record<string, unknown>[] {
    const database = new Database(join(this.#folder, 'waybill.sqlite'), { readonly: true });
    try {
      return database.prepare(sql).all(...values) as readonly Record<string, unknown>[];
    } finally {
      database.close();
    }
  }

  /** Each as `PROVISIONING COMPLETED`, sorted; once none of them goes on. */
  async sagas(id: string): Promise<readonly string[]> {
    const look = () => this.query('SELECT saga_type, state FROM sagas WHERE correlation_id = ?', id);
    const isOver = (state: unknown) => ['COMPLETED', 'COMPENSATED', 'FAILED'].includes(String(state));
    const all = await eventually(look, (sagas) => sagas.every(({ state }) => isOver(state)));
    return all.map(({ saga_type, state }) => `${String(saga_type)} ${String(state)}`).sort();
  }

  /** Types and new states of its events, in order. */
  async events(id: string): Promise<readonly string[]> {
    const { events } = await this.client.listJobEvents({ params: { id }, query: { limit: 100 } });
    return events.map(({ type, status }) => (status === null ? type : `${type} ${status}`));
  }
}

function serverArguments(folder: string, port = 0): readonly string[] {
  return ['--dev', '--port', String(port), '--data', folder];
}

function serverEnvironment(host: string, image: string): Readonly<Record<string, string>> {
  return { WAYBILL_DOCKER_ENABLED: 'true', DOCKER_HOST: host, WAYBILL_WORKER_IMAGE: image };
}

/** In this process. */
export async function startJobServer({ docker, host, image, env = {} }: {
  readonly docker: Docker;
  readonly host: string;
  readonly image: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<JobUser & { readonly server: RunningServer; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-docker-'));
  const config = parseConfig([...serverArguments(folder)], { ...serverEnvironment(host, image), ...env });
  const server = await startServer(config, { logger: createLogger('error', () => {}) });
  const user = new JobUser({ url: server.url, folder, docker });
  return Object.assign(user, {
    server,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** In a process of its own, with ports that it has again when it is started again. */
export class ServerProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'waybill-docker-'));
  readonly user: JobUser;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #running: Running | null = null;

  constructor(options: {
    readonly docker: Docker;
    readonly host: string;
    readonly image: string;
    readonly ports: readonly [http: number, grpc: number];
  }) {
    const { docker, host, image, ports: [http, grpc] } = options;
    this.#args = ['serve', ...serverArguments(this.folder, http), '--grpc-port', String(grpc)];
    this.#env = serverEnvironment(host, image);
    this.user = new JobUser({ url: `http://127.0.0.1:${http}`, folder: this.folder, docker });
  }

  async start(): Promise<void> {
    this.#running = start(this.#args, { env: this.#env });
    await this.#running.says(/"message":"listening"/);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#running?.process.kill(signal);
    await this.#running?.ended;
    this.#running = null;
  }

  async close(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ports that are free now, for whoever has to know them before it listens. */
export async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(servers.map(async (server) => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  }));
  for (const server of servers) server.close();
  return ports as [number, number];
}
