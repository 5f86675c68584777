import type { Logger } from '../../../ports/world.ts';
import { defaultLimits, type ImageWorkerLimits } from '../../../kinds/image-set/worker/limits.ts';
import type { MakePhoto, PhotoMade, PhotoOrder } from '../../../kinds/image-set/worker/make.ts';
import type { Death } from '../watched-process/death.ts';
import { withFewArenas } from '../watched-process/few-arenas.ts';
import { keepRunning, type KeptProcess } from '../watched-process/keep-running.ts';
import type { FromRestyling, RestylingInit, RestylingModels, ToRestyling } from './messages.ts';

export interface RestylingOptions {
  readonly logger: Logger;
  /** Of the whole process, bytes. */
  readonly memoryBytes: number;
  readonly limits?: Partial<ImageWorkerLimits>;
  /** The built-in model, by the runtime that is there, unless given. */
  readonly models?: RestylingModels;
  /** URL of a module whose default export makes `{ restyle }`, to be used instead of the built-in one. */
  readonly restyler?: string;
  /** How long one step may block the process; 60,000 unless given, 300,000 with a model of one's own. Milliseconds. */
  readonly silenceMs?: number;
  /** Without photos for so long, a process that made some gives its memory back; 30,000 unless given. Milliseconds. */
  readonly idleMs?: number;
}

export interface RestylingProcess {
  readonly make: MakePhoto;
  /** Rejects with what is missing when the process cannot begin. */
  readonly ready: Promise<unknown>;
  readonly pid: number | undefined;
  /** Ends the process; photos under way are left as they are. */
  stop(): Promise<void>;
}

/** Longer than any single step takes: some 3 s, and ten times as long on a busy machine. */
const usualSilenceMs = 60_000;
/** In WebAssembly a run of a large model is one step, and takes minutes. */
const ownModelSilenceMs = 300_000;
const usualModels: RestylingModels = { segmentModel: null, runtime: 'auto' };
/** A photo waits so long for a process that is started again, and is then for another delivery. */
const patienceMs = 30_000;
const stopMs = 1_000;
const usualIdleMs = 30_000;

/**
 * Makes photos in a process of its own, which decodes what strangers send and takes a gigabyte for it. A photo that
 * blocks it, takes all of its memory or crashes it costs that process and nothing else.
 *
 * Which photo it was is known when there was one. When the process dies, the photos under way are made again in the
 * next one, each with no other beside it; a photo with which it dies again, or that blocks it while it is alone, has
 * failed. So a photo fails by its own fault alone, and costs two processes at most.
 */
export function startRestyling(options: RestylingOptions): RestylingProcess {
  const restyling = new Restyling(options);
  return {
    make: (order, signal) => restyling.make(order, signal),
    ready: restyling.process.ready,
    get pid() {
      return restyling.process.pid;
    },
    stop: () => restyling.process.stop(stopMs),
  };
}

interface Photo {
  readonly id: number;
  readonly order: PhotoOrder;
  /** Processes that died with it. */
  deaths: number;
  resolve(made: PhotoMade): void;
  reject(error: unknown): void;
}

