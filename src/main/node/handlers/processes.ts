import type { Logger } from '../../../ports/world.ts';
import type { Attempted } from '../../../kinds/task/worker/attempt.ts';
import type { CaptureConsole } from '../../../kinds/task/worker/console-capture.ts';
import { CanceledError } from '../../../kinds/task/worker/errors.ts';
import type { Held } from '../../../kinds/task/worker/held.ts';
import type { Offer } from '../../../kinds/task/worker/options.ts';
import type { Runner } from '../../../kinds/task/worker/runner.ts';
import { withShortPaths } from '../../../worker/short-paths.ts';
import { describeDeath, type Death } from '../watched-process/death.ts';
import { forkWatched, type Fork, type ForkOptions, type ProcessLimits } from '../watched-process/fork.ts';
import { keepRunning, type KeptProcess } from '../watched-process/keep-running.ts';
import { Assignment } from './assignment.ts';
import type { FromHandlers, HandlersInit, HandlersReady, ToHandlers } from './messages.ts';

/**
 * Runs handlers in processes of their own, so that nothing that they do ends, blocks or fills the process that holds
 * the leases: the server, or `waybill worker tasks`.
 *
 * All tasks run in one shared process. When that dies (it crashed, was blocked for too long, took too much memory),
 * nobody knows which of the tasks in it was to blame, so this is the rule:
 *
 * 1. Nobody is charged for the death of the shared process. Every task that was in it is given back, as if it had not
 *    been taken, and is a suspect from then on.
 * 2. A suspect runs in a process of its own, made for that attempt. Whoever ends that one has failed the attempt, with
 *    what the process died of; whoever ends in it has proven itself, and is no suspect any more.
 *
 * So a poison task fails alone, after its own attempts, and a task that was beside it loses the time that it had run.
 * What is known to be a task's without a death (an error that nobody caught, a call of `process.exit`) fails that task
 * and leaves its process alone. Suspects are remembered by the process that holds the leases; another server that
 * takes a suspect finds out by itself.
 *
 * An attempt's time goes on while the shared process stands still, and that may be another task's doing: a task whose
 * time is over then becomes a suspect by the same rule.
 */
export class HandlerProcesses implements Runner {
  readonly offer: Offer;
  readonly #options: ForkOptions<HandlersInit, FromHandlers>;
  readonly #shared: KeptProcess<ToHandlers>;
  readonly #inShared: Map<string, Assignment>;
  /** Those that wait until the shared process has begun again. */
  readonly #waiting: Set<() => void>;
  readonly #suspects = new Suspects();
  readonly #alone = new Map<string, Fork<ToHandlers>>();
  readonly #sendShared = (message: ToHandlers): boolean => this.#shared.send(message);
  /** Those that wait for a place for a process of their own. */
  readonly #queue = new Set<() => void>();
  #stopping = false;

  private constructor(options: ForkOptions<HandlersInit, FromHandlers>, started: Started, offer: Offer) {
    this.#options = options;
    this.offer = offer;
    this.#shared = started.process;
    this.#inShared = started.assignments;
    this.#waiting = started.waiting;
    started.onDeath = (death) => this.#sharedDied(death);
  }

  /** Throws when the module cannot be loaded; nothing is left running then. */
  static async start(options: HandlerOptions): Promise<HandlerProcesses> {
    const forkOptions: Omit<ForkOptions<HandlersInit, FromHandlers>, 'onMessage'> = {
      program: new URL('./entry', import.meta.url), name: 'handlers',
      init: {
        file: options.file, tellsFiles: options.onLoad !== undefined, captureConsole: options.captureConsole ?? true,
      },
      env: options.env, limits: options.limits, logger: options.logger,
    };
    const started = startShared(forkOptions, options.onLoad);
    const ready = await Promise.race([started.process.ready, tooLate()]).catch(async (error: unknown) => {
      await started.process.stop(0);
      throw error;
    });
    return new HandlerProcesses({ ...forkOptions, onMessage: () => {} }, started, ready as HandlersReady);
  }

