import { join } from 'node:path';
import { readUploadKey } from '../../kinds/image-set/domain/uploads.ts';
import { createFilesystemObjects, type FilesystemObjects } from '../../objects/filesystem/index.ts';
import { createS3Objects } from '../../objects/s3/index.ts';
import { WakeUp } from '../../application/wake-up.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { UploadGuard } from '../../ports/upload-guard.ts';
import { createLoop, type Service } from '../../services/service.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { atMostEvery } from '../../application/at-most-every.ts';
import { keptSecret } from './kept-secret.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from './world.ts';

export interface NodeObjects {
  readonly store: ObjectStore;
  /** Answers the store's own URLs below `/objects/`; null when the store has an endpoint of its own. */
  readonly handle: ((request: Request) => Promise<Response>) | null;
  readonly services: readonly Service[];
}

export function createNodeObjects(
  config: Config,
  publicUrl: string,
  logger: Logger,
  guard?: UploadGuard,
  /** That of the signed URLs of files; S3 has its own. */
  clock: Clock = systemClock,
): NodeObjects {
  if (config.objects.type === 's3') {
    const { publicEndpoint, type: _, ...settings } = config.objects;
    const endpoint = publicEndpoint === null ? {} : { publicEndpoint };
    const store = createS3Objects({ ...settings, clock: systemClock, ...endpoint });
    // A check of S3 is three requests, and probes ask every few seconds.
    return { store: { ...store, check: atMostEvery(checkEveryMs, () => store.check()) }, handle: null, services: [] };
  }
  const store = createFilesystemObjects({
    folder: join(config.dataDir, 'objects'),
    publicUrl,
    secret: config.objects.secret ?? keptSecret(join(config.dataDir, 'objects.secret')),
    maxObjectBytes: config.limits.maxUploadBytes,
    ...(guard === undefined ? {} : { guard }),
    ownerOf: (key) => readUploadKey(key)?.ownerId ?? key,
    maxUploads: { inAll: config.http.maxUploads, perOwner: config.http.maxUploadsPerUser },
    uploadSpeed: config.http.uploadSpeed,
    clock,
    logger,
  });
  return { store, handle: (request) => store.handle(request), services: [tidying(store, logger)] };
}

const checkEveryMs = 15_000;

const tidyEveryMs = 600_000;

/** Beside the start, which does so too: a server may be up for months. */
function tidying(store: Pick<FilesystemObjects, 'removeUnfinished'>, logger: Logger): Service {
  const round = async (): Promise<number> => {
    const files = store.removeUnfinished();
    if (files > 0) logger.info('removed what broken uploads had left', { files });
    return tidyEveryMs;
  };
  return createLoop({ name: 'unfinished-uploads', logger, wakeUp: new WakeUp(), round });
}
