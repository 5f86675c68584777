import { createHash } from 'node:crypto';
import { InvariantViolation } from '../../../domain/errors.ts';
import {
  ImageProviderFailure, type ImageCall, type ImageProvider, type ImageResult,
} from '../../../ports/image-provider.ts';
import { StudioFailure } from '../../../ports/studio.ts';
import type { Workshop } from './workshop.ts';

/**
 * The provider that is this machine. A call costs nothing and leaves nothing behind, so that beginning it does nothing:
 * it is made when its result is asked for, and again when it is asked for again.
 */
export function createLocalProvider(workshop: Pick<Workshop, 'segment' | 'drawBackdrops'>): ImageProvider {
  return {
    name: 'local',
    test: async () => ({ healthy: true, message: 'cuts out and draws backgrounds on this machine, at no cost' }),
    estimateMicroUsd: () => 0,
    async begin(call, key, signal) {
      signal.throwIfAborted();
      assertCall(call, key);
      return { providerJobId: `local-${createHash('sha256').update(key).digest('hex').slice(0, 24)}` };
    },
    async result(providerJobId, call, signal) {
      if (!/^local-[0-9a-f]{24}$/.test(providerJobId)) {
        throw new InvariantViolation(`${JSON.stringify(providerJobId)} is no id of a call on this machine`);
      }
      try {
        return await made(workshop, call, signal);
      } catch (error) {
        throw asFailure(error, call);
      }
    },
    cancel: async () => {},
  };
}

async function made(
  workshop: Pick<Workshop, 'segment' | 'drawBackdrops'>,
  call: ImageCall,
  signal: AbortSignal,
): Promise<ImageResult> {
  if (call.purpose === 'segment') {
    const { png, confidence } = await workshop.segment(await call.bytes(), signal);
    const outputs = [{ bytes: png as Uint8Array<ArrayBuffer>, contentType: 'image/png' }];
    return { outputs, costMicroUsd: 0, ...(confidence !== null && { confidence }) };
  }
  const { backdrops, width, height, seed } = call;
  const files = await workshop.drawBackdrops({ backdrops, width, height, seed }, signal);
  const outputs = files.map((bytes) => ({ bytes: bytes as Uint8Array<ArrayBuffer>, contentType: 'image/jpeg' }));
  return { outputs, costMicroUsd: 0 };
}

function assertCall(call: ImageCall, key: string): void {
  const isGood =
    key.length >= 1 && key.length <= 200 &&
    (call.purpose === 'segment' || (
      call.backdrops.length === call.variants && call.variants >= 1 && call.variants <= 4 &&
      [call.width, call.height].every((side) => Number.isInteger(side) && side >= 256 && side <= 2_048) &&
      Number.isInteger(call.seed) && call.seed >= 0 && call.seed < 2 ** 31
    ));
  if (!isGood) throw new InvariantViolation(`a call of ${call.purpose} is outside of what the port allows`);
}

function asFailure(error: unknown, { purpose }: ImageCall): unknown {
  if (!(error instanceof StudioFailure)) return error;
  const code = purpose === 'segment' ? 'SEGMENT_FAILED' : 'BG_GENERATION_FAILED';
  // The same photo would be refused again.
  const retryable = error.code === 'COMPOSITE_FAILED';
  return new ImageProviderFailure(code, error.message, { retryable, callEnded: true, cause: error });
}
