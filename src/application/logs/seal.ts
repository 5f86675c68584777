import type { LogChunk, LogFile, ReadLog, SealedLog, UnsealedLog } from '../../ports/store/log-chunks.ts';
import type { Dependencies } from '../dependencies.ts';
import { firstKept, type KindLogs } from './kind-logs.ts';
import { LogPacker } from './log-packer.ts';
import { readObject } from './read-object.ts';
import { joined } from './web-gzip.ts';

/** Stored bytes that are read at once. */
const readBytes = 1_048_576;
/** How long an object may be on its way before it counts as left over. Milliseconds. */
const expectedMs = 3_600_000;
/** Lines with numbers left out between them are parts of their own, and each is read and written with all others. */
const maxParts = 20_000;

type Deps = Pick<Dependencies, 'store' | 'objects' | 'gzip' | 'ids' | 'clock'>;

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
  const { store, ids, clock } = deps;
  const log = await store.logs.read(jobId, { fromLine: 1, maxBytes: readBytes });
  if (log === null) return false;
  const { lastLine } = log;
  const parts = await packed(deps, jobId, log, logs);
  if (parts === null) return false;
  const sealed = { id: ids.uuid(), jobId, lastLine, replaces: log.file?.id ?? null };
  const bytes = parts.reduce((sum, { body }) => sum + body.byteLength, 0);
  if (bytes < logs.minObjectBytes || parts.length === 0) {
    return store.logs.seal({ ...sealed, file: null, chunks: parts });
  }
  const objectKey = `logs/${ownerId}/${jobId}/${sealed.id}.ndjson.gz`;
  const now = clock.now();
  await store.logs.expectObject(objectKey, now + expectedMs);
  await deps.objects.put(objectKey, joined(parts.map(({ body }) => body)), { contentType: 'application/gzip' });
  const entryCount = parts.reduce((sum, { lineCount }) => sum + lineCount, 0);
  const storageUri = deps.objects.uri(objectKey);
  const file: SealedLog['file'] = {
    objectKey, storageUri, bytes, entryCount, lastLine, parts: placesOf(parts), createdAt: now, expiresAt,
  };
  return store.logs.seal({ ...sealed, file, chunks: [] });
}

/** All that is kept of the log, in few chunks; null when it has changed meanwhile. */
async function packed(deps: Deps, jobId: string, log: ReadLog, logs: KindLogs): Promise<readonly LogChunk[] | null> {
  const packer = new LogPacker(deps.gzip);
  const first = firstKept(log.lastLine, logs);
  if (log.file !== null) {
    const old = await readObject(deps.objects, log.file.objectKey);
    if (old === null) return null;
    for (const chunk of chunksOf(log.file, old)) await packer.add(chunk, first);
  }
  for (let { chunks } = log; chunks.length > 0; ) {
    for (const chunk of chunks) await packer.add(chunk, first);
    const { firstLine, lineCount } = chunks.at(-1) as LogChunk;
    const fromLine = firstLine + lineCount;
    const rest = await deps.store.logs.read(jobId, { fromLine, maxBytes: readBytes });
    if (rest === null || rest.lastLine !== log.lastLine || rest.file?.id !== log.file?.id) return null;
    chunks = rest.chunks;
  }
  return newest(await packer.end(), logs.keepBytes);
}

function chunksOf({ parts }: LogFile, body: Uint8Array): LogChunk[] {
  const bodyOf = (index: number) => body.subarray(parts[index]?.offset, parts[index + 1]?.offset);
  return parts.map(({ firstLine, lineCount }, index) => ({ firstLine, lineCount, body: bodyOf(index) }));
}

/** As many as are kept. */
function newest(parts: readonly LogChunk[], keepBytes: number): readonly LogChunk[] {
  let bytes = 0;
  const before = parts.findLastIndex(({ body }) => (bytes += body.byteLength) > keepBytes);
  return parts.slice(Math.max(before + 1, parts.length - maxParts));
}

function placesOf(parts: readonly LogChunk[]): LogFile['parts'] {
  let offset = 0;
  return parts.map(({ firstLine, lineCount, body }) => {
    const place = { firstLine, lineCount, offset };
    offset += body.byteLength;
    return place;
  });
}