class Restyling {
  readonly process: KeptProcess<ToRestyling>;
  readonly #logger: Logger;
  readonly #silenceMs: number;
  /** Suspects first. */
  readonly #waiting: Photo[] = [];
  readonly #underWay = new Map<number, Photo>();
  readonly #idleMs: number;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor({ logger, memoryBytes, limits, restyler, models = usualModels, ...options }: RestylingOptions) {
    const silenceMs = options.silenceMs ?? (models.segmentModel === null ? usualSilenceMs : ownModelSilenceMs);
    this.#logger = logger;
    this.#silenceMs = silenceMs;
    this.#idleMs = options.idleMs ?? usualIdleMs;
    this.process = keepRunning<RestylingInit, ToRestyling, FromRestyling>({
      program: new URL('./program', import.meta.url),
      name: 'restyling',
      env: withFewArenas(),
      init: { limits: { ...defaultLimits, ...limits }, models, restyler: restyler ?? null },
      limits: { silenceMs, memoryBytes },
      logger,
      onMessage: (message) => this.#hear(message),
      onReady: (model) => {
        logger.info('ready to restyle photos', { model });
        this.#next();
      },
      onDeath: (death) => this.#mourn(death),
    });
  }

  make(order: PhotoOrder, signal: AbortSignal): Promise<PhotoMade> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      clearTimeout(this.#idle);
      const id = ++this.#lastId;
      const giveUp = (): void => {
        if (this.#underWay.has(id)) this.process.send({ type: 'abort', id });
        settle(() => reject(signal.reason as Error));
      };
      const patience = setTimeout(() => {
        if (this.#waiting.some((photo) => photo.id === id) && !this.process.isUp) {
          settle(() => resolve({ status: 'stuck' }));
        }
      }, patienceMs);
      const settle = (how: () => void): void => {
        clearTimeout(patience);
        signal.removeEventListener('abort', giveUp);
        this.#forget(id);
        how();
        this.#next();
        this.#rest();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push({
        id, order, deaths: 0,
        resolve: (made) => settle(() => resolve(made)),
        reject: (error) => settle(() => reject(error as Error)),
      });
      this.#next();
    });
  }

  /** What the models took once they keep (WebAssembly's memory never shrinks): only a new process is small again. */
  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#underWay.size > 0 || this.#waiting.length > 0) return;
    this.#idle = setTimeout(() => this.process.renew(), this.#idleMs).unref();
  }

  #forget(id: number): void {
    this.#underWay.delete(id);
    const at = this.#waiting.findIndex((photo) => photo.id === id);
    if (at !== -1) this.#waiting.splice(at, 1);
  }

  /** Sends what may begin: everything, or one suspect alone. */
  #next(): void {
    for (let [photo] = this.#waiting; photo !== undefined; [photo] = this.#waiting) {
      const others = [...this.#underWay.values()];
      const mustWait = photo.deaths > 0 ? others.length > 0 : others.some(({ deaths }) => deaths > 0);
      if (mustWait || !this.process.isUp) return;
      if (!this.process.send({ type: 'make', id: photo.id, order: photo.order })) return;
      this.#waiting.shift();
      this.#underWay.set(photo.id, photo);
    }
  }

  #hear(message: FromRestyling): void {
    if (message.type === 'log') return this.#logger[message.level](message.message, message.fields);
    const photo = this.#underWay.get(message.id);
    if (message.type === 'made') photo?.resolve(message.made);
    else photo?.reject(new Error(message.error));
  }

  #mourn(death: Death): void {
    const suspects = [...this.#underWay.values()];
    this.#underWay.clear();
    const wasAlone = suspects.length === 1;
    const again = suspects.filter((photo) => {
      photo.deaths += 1;
      return photo.deaths < 2 && !(wasAlone && death.cause === 'blocked');
    });
    this.#waiting.unshift(...again);
    for (const photo of suspects) {
      if (again.includes(photo)) continue;
      photo.resolve({ status: 'failed', hasPreview: false, ...this.#whyFailed(photo.order, death) });
    }
  }

  #whyFailed({ item: { idx } }: PhotoOrder, { cause }: Death): { readonly error: string; readonly errorCode: string } {
    if (cause === 'memory') {
      const error = `photo ${idx} takes more memory than the worker has: upload a smaller version of it`;
      return { error, errorCode: 'too_large' };
    }
    const blocked = `blocks the worker for more than ${this.#silenceMs / 1_000} s`;
    const [what, errorCode] = cause === 'blocked' ? [blocked, 'timeout'] : ['crashes the worker', 'internal'];
    return { error: `photo ${idx} could not be restyled, because it ${what}`, errorCode };
  }
}
