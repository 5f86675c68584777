import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { Aspect } from '../../../domain/scene.ts';
import {
  backgroundKey, compositeKey, contentTypeOf, cutOutKey, extensionOf, maskKey, originalKey, thumbKey, type ObjectKind,
} from '../domain/keys.ts';
import type { ProductImageJob } from '../domain/types.ts';

export interface ObjectUrls {
  readonly key: string;
  /** Null once the job has ended. */
  readonly putUrl: string | null;
  readonly getUrl: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface WantedObject {
  readonly kind: ObjectKind;
  /** From 1; 1 if left out. */
  readonly variant?: number;
  /** 1x1 if left out. */
  readonly aspect?: Aspect;
  /** Content type of the upload. */
  readonly type?: string;
  /** One that the job has, instead of the usual one of its kind. */
  readonly key?: string;
}

type Deps = Pick<Dependencies, 'objects' | 'settings' | 'clock'>;

export function keyOf(
  { fields }: Pick<ProductImageJob, 'fields'>,
  { kind, variant = 1, aspect = '1x1' }: WantedObject,
): string {
  switch (kind) {
    case 'original':
      return fields.originalKey ?? originalKey(fields, extensionOf(fields.imageUrl));
    case 'mask':
      return maskKey(fields);
    case 'cutout':
      return cutOutKey(fields);
    case 'bg':
      return backgroundKey(fields, variant);
    case 'composite':
      return compositeKey(fields, aspect, variant);
    case 'thumb':
      return thumbKey(fields, aspect, variant);
  }
}

/** Those that are recorded. */
function keysOf({ fields }: Pick<ProductImageJob, 'fields'>, kind: ObjectKind): readonly (string | null)[] {
  switch (kind) {
    case 'original':
      return [fields.originalKey];
    case 'mask':
      return [fields.maskKey];
    case 'cutout':
      return [cutOutKey(fields)];
    case 'bg':
      return fields.bgKeys ?? [];
    case 'composite':
      return fields.compositeKeys ?? [];
    case 'thumb':
      return fields.thumbKeys ?? [];
  }
}

export async function urlsOf(
  { objects, settings, clock }: Deps,
  job: ProductImageJob,
  wanted: WantedObject,
  isUploadable = job.endedAt === null,
): Promise<Result<ObjectUrls>> {
  const key = wanted.key ?? keyOf(job, wanted);
  if (wanted.key !== undefined && !keysOf(job, wanted.kind).includes(wanted.key)) {
    const problem = `must be one that the job has, of the kind ${wanted.kind}`;
    return refuse('invalid_request', `The key ${problem}.`, { fields: { key: problem } });
  }
  const usual = contentTypeOf(key);
  const { kind, type: contentType = usual } = wanted;
  if (kind !== 'original' && contentType !== usual) {
    const problem = `must be ${usual} for ${kind}`;
    return refuse('invalid_request', `The type ${problem}.`, { fields: { type: problem } });
  }
  const expiresInSeconds = settings.resultUrlSeconds;
  const [putUrl, getUrl] = await Promise.all([
    isUploadable ? objects.presignPut(key, { expiresInSeconds, contentType }) : null,
    objects.presignGet(key, { expiresInSeconds }),
  ]);
  return ok({ key, putUrl, getUrl, expiresAt: clock.now() + expiresInSeconds * 1_000 });
}
