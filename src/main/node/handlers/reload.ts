import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Logger } from '../../../ports/world.ts';
import { messageOf } from '../../../worker/thrown.ts';
import type { HandlerOptions } from './processes.ts';
import { startHandlers, type RunningHandlers } from './start.ts';

/** Editors write a file in several steps, and several files at once. Milliseconds. */
const settleMs = 100;
/** Folders at once: each takes a handle of the system. */
const mostFolders = 500;

/**
 * As `startHandlers`, and whenever the module or a file that it has loaded changes, it is loaded anew in other
 * processes: the next task runs the new code. Tasks that run on the code before are let finish, for as long as at a
 * shutdown, and returned after that. Code that cannot be loaded is reported, and the code before goes on.
 *
 * @throws {Error} when the module cannot be loaded at first, with what is wrong in a sentence
 */
export async function startReloadingHandlers(
  handlers: HandlerOptions,
  options: Parameters<typeof startHandlers>[1],
): Promise<Pick<RunningHandlers, 'stop'>> {
  const { logger, file } = handlers;
  const retiring = new Set<Promise<void>>();
  let current: RunningHandlers | null = null;
  let stopping = false;
  let loading: Promise<void> | null = null;
  let isStale = false;

  const load = async (): Promise<void> => {
    const next = await startHandlers({ ...handlers, onLoad: (path) => files.add(path) }, options);
    const before = current;
    current = next;
    if (before !== null) retire(before);
    logger.info(before === null ? 'handlers are loaded' : 'handlers are loaded anew', { file, types: next.types });
  };
  const retire = (old: RunningHandlers): void => {
    const gone = old.stop().catch((error: unknown) => {
      logger.warn('handlers of the code before did not stop', { why: messageOf(error) });
    }).finally(() => retiring.delete(gone));
    retiring.add(gone);
  };
  const loadAnew = async (): Promise<void> => {
    while (isStale && !stopping) {
      isStale = false;
      await load().catch((error: unknown) => {
        logger.error('the handlers cannot be loaded: the code before goes on', { why: messageOf(error) });
      });
    }
  };
  const files = new WatchedFiles(logger, () => {
    isStale = true;
    loading ??= loadAnew().finally(() => {
      loading = null;
    });
  });
  files.add(resolve(file));
  try {
    await load();
  } catch (error) {
    files.close();
    throw error;
  }
  return {
    async stop() {
      stopping = true;
      files.close();
      await loading;
      await Promise.all([current?.stop(), ...retiring]);
    },
  };
}

/** By their folders: most editors put a new file in the place of the old one. */
class WatchedFiles {
  readonly #logger: Logger;
  readonly #onChange: () => void;
  readonly #names = new Map<string, Set<string>>();
  readonly #watchers: FSWatcher[] = [];
  #settling: NodeJS.Timeout | undefined;

  constructor(logger: Logger, onChange: () => void) {
    this.#logger = logger;
    this.#onChange = onChange;
  }

  add(path: string): void {
    const folder = dirname(path);
    const names = this.#names.get(folder);
    if (names !== undefined) return void names.add(basename(path));
    if (this.#names.size >= mostFolders) return;
    const added = new Set([basename(path)]);
    this.#names.set(folder, added);
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || added.has(name)) this.#changed();
      });
      watcher.on('error', (error) => this.#failed(folder, error));
      this.#watchers.push(watcher);
    } catch (error) {
      this.#failed(folder, error);
    }
  }

  close(): void {
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
  }

  #changed(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(this.#onChange, settleMs);
  }

  #failed(folder: string, error: unknown): void {
    this.#logger.warn('a folder cannot be watched: changes in it are not seen', { folder, why: messageOf(error) });
  }
}
