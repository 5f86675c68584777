import type { ObjectStore } from '../../../ports/object-store.ts';
import { Violation } from '../../../testing/simulator/invariant.ts';
import { operator } from '../../../testing/simulator/life.ts';
import { uploadPrefix } from '../domain/keys.ts';

/** What agents do with URLs of objects, which `createMemoryObjects` makes. */
export class SimulatedFiles {
  readonly #objects: ObjectStore;
  readonly #now: () => number;
  /** What was put last, by key, there or not any more. */
  readonly #texts = new Map<string, string>();

  constructor(objects: ObjectStore, now: () => number) {
    this.#objects = objects;
    this.#now = now;
  }

  /** Of a file that jobs may bring in. Answers its key. */
  async upload(uploadId: string): Promise<string> {
    const key = `${uploadPrefix(operator.caller.userId)}${uploadId}/in`;
    await this.#put(key, 'what a job brings in');
    return key;
  }

  /** False when the URL is over. */
  async put(url: string, text: string): Promise<boolean> {
    const { key, isOver } = this.#read(url, 'put');
    if (!isOver) await this.#put(key, text);
    return !isOver;
  }

  /** Throws what is wrong with an input as its agent downloads it. */
  async assertInput(url: string): Promise<void> {
    const { key, isOver } = this.#read(url, 'get');
    if (isOver) throw new Violation('an input can be downloaded when its job begins', url);
    if ((await this.text(key)) === null) throw new Violation('what a job brings in is there when it begins', key);
  }

  /** Null when it is not there. */
  async text(key: string): Promise<string | null> {
    return (await this.#objects.head(key)) === null ? null : (this.#texts.get(key) ?? null);
  }

  async #put(key: string, text: string): Promise<void> {
    this.#texts.set(key, text);
    await this.#objects.put(key, new TextEncoder().encode(text), { contentType: 'application/octet-stream' });
  }

  #read(url: string, verb: string): { readonly key: string; readonly isOver: boolean } {
    const [, found, key = '', expires] = /^memory:\/\/(\w+)\/(.+)\?expires=(\d+)$/.exec(url) ?? [];
    if (found !== verb) throw new Violation('a URL is for what it was asked for', url);
    return { key: decodeURIComponent(key), isOver: Number(expires) <= this.#now() };
  }
}
