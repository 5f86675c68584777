import type { Aspect } from '../../../src/domain/scene.ts';
import type { ImageCall, ImageProvider } from '../../../src/ports/image-provider.ts';
import { StudioFailure, type Studio } from '../../../src/ports/studio.ts';

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
const jpegOf = (...content: number[]) => new Uint8Array([0xff, 0xd8, 0xff, 0xe0, ...content, 0xff, 0xd9]);

/** What this machine does with pictures, at once and without looking at them: tests of pixels are elsewhere. */
export class TestImaging {
  /** What was asked for, in order: "inspect", "segment" and so on. */
  readonly calls: string[] = [];
  /** Thrown by the next calls of a name. */
  readonly failures: { readonly on: string; readonly error: Error }[] = [];
  /** Called with each name before it is done; what it waits for is waited for. */
  before: (name: string, signal: AbortSignal) => Promise<void> = async () => {};

  /** The next call of a name waits until it is released. */
  held(name: string): { readonly reached: Promise<void>; release(): void } {
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const before = this.before;
    this.before = async (called, signal) => {
      if (called !== name) return before(called, signal);
      this.before = before;
      reached.resolve();
      await released.promise;
    };
    return { reached: reached.promise, release: () => released.resolve() };
  }

  async #do(name: string, signal: AbortSignal): Promise<void> {
    this.calls.push(name);
    await this.before(name, signal);
    signal.throwIfAborted();
    const index = this.failures.findIndex(({ on }) => on === name);
    const [failure] = index < 0 ? [] : this.failures.splice(index, 1);
    if (failure !== undefined) throw failure.error;
  }

  readonly studio: Studio = {
    inspect: async (photo, signal) => {
      await this.#do('inspect', signal);
      if (photo[0] !== 0xff || photo.at(-1) !== 0xd9) {
        throw new StudioFailure('INVALID_IMAGE', 'The file is no photo: it must be JPEG, PNG or WebP.');
      }
      return { width: 4, height: 3, contentType: 'image/jpeg', extension: 'jpg' };
    },
    cutOut: async (_, signal) => {
      await this.#do('cutOut', signal);
      return { png, width: 4, height: 3 };
    },
    compose: async ({ aspects, background }, signal) => {
      await this.#do('compose', signal);
      return aspects.map((aspect: Aspect, at) => ({
        aspect, master: jpegOf(1, at, background.at(-3) ?? 0), thumb: jpegOf(2, at), width: 4, height: 4,
      }));
    },
    derive: async () => [],
  };

  readonly provider: ImageProvider = {
    name: 'local',
    test: async () => ({ healthy: true, message: 'good' }),
    estimateMicroUsd: () => 0,
    begin: async (_, key) => ({ providerJobId: `local-${key}` }),
    result: async (_, call: ImageCall, signal) => {
      await this.#do(call.purpose, signal);
      if (call.purpose === 'segment') {
        await call.bytes();
        return { outputs: [{ bytes: png, contentType: 'image/png' }], costMicroUsd: 0 };
      }
      const bytes = Array.from({ length: call.variants }, (_, at) => jpegOf(3, at));
      return { outputs: bytes.map((one) => ({ bytes: one, contentType: 'image/jpeg' })), costMicroUsd: 0 };
    },
    cancel: async () => {},
  };
}
