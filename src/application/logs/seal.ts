import type { LogChunk, SealedLog, UnsealedLog } from '../../ports/store/log-chunks.ts';
import type { Dependencies } from '../dependencies.ts';
import { freeBytes } from '../free-bytes.ts';
import { firstKept, type KindLogs } from './kind-logs.ts';
import { LogChanged, readBytes, SealedParts, type MeasuredPart } from './sealed-parts.ts';

/** How long an object may be on its way before it counts as left over. Milliseconds. */
const expectedMs = 3_600_000;
/** Lines with numbers left out between them are parts of their own, and each is read and written with all others. */
const maxParts = 20_000;

type Deps = Pick<Dependencies, 'store' | 'objects' | 'gzip' | 'ids' | 'clock'>;

/** What keys of an owner's sealed logs begin with, whatever the kind of the job. */
export function ownerLogPrefix(ownerId: string): string {
  return `logs/${ownerId}/`;
}

/**
 * Seals the log of a job that has ended. It may stop anywhere and be repeated, by several servers at once: the log
 * changes in one transaction, and an object that is not needed afterwards is deleted later. False: the log has changed
 * meanwhile.
 */
export async function sealLog(
  deps: Deps,
  { jobId, ownerId }: Pick<UnsealedLog, 'jobId' | 'ownerId'>,
  logs: KindLogs,
  expiresAt: number | null,
): Promise<boolean> {
  const { store, objects, ids, clock } = deps;
  const log = await store.logs.read(jobId, { fromLine: 1, maxBytes: readBytes });
  if (log === null) return false;
  const { lastLine } = log;
  const whole = new SealedParts(deps, jobId, log, firstKept(lastLine, logs));
  try {
    const parts = newest(await whole.measure(), logs.keepBytes);
    const sealed = { id: ids.uuid(), jobId, lastLine, replaces: log.file?.id ?? null };
    const byteLength = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    if (byteLength < logs.minObjectBytes || parts.length === 0) {
      const chunks: LogChunk[] = [];
      for await (const chunk of whole.read(parts)) chunks.push(chunk);
      return await store.logs.seal({ ...sealed, file: null, chunks });
    }
    const objectKey = `${ownerLogPrefix(ownerId)}${jobId}/${sealed.id}.ndjson.gz`;
    const now = clock.now();
    await store.logs.expectObject(objectKey, now + expectedMs);
    const body = { byteLength, parts: () => bodiesOf(whole, parts) };
    await objects.put(objectKey, body, { contentType: 'application/gzip' });
    const entryCount = parts.reduce((sum, { lineCount }) => sum + lineCount, 0);
    const storageUri = objects.uri(objectKey);
    const file: SealedLog['file'] = {
      objectKey, storageUri, bytes: byteLength, entryCount, lastLine, parts: placesOf(parts), createdAt: now, expiresAt,
    };
    return await store.logs.seal({ ...sealed, file, chunks: [] });
  } catch (error) {
    if (error instanceof LogChanged) return false;
    throw error;
  }
}

async function* bodiesOf(whole: SealedParts, parts: readonly MeasuredPart[]): AsyncGenerator<Uint8Array> {
  const areHeld = parts[0]?.body !== null;
  for await (const { body } of whole.read(parts)) {
    yield body;
    if (!areHeld) freeBytes(body);
  }
}

/** As many as are kept. */
function newest(parts: readonly MeasuredPart[], keepBytes: number): readonly MeasuredPart[] {
  let kept = 0;
  const before = parts.findLastIndex(({ bytes }) => (kept += bytes) > keepBytes);
  return parts.slice(Math.max(before + 1, parts.length - maxParts));
}

function placesOf(parts: readonly MeasuredPart[]): NonNullable<SealedLog['file']>['parts'] {
  let offset = 0;
  return parts.map(({ firstLine, lineCount, bytes }) => {
    const place = { firstLine, lineCount, offset };
    offset += bytes;
    return place;
  });
}
