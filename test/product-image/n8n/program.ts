import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Workflow } from './workflow.ts';

/** The program of an n8n that is installed somewhere, such as `node_modules/n8n/bin/n8n`; undefined: there is none. */
export const n8nProgram = process.env['WAYBILL_TEST_N8N'];

/** What a credential of n8n holds, by its name. */
export type Credentials = Readonly<Record<string, { readonly type: string; readonly data: object }>>;

export interface Executed {
  readonly error: string | null;
  /** What each node has given, the first item of its first output that has one. */
  readonly given: Readonly<Record<string, any>>;
}

/** An n8n with a folder of its own, which knows workflows by import alone, as its users do. */
export class N8n {
  readonly #folder = mkdtempSync(join(tmpdir(), 'waybill-n8n-'));
  readonly #env: Readonly<Record<string, string>>;

  /** `env`: what workflows read by `$env`. */
  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  async importCredentials(credentials: Credentials): Promise<void> {
    const entries = Object.entries(credentials).map(([name, { type, data }]) => ({ id: idOf(name), name, type, data }));
    await this.#must('import:credentials', `--input=${this.#file('credentials.json', entries)}`);
  }

  /** Imports and executes it, with the credentials that its nodes name, chosen as a person does. */
  async run(workflow: Workflow): Promise<Executed> {
    const id = idOf(JSON.stringify(workflow));
    const nodes = workflow.nodes.map((node) => ('credentials' in node && node.credentials !== undefined
      ? {
        ...node,
        credentials: Object.fromEntries(Object.entries(node.credentials).flatMap(([type, credential]) =>
          (credential === undefined ? [] : [[type, { ...credential, id: idOf(credential.name) }]]))),
      }
      // One that waits for its hour cannot be begun from a terminal.
      : node.type === 'n8n-nodes-base.scheduleTrigger'
        ? { ...node, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} }
        : node));
    const file = this.#file(`${id}.json`, { ...workflow, id, nodes, active: false });
    await this.#must('import:workflow', `--input=${file}`);
    const { stdout, stderr } = await this.#call('execute', `--id=${id}`, '--rawOutput');
    const { resultData } = dataIn(stdout, stderr);
    const given = Object.entries(resultData.runData).map(([name, runs]: [string, any]) =>
      [name, runs.at(-1)?.data?.main?.find((items: any) => items?.length > 0)?.[0]?.json]);
    return { error: resultData.error?.message ?? null, given: Object.fromEntries(given) };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #file(name: string, content: unknown): string {
    const file = join(this.#folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  }

  async #must(...args: readonly string[]): Promise<void> {
    const { status, stdout, stderr } = await this.#call(...args);
    if (status !== 0) throw new Error(`n8n ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  }

  async #call(...args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const child = spawn(process.execPath, [n8nProgram!, ...args], {
      cwd: this.#folder,
      env: {
        PATH: process.env['PATH'], HOME: this.#folder, N8N_USER_FOLDER: this.#folder, DB_TYPE: 'sqlite',
        N8N_DIAGNOSTICS_ENABLED: 'false', N8N_VERSION_NOTIFICATIONS_ENABLED: 'false', N8N_TEMPLATES_ENABLED: 'false',
        N8N_BLOCK_ENV_ACCESS_IN_NODE: 'false', N8N_RUNNERS_BROKER_PORT: '23679', N8N_LOG_LEVEL: 'info', ...this.#env,
      },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { status: await ended, stdout, stderr };
  }
}

/** Ids of n8n are 16 letters and digits. */
function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}

/** What `execute` prints, among what else is printed. */
function dataIn(stdout: string, stderr: string): { readonly resultData: any } {
  const [printed] = /^\{\n[^]*?^\}/m.exec(stdout) ?? [];
  if (printed === undefined) throw new Error(`n8n has printed no result: ${stdout}${stderr}`);
  return JSON.parse(printed).data;
}