  run(held: Held, onNote: (held: Held) => void): Promise<Attempted> {
    const assignment = new Assignment(held, onNote);
    if (this.#suspects.has(held.task.id)) return this.#runAlone(held, assignment).then(() => assignment.over);
    if (this.#shared.isUp) this.#runShared(held, assignment);
    else void this.#runWhenUp(held, assignment);
    return assignment.over;
  }

  mayBeInnocent(held: Held): boolean {
    if (!this.#inShared.has(held.leaseId) || this.#shared.silentMs < blockedMs) return false;
    this.#suspects.add(held.task.id);
    return true;
  }

  /** Ends all processes: the worker has stopped, and waits for no handler any more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([this.#shared.stop(stopMs), ...[...this.#alone.values()].map((fork) => fork.stop(0))]);
    wakeAll(this.#waiting);
    wakeAll(this.#queue);
  }

  async #runWhenUp(held: Held, assignment: Assignment): Promise<void> {
    while (!this.#shared.isUp && !this.#stopping && isWanted(held)) await untilWokenOrStopped(held, this.#waiting);
    this.#runShared(held, assignment);
  }

  #runShared(held: Held, assignment: Assignment): void {
    this.#inShared.set(held.leaseId, assignment);
    assignment.onOver = () => this.#inShared.delete(held.leaseId);
    if (!assignment.begin(this.#sendShared)) assignment.release();
  }

  #sharedDied(death: Death): void {
    const why = describeDeath(death, this.#options.limits);
    const all = [...this.#inShared.values()];
    for (const { held } of all) this.#suspects.add(held.task.id);
    const note = `The process of the handlers ${why}, with ${all.length} tasks in it. This one runs again, by itself.`;
    for (const assignment of all) assignment.release(note);
  }

  async #runAlone(held: Held, assignment: Assignment): Promise<void> {
    while (this.#alone.size >= ownProcesses && !this.#stopping && isWanted(held)) {
      await untilWokenOrStopped(held, this.#queue);
    }
    if (this.#stopping || !isWanted(held)) return assignment.release();
    const fork = forkWatched<HandlersInit, ToHandlers, FromHandlers>({
      ...this.#options, name: `handlers: ${held.task.type}`, onMessage: (message) => this.#hear(message, assignment),
    });
    this.#alone.set(held.leaseId, fork);
    const ready = await fork.ready.then(() => true, () => false);
    if (ready) await this.#in(fork, held, assignment);
    else await this.#neverBegun(fork, held);
    assignment.release();
    await fork.stop(stopMs);
    this.#alone.delete(held.leaseId);
    wakeAll(this.#queue);
  }

  async #in(fork: Fork<ToHandlers>, held: Held, assignment: Assignment): Promise<void> {
    if (!assignment.begin((message) => fork.send(message))) return;
    // Whoever is canceled may take its time; whoever is out of time, or without a lease, has had it.
    const force = (): void => {
      if (!(held.reason instanceof CanceledError)) setTimeout(() => fork.end(), stopMs).unref();
    };
    held.signal.addEventListener('abort', force, { once: true });
    const death = await Promise.race([assignment.over.then(() => null), fork.gone]);
    held.signal.removeEventListener('abort', force);
    if (death === null) return this.#suspects.clear(held.task.id);
    const why = describeDeath(death, this.#options.limits);
    if (!held.isOver) this.#options.logger.error(`a handler ended its process: it ${why}`, named(held));
    assignment.fail({
      message: `The handler’s process ${why}.`,
      ...(death.signal !== null && { code: death.signal }),
      ...(death.lastWords !== '' && { stack: withShortPaths(death.lastWords) }),
    });
  }

  /** The module cannot be loaded any more, say. That is not the task's fault, and passes or is mended. */
  async #neverBegun(fork: Fork<ToHandlers>, held: Held): Promise<void> {
    const { logger, limits } = this.#options;
    logger.error(`a process for one task ${describeDeath(await fork.gone, limits)}`, named(held));
    await new Promise((resolve) => setTimeout(resolve, failedPauseMs));
  }

  #hear(message: FromHandlers, assignment: Assignment): void {
    if (message.type === 'log') this.#options.logger.error(message.message, message.fields);
    else if (message.type !== 'loaded') assignment.hear(message);
  }
}

export interface HandlerOptions {
  /** Path of the module. */
  readonly file: string;
  readonly limits: ProcessLimits;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** Whether what they print goes to the logs of their tasks; it does unless given. */
  readonly captureConsole?: CaptureConsole;
  /** Hears of each file that the module loads, itself included. */
  readonly onLoad?: (path: string) => void;
}

/** Processes for suspects at once. */
const ownProcesses = 2;
/** For a module to load, with what it imports. */
const loadMs = 60_000;
/** For a process that has nothing more to do. */
const stopMs = 1_000;
/** Before another try when a process of its own could not begin. */
const failedPauseMs = 1_000;
/** An event loop that stands still for so long is kept from hearing that a time is over. */
const blockedMs = 1_000;

interface Started {
  readonly process: KeptProcess<ToHandlers>;
  readonly assignments: Map<string, Assignment>;
  readonly waiting: Set<() => void>;
  onDeath: (death: Death) => void;
}

function startShared(
  options: Omit<ForkOptions<HandlersInit, FromHandlers>, 'onMessage'>,
  onLoad: HandlerOptions['onLoad'],
): Started {
  const assignments = new Map<string, Assignment>();
  const waiting = new Set<() => void>();
  const process = keepRunning<HandlersInit, ToHandlers, FromHandlers>({
    ...options,
    firstRestartMs: 100,
    onMessage: (message) => {
      if (message.type === 'log') options.logger.error(message.message, message.fields);
      else if (message.type === 'loaded') onLoad?.(message.path);
      else assignments.get(message.leaseId)?.hear(message);
    },
    onReady: () => wakeAll(waiting),
    onDeath: (death) => started.onDeath(death),
  });
  const started: Started = { process, assignments, waiting, onDeath: () => {} };
  return started;
}

/** Whether its handler is still to be begun. */
function isWanted(held: Held): boolean {
  return !held.isOver && held.reason === undefined;
}

async function untilWokenOrStopped({ signal }: Held, waiting: Set<() => void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  waiting.add(wake);
  signal.addEventListener('abort', wake, { once: true });
  await promise;
  signal.removeEventListener('abort', wake);
  waiting.delete(wake);
}

function wakeAll(waiting: ReadonlySet<() => void>): void {
  for (const wake of [...waiting]) wake();
}

function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the handlers are not loaded after ${loadMs / 1_000} s`)), loadMs).unref();
  });
}

function named({ task: { id, type, attempt } }: Held): Readonly<Record<string, unknown>> {
  return { taskId: id, type, attempt };
}

const mostSuspects = 10_000;

/** Ids of tasks, the newest of them. */
class Suspects {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size > mostSuspects) this.#ids.delete(this.#ids.values().next().value!);
  }

  clear(id: string): void {
    this.#ids.delete(id);
  }
}
