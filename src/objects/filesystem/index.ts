/**
 * Objects in a folder of this machine, with URLs that this server signs and answers itself.
 *
 * `<folder>/objects/` holds them (layout.ts), `<folder>/incoming/` what is being written (writing.ts).
 * A write that was acknowledged is on the disk: file and folder are synced before.
 */
import { chmodSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvariantViolation } from '../../domain/errors.ts';
import { assertPresign, type ObjectStore } from '../../ports/object-store.ts';
import type { UploadGuard } from '../../ports/upload-guard.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { createFolders, syncFolderNow } from './folders.ts';
import { createHandler } from './handler.ts';
import { assertFileKey } from './layout.ts';
import { createUrlSigner, minSecretBytes } from './signature.ts';
import { standardSlots, UploadSlots, type UploadSlotLimits } from './slots.ts';
import { createStoredObjects } from './stored.ts';
import type { LeastSpeed } from './upload-body.ts';
import { createObjectUrls } from './urls.ts';
import { removeUnfinished, type Places } from './writing.ts';

export interface FilesystemObjectsOptions {
  /** Made when it is not there. For one server at a time. */
  readonly folder: string;
  /** What clients put before `/objects/<key>`; a function when the port is not known yet. */
  readonly publicUrl: string | (() => string);
  /** At least 16 bytes. Whoever has it can sign; another one makes every URL signed before worthless. */
  readonly secret: Uint8Array | string;
  /** Bytes; default 50 MiB. */
  readonly maxObjectBytes?: number;
  /** Uploads by URL at once, beyond which they are told to come back; default 256, 32 of an owner, 4 of a key. */
  readonly maxUploads?: Partial<UploadSlotLimits>;
  /** Whose upload it is; if left out, each key is an owner of its own. */
  readonly ownerOf?: (key: string) => string;
  /** Longest silence of an upload in milliseconds; default 30,000. */
  readonly uploadIdleMs?: number;
  /** Longest upload in milliseconds; default 900,000. */
  readonly uploadTotalMs?: number;
  /** Least speed of an upload; default 1,024 bytes a second over each 10 seconds. */
  readonly uploadSpeed?: LeastSpeed;
  /** Asked about every upload by URL; if left out, whatever is signed may be written. */
  readonly guard?: UploadGuard;
  readonly clock: Clock;
  /** Hears of requests that failed through no fault of the client. */
  readonly logger?: Logger;
}

export interface FilesystemObjects extends ObjectStore {
  /** Answers the URLs that `presignPut` and `presignGet` give; to be mounted at `/objects/*`, every method. */
  handle(request: Request): Promise<Response>;
  /** Removes what uploads that nobody goes on with have left; to be called now and then. How many files. */
  removeUnfinished(): number;
}

const defaultMaxObjectBytes = 50 * 1024 * 1024;

/** Makes the folders and removes what a crash left unfinished; throws when it cannot. */
export function createFilesystemObjects(options: FilesystemObjectsOptions): FilesystemObjects {
  const { clock } = options;
  const maxObjectBytes = options.maxObjectBytes ?? defaultMaxObjectBytes;
  if (Buffer.byteLength(options.secret) < minSecretBytes) {
    throw new TypeError(`the secret that signs object URLs must have at least ${minSecretBytes} bytes`);
  }
  const places = preparePlaces(options.folder);
  const urls = createObjectUrls(options.publicUrl);
  const signer = createUrlSigner(options.secret);

  return {
    name: 'filesystem',

    async presignPut(key, put) {
      assertFileKey(key);
      assertPresign(key, put);
      const { contentType = null, contentLength = null } = put;
      if (contentLength !== null && contentLength > maxObjectBytes) {
        throw new InvariantViolation(`contentLength is ${contentLength}; this store takes ${maxObjectBytes} at most`);
      }
      const expiresAt = clock.now() + put.expiresInSeconds * 1000;
      return `${urls.urlOf(key)}?${signer.sign('PUT', key, { expiresAt, contentType, contentLength })}`;
    },

    async presignGet(key, get) {
      assertFileKey(key);
      assertPresign(key, get);
      const expiresAt = clock.now() + get.expiresInSeconds * 1000;
      const grant = { expiresAt, contentType: null, contentLength: null };
      return `${urls.urlOf(key)}?${signer.sign('GET', key, grant)}`;
    },

    ...createStoredObjects(places, maxObjectBytes, clock),

    removeUnfinished: () => removeUnfinished(places.incoming),

    handle: createHandler({
      places,
      urls,
      signer,
      maxObjectBytes,
      slots: new UploadSlots({ ...standardSlots, ...options.maxUploads }, options.ownerOf ?? ((key) => key)),
      uploadTimes: {
        idleMs: options.uploadIdleMs ?? 30_000,
        totalMs: options.uploadTotalMs ?? 900_000,
        speed: options.uploadSpeed ?? { bytesPerSecond: 1_024, overMs: 10_000 },
      },
      guard: options.guard ?? null,
      clock,
      logger: options.logger ?? null,
    }),
  };
}

function preparePlaces(folder: string): Places {
  const made = [join(folder, 'objects'), join(folder, 'incoming')] as const;
  for (const path of [folder, ...made]) makePrivate(path);
  for (const path of [dirname(folder), folder]) syncFolderNow(path);
  const [root, incoming] = [realpathSync(made[0]), realpathSync(made[1])];
  removeUnfinished(incoming);
  return { root, incoming, folders: createFolders(root) };
}

/** Also one that is there: nobody else on the machine is to read what users uploaded. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (error) {
    // A mounted one may be somebody else's: then that one decides.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}
