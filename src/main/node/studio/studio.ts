import { createLocalProvider } from '../../../imaging/local/product/provider.ts';
import type { QualityLimits } from '../../../imaging/local/product/quality.ts';
import type { Workshop } from '../../../imaging/local/product/workshop.ts';
import type { ImageProvider } from '../../../ports/image-provider.ts';
import { StudioFailure, type Studio } from '../../../ports/studio.ts';
import type { Logger } from '../../../ports/world.ts';
import type { Death } from '../watched-process/death.ts';
import { withFewArenas } from '../watched-process/few-arenas.ts';
import { keepRunning, type KeptProcess } from '../watched-process/keep-running.ts';
import type { FromStudio, StudioInit, ToStudio, WorkName } from './messages.ts';

export interface StudioOptions {
  readonly logger: Logger;
  /** Of each process, bytes. */
  readonly memoryBytes: number;
  /** At most; each does one call at a time. */
  readonly processes: number;
  readonly models: Pick<StudioInit, 'segmentModel' | 'runtime'>;
  readonly quality: QualityLimits;
  /** Of one call, once it has begun; 60,000 unless given, 300,000 with a model of one's own. Milliseconds. */
  readonly timeoutMs?: number;
  /** How long a process without work is kept; five minutes unless given. Milliseconds. */
  readonly idleMs?: number;
}

export interface RunningStudio {
  readonly studio: Studio;
  /** Cuts out and draws backgrounds in the same processes. */
  readonly provider: ImageProvider;
  /** Ends the processes; calls under way fail. */
  stop(): Promise<void>;
}

/** Between a call's own limit and its process being ended: for a step that cannot be interrupted. */
const graceMs = 15_000;
const stopMs = 1_000;

/**
 * A studio in processes of their own, which decode what strangers send and take a gigabyte for it. A process is started
 * when there is work for it and ended when there has been none for long. One call runs in each, so that a photo that
 * blocks its process, takes all of its memory or crashes it fails alone.
 */
export function startStudio(options: StudioOptions): RunningStudio {
  const pool = new Pool(options);
  const does = <N extends WorkName>(name: N): Workshop[N] =>
    ((order: unknown, signal: AbortSignal) => pool.run(name, order, signal)) as Workshop[N];
  const studio: Studio = {
    inspect: does('inspect'), cutOut: does('cutOut'), compose: does('compose'), derive: does('derive'),
  };
  const provider = createLocalProvider({ segment: does('segment'), drawBackdrops: does('drawBackdrops') });
  return { studio, provider, stop: () => pool.stop() };
}

interface Call {
  readonly id: number;
  readonly name: WorkName;
  readonly order: unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A process, and what it does now; it is busy until it answers, whether the answer is still wanted or not. */
interface Place {
  process: KeptProcess<ToStudio> | null;
  doing: Call | null;
  overdue?: NodeJS.Timeout;
  idle?: NodeJS.Timeout;
}

class Pool {
  readonly #options: StudioOptions;
  readonly #timeoutMs: number;
  readonly #places: readonly Place[];
  readonly #waiting: Call[] = [];
  #lastId = 0;
  #isStopped = false;

  constructor(options: StudioOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? (options.models.segmentModel === null ? 60_000 : 300_000);
    this.#places = Array.from({ length: options.processes }, () => ({ process: null, doing: null }));
  }

  run(name: WorkName, order: unknown, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      if (this.#isStopped) return reject(failed('The server is stopping.'));
      const settle = (how: () => void): void => {
        signal.removeEventListener('abort', giveUp);
        how();
      };
      const call: Call = {
        id: ++this.#lastId, name, order,
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error as Error)),
      };
      const giveUp = (): void => {
        this.#abandon(call);
        settle(() => reject(signal.reason as Error));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(call);
      this.#next();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const call of this.#waiting.splice(0)) call.reject(failed('The server is stopping.'));
    await Promise.all(this.#places.map((place) => {
      clearTimeout(place.idle);
      clearTimeout(place.overdue);
      return place.process?.stop(stopMs);
    }));
  }

  #abandon(call: Call): void {
    const at = this.#waiting.indexOf(call);
    if (at !== -1) this.#waiting.splice(at, 1);
    else this.#places.find(({ doing }) => doing === call)?.process?.send({ type: 'abort', id: call.id });
  }

  /** Gives what waits to processes that are free, those that run first. */
  #next(): void {
    const free = this.#places.filter(({ doing }) => doing === null);
    free.sort((one, other) => Number(other.process !== null) - Number(one.process !== null));
    for (const place of free) {
      const call = this.#waiting[0];
      if (call === undefined) return;
      clearTimeout(place.idle);
      place.process ??= this.#start(place);
      if (!place.process.isUp) continue;
      this.#waiting.shift();
      this.#begin(place, call);
    }
  }

  #begin(place: Place, call: Call): void {
    place.doing = call;
    place.overdue = setTimeout(() => place.process?.end(), this.#timeoutMs + graceMs);
    const { id, name, order } = call;
    // Where it cannot be handed over, the process is gone, and its death is about to be told.
    place.process?.send({ type: 'do', id, name, order });
  }

  #start(place: Place): KeptProcess<ToStudio> {
    const { logger, memoryBytes, models, quality } = this.#options;
    const started: KeptProcess<ToStudio> = keepRunning<StudioInit, ToStudio, FromStudio>({
      program: new URL('./program', import.meta.url),
      name: 'studio',
      env: withFewArenas(),
      init: { ...models, quality, timeoutMs: this.#timeoutMs },
      limits: { silenceMs: this.#timeoutMs, memoryBytes },
      hasBytes: true,
      logger,
      onMessage: (message) => this.#hear(place, message),
      onReady: () => this.#next(),
      // One that was stopped for its idleness may end when another has taken its place.
      onDeath: (death) => place.process === started && this.#mourn(place, death),
    });
    return started;
  }

  #hear(place: Place, message: FromStudio): void {
    const call = place.doing;
    if (call === null || call.id !== message.id) return;
    this.#free(place);
    if (message.type === 'done') call.resolve(message.value);
    else if (message.code === null) {
      this.#options.logger.error('the studio failed', { work: call.name, error: message.message });
      call.reject(failed('The studio failed: the log of the server says why.'));
    } else call.reject(new StudioFailure(message.code, message.message));
    this.#next();
  }

  #free(place: Place): void {
    clearTimeout(place.overdue);
    place.doing = null;
    const { idleMs = 300_000 } = this.#options;
    place.idle = setTimeout(() => {
      void place.process?.stop(stopMs);
      place.process = null;
    }, idleMs).unref();
  }

  #mourn(place: Place, death: Death): void {
    const call = place.doing;
    if (call !== null) {
      clearTimeout(place.overdue);
      place.doing = null;
      return call.reject(failed(whyFailed(death)));
    }
    // It could not begin. Nobody is to wait for ever for one that can.
    if (this.#places.some(({ process }) => process?.isUp === true)) return;
    for (const each of this.#waiting.splice(0)) {
      each.reject(failed(`The studio cannot start: ${death.failure ?? 'the log of the server says why.'}`));
    }
  }
}

const failed = (message: string): StudioFailure => new StudioFailure('COMPOSITE_FAILED', message);

function whyFailed({ cause }: Death): string {
  if (cause === 'memory') {
    return 'The picture takes more memory than the studio has: use a smaller one, or raise IMAGE_MEMORY_BYTES.';
  }
  if (cause === 'blocked' || cause === 'ended') return 'The picture took the studio too long: use a smaller one.';
  return 'The studio crashed on the picture.';
}
