/** A server in development mode whose command jobs run on a Docker Engine, and what its tests ask of both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type Docker from 'dockerode';
import { expect } from 'vitest';
import { createClient, type Client } from '../../../src/main/client/index.ts';
import { parseConfig } from '../../../src/main/config/parse.ts';
import { createLogger } from '../../../src/main/node/logger.ts';
import { startServer, type RunningServer } from '../../../src/main/node/server.ts';

type Submission = NonNullable<Parameters<Client['submitCommand']>[0]>['body'];
export type CommandJob = Extract<Awaited<ReturnType<Client['getJob']>>, { kind: 'command' }>;

const patience = { timeout: 30_000, interval: 50 };

/** What a user sees of a server, wherever it runs. */
export class JobUser {
  readonly client: Client;
  readonly #folder: string;
  readonly #docker: Docker;

  constructor({ url, folder, docker }: { url: string; folder: string; docker: Docker }) {
    this.client = createClient({ server: url, token: 'ada' });
    this.#folder = folder;
    this.#docker = docker;
  }

  async submit(command: string, more: Partial<Submission> = {}): Promise<string> {
    const requirements = { provider: 'docker', ...more.requirements };
    return (await this.client.submitCommand({ body: { command, ...more, requirements } })).id;
  }

  async job(id: string): Promise<CommandJob> {
    return (await this.client.getJob({ params: { id } })) as CommandJob;
  }

  async until(id: string, state: string): Promise<CommandJob> {
    await expect.poll(async () => (await this.job(id)).state, patience).toBe(state);
    return this.job(id);
  }

  async ended(id: string): Promise<CommandJob> {
    await expect.poll(async () => (await this.job(id)).endedAt, patience).not.toBeNull();
    return this.job(id);
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
    await expect.poll(() => this.log(id), patience).toContain(line);
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
    await expect.poll(() => this.containers(providerId), { timeout: 60_000, interval: 100 }).toEqual([]);
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

  /** Each as `PROVISIONING COMPLETED`, sorted. */
  sagas(id: string): readonly string[] {
    return this.query('SELECT saga_type, state FROM sagas WHERE correlation_id = ?', id)
      .map(({ saga_type, state }) => `${String(saga_type)} ${String(state)}`).sort();
  }

  /** Types and new states of its events, in order. */
  async events(id: string): Promise<readonly string[]> {
    const { events } = await this.client.listJobEvents({ params: { id }, query: { limit: 100 } });
    return events.map(({ type, status }) => (status === null ? type : `${type} ${status}`));
  }
}

function serverArguments(folder: string): readonly string[] {
  return ['--dev', '--port', '0', '--data', folder];
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
