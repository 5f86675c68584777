import { ImageProviderFailure, type ImageCall, type ImageProvider } from '../../../ports/image-provider.ts';
import type { Life } from '../../../testing/simulator/life.ts';
import { reach, type Outside } from './reach.ts';

export interface SimulatedCall {
  readonly id: string;
  readonly jobId: string;
  readonly purpose: ImageCall['purpose'];
  readonly key: string;
  readonly endsAt: number;
  readonly willFail: boolean;
  state: 'running' | 'succeeded' | 'failed' | 'canceled';
  costMicroUsd: number;
}

const estimates = { segment: 1_000, backgrounds: 5_000 } as const;
const codes = { segment: 'SEGMENT_FAILED', backgrounds: 'BG_GENERATION_FAILED' } as const;
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);

/** A provider that is paid for each call, also for one that fails, and remembers all of them. */
export class SimulatedImages {
  readonly calls: SimulatedCall[] = [];
  readonly #outside: Outside;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** As one server reaches it. */
  of(life: Life): ImageProvider {
    const outside = this.#outside;
    return {
      name: 'simulated',
      test: async () => ({ healthy: true, message: 'It is there.' }),
      estimateMicroUsd: ({ purpose }) => estimates[purpose],
      begin: (call, key, signal) => reach(outside, life, signal, () => {
        this.#mayBeBusy(call.purpose);
        return { providerJobId: this.#begin(call, key).id };
      }),
      result: async (providerJobId, { purpose }, signal) => {
        for (;;) {
          const call = await reach(outside, life, signal, () => this.#look(providerJobId, purpose));
          if (call.state === 'succeeded') {
            const [bytes, contentType] = purpose === 'segment' ? [png, 'image/png'] : [jpeg, 'image/jpeg'];
            return { outputs: [{ bytes, contentType }], costMicroUsd: call.costMicroUsd };
          }
          if (call.state !== 'running') {
            throw new ImageProviderFailure(codes[purpose], `The call ${call.state}.`, {
              retryable: true, callEnded: true, costMicroUsd: call.costMicroUsd,
            });
          }
        }
      },
      cancel: (providerJobId, signal) => reach(outside, life, signal, () => {
        const call = this.#look(providerJobId, null);
        if (call.state !== 'running') return;
        call.state = 'canceled';
        call.costMicroUsd = outside.random.integer(0, call.costMicroUsd);
      }),
    };
  }

  #begin({ purpose }: ImageCall, key: string): SimulatedCall {
    const known = this.calls.find((call) => call.key === key && call.state !== 'failed');
    if (known !== undefined) return known;
    const { random, clock, isWild } = this.#outside;
    const call: SimulatedCall = {
      id: `call-${this.calls.length + 1}`, jobId: key.slice(0, key.indexOf('.')), purpose, key,
      endsAt: clock.now() + random.integer(100, random.chance(0.2) ? 40_000 : 5_000),
      willFail: isWild && random.chance(0.2), state: 'running',
      costMicroUsd: estimates[purpose] + random.integer(-500, 500),
    };
    this.calls.push(call);
    return call;
  }

  #look(id: string, purpose: ImageCall['purpose'] | null): SimulatedCall {
    if (purpose !== null) this.#mayBeBusy(purpose);
    const call = this.calls.find((one) => one.id === id);
    if (call === undefined) throw new RangeError(`there is no call ${id}`);
    const isOver = call.endsAt <= this.#outside.clock.now();
    if (call.state === 'running' && isOver) call.state = call.willFail ? 'failed' : 'succeeded';
    return call;
  }

  #mayBeBusy(purpose: ImageCall['purpose']): void {
    const { random, isWild } = this.#outside;
    if (!isWild || !random.chance(0.03)) return;
    throw new ImageProviderFailure(codes[purpose], 'It is too busy.', {
      retryable: true, ...(random.chance(0.5) && { retryAfterMs: 7_000 }),
    });
  }
}
