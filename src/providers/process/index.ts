/**
 * Runs workers as local processes, with the server's own permissions and without limits: for development, and for
 * machines that are sandboxes themselves. Linux only, because it identifies processes by /proc. Several servers on one
 * machine can share a state folder.
 */
import { access, constants, mkdir } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { endProcesses } from './ending.ts';
import { pause } from './pause.ts';
import { currentBootId } from './process-table.ts';
import { Watches } from '../shared/watches.ts';
import { siteOf } from './site.ts';
import { startSupervisor } from './supervisor.ts';
import { watchFolders, type EndListeners } from './watching.ts';
import { WorkerFolder, workerIds } from './worker-folder.ts';
import {
  assertGrace,
  assertWorkerId,
  assertWorkerSpec,
  ownVariables,
  ProviderFailure,
  type Provider,
  type ProviderHealth,
  type ProviderWatch,
  type WorkerHandle,
  type WorkerSpec,
  type WorkerStatus,
} from '../../ports/provider.ts';

type AgentCommand = readonly [string, ...string[]];

export interface ProcessProviderSettings {
  /** UUID. */
  readonly providerId: string;
  /** Created with mode 0700. Holds a folder for each provider and worker. */
  readonly stateFolder: string;
  /** The program and arguments that start the agent. */
  readonly agentCommand: AgentCommand | (() => Promise<AgentCommand>);
  /** Variables for every agent; none of the server's environment is inherited. Default: a standard PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How often a watch polls workers that another server process started, in ms; default 250. */
  readonly watchIntervalMs?: number;
}

const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const maxStartMs = 10_000;
const defaultWatchIntervalMs = 250;

export function createProcessProvider(settings: ProcessProviderSettings): Provider {
  return new ProcessProvider(settings);
}

class ProcessProvider implements Provider {
  readonly type = 'process';
  readonly capabilities = { images: false, limits: false, gpu: false, networkModes: [] };
  readonly #settings: ProcessProviderSettings;
  /** Contains the folders of this provider's workers. */
  readonly #parent: string;
  readonly #listeners: EndListeners = new Set();
  readonly #watches = new Watches();

  constructor(settings: ProcessProviderSettings) {
    assertWorkerId(settings.providerId);
    this.#settings = settings;
    this.#parent = join(resolve(settings.stateFolder), settings.providerId);
  }

  serverHost(): string {
    return '127.0.0.1';
  }

  async provision(spec: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    assertWorkerSpec(spec);
    refuseUnknown(spec);
    signal.throwIfAborted();
    const folder = this.#folder(spec.workerId);
    try {
      await folder.make();
      if ((await folder.identity()) === null) await this.#start(spec, folder, signal);
      return await handleOf(spec.workerId, folder);
    } catch (error) {
      throw ofFolder(error);
    }
  }

  async #start(spec: WorkerSpec, folder: WorkerFolder, signal: AbortSignal): Promise<void> {
    const { agentCommand, environment = { PATH: plainPath } } = this.#settings;
    const own = ownVariables(spec.workerId, folder.work);
    const variables = { HOME: folder.work, ...environment, ...own };
    const secret = { ...spec.agentEnvironment, ...own };
    const command = typeof agentCommand === 'function' ? await agentCommand() : agentCommand;
    const child = await startSupervisor(spec.workerId, folder, command, variables, secret);
    let hasEnded = false;
    child.once('exit', () => {
      hasEnded = true;
      for (const listener of this.#listeners) listener(spec.workerId);
    });
    const began = performance.now();
    for (;;) {
      // Checked before the identity is read: a supervisor that has exited cannot write it later.
      const isLastLook = hasEnded || performance.now() - began > maxStartMs;
      if ((await folder.identity()) !== null) return;
      if (isLastLook) throw notRecorded(folder);
      await pause(2, signal);
    }
  }

  async inspect(workerId: string, signal: AbortSignal): Promise<WorkerStatus> {
    assertWorkerId(workerId);
    signal.throwIfAborted();
    return this.#folder(workerId).status();
  }

  async terminate(workerId: string, options: { readonly graceMs: number }, signal: AbortSignal): Promise<void> {
    assertWorkerId(workerId);
    assertGrace(options.graceMs);
    signal.throwIfAborted();
    const folder = this.#folder(workerId);
    const wasStarted = !(await folder.preventStart());
    const mark = `WAYBILL_WORKER_ID=${workerId}`;
    if (wasStarted) await endProcesses(await folder.identity(), mark, options.graceMs, signal);
    await folder.remove();
  }

  async list(signal: AbortSignal): Promise<readonly WorkerHandle[]> {
    signal.throwIfAborted();
    const handles: WorkerHandle[] = [];
    for (const id of await workerIds(this.#parent)) handles.push(await handleOf(id, this.#folder(id)));
    return handles;
  }

  /** Of the state folder: two servers see the same workers if they share it. */
  async site(): Promise<string> {
    try {
      return await siteOf(resolve(this.#settings.stateFolder));
    } catch (error) {
      throw ofFolder(error);
    }
  }

  async test(): Promise<ProviderHealth> {
    const began = performance.now();
    const problem = await this.#problem();
    const message = problem ?? 'Local processes of this machine.';
    return { healthy: problem === null, message, latencyMs: performance.now() - began };
  }

  async #problem(): Promise<string | null> {
    const { agentCommand } = this.#settings;
    const program = typeof agentCommand === 'function' ? '' : agentCommand[0];
    try {
      currentBootId();
    } catch {
      return 'The process provider needs Linux (/proc is missing): use the Docker provider instead.';
    }
    try {
      await mkdir(this.#parent, { recursive: true, mode: 0o700 });
      await access(this.#parent, constants.W_OK | constants.X_OK);
    } catch (error) {
      return `Cannot write to ${this.#parent}: ${(error as Error).message}`;
    }
    try {
      if (isAbsolute(program)) await access(program, constants.X_OK);
    } catch {
      return `The agent's program ${program} does not exist or is not executable.`;
    }
    return null;
  }

  watch(onEnded: (workerId: string, status: WorkerStatus) => void): ProviderWatch {
    return this.#watches.keep(watchFolders({
      workerIds: () => workerIds(this.#parent),
      status: (workerId) => this.#folder(workerId).status(),
      listeners: this.#listeners,
      intervalMs: this.#settings.watchIntervalMs ?? defaultWatchIntervalMs,
      onEnded,
    }));
  }

  async close(): Promise<void> {
    await this.#watches.stop();
  }

  #folder(workerId: string): WorkerFolder {
    return new WorkerFolder(this.#parent, workerId);
  }
}

async function handleOf(workerId: string, folder: WorkerFolder): Promise<WorkerHandle> {
  const identity = await folder.identity();
  return { workerId, resourceId: String(identity?.pid ?? 'none'), createdAt: await folder.startedAt() };
}

function refuseUnknown(spec: WorkerSpec): void {
  const refuse = (what: string): never => {
    throw new ProviderFailure('invalid', `The process provider ${what}.`, { retryable: false });
  };
  if (spec.image !== null) refuse(`does not support images: omit the image ${spec.image}, or choose another provider`);
  if (spec.networkMode !== null) refuse('does not support network modes: omit it or choose another provider');
  if (spec.gpuCount > 0) refuse('has no GPUs: choose another provider');
}

function notRecorded(folder: WorkerFolder): ProviderFailure {
  const message = `No worker started in ${folder.path}: it was terminated while starting, or the disk is full.`;
  return new ProviderFailure('failed', message, { retryable: true });
}

/** Of what failed at a folder, what to tell. */
function ofFolder(error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const message = `Cannot write the worker's folder: ${error.message}.`;
  return new ProviderFailure('failed', message, { retryable: true, cause: error });
}
