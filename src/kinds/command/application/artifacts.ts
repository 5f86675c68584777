import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { RequestContext } from '../../../application/request.ts';
import { requireRole } from '../../../application/caller.ts';
import { seenJob } from '../../../application/operation.ts';
import { objectKeyProblem } from '../../../domain/object-key.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import { uploadPrefix } from '../domain/keys.ts';
import { command } from '../domain/kind.ts';
import type { Artifact, CommandFields } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';

export interface UploadTarget {
  /** As it was asked for. */
  readonly path: string;
  readonly objectKey: string;
  /** For one PUT. */
  readonly url: string;
  /** To be sent with it. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface FileToUpload {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export const urlSeconds = 3_600;
const artifactType = 'application/octet-stream';

/** Refused when one of the names is no object's. */
export async function uploadTargets(
  objects: ObjectStore,
  prefix: string,
  files: readonly FileToUpload[],
): Promise<Result<readonly UploadTarget[]>> {
  const targets: UploadTarget[] = [];
  for (const { path, size } of files) {
    const objectKey = `${prefix}${path}`;
    const problem = objectKeyProblem(objectKey);
    if (problem !== null) {
      return refuse('invalid_request', `The file ${JSON.stringify(path)} cannot be stored: ${problem}.`);
    }
    const url = await objects.presignPut(objectKey, {
      expiresInSeconds: urlSeconds, contentType: artifactType, contentLength: size,
    });
    targets.push({ path, objectKey, url, headers: { 'content-type': artifactType } });
  }
  return ok(targets);
}

/** Upload URLs for files that jobs use as inputs. */
export async function createUploads(
  { objects, ids, settings, quotas }: Pick<CommandDependencies, 'objects' | 'ids' | 'settings' | 'quotas'>,
  { caller }: RequestContext,
  files: readonly FileToUpload[],
): Promise<Result<readonly UploadTarget[]>> {
  const refused = requireRole(caller, 'operator');
  if (refused !== null) return refused;
  const tooLarge = files.find(({ size }) => size > settings.maxUploadBytes);
  if (tooLarge !== undefined) {
    const named = JSON.stringify(tooLarge.path);
    return refuse('invalid_request', `The file ${named} is larger than ${settings.maxUploadBytes} bytes.`);
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const full = (await quotas?.objects.problem(caller.userId, bytes)) ?? null;
  if (full !== null) return { ok: false, refusal: full };
  return uploadTargets(objects, `${uploadPrefix(caller.userId)}${ids.uuid()}/`, files);
}

export interface Download extends Omit<Artifact, 'objectKey'> {
  /** For GETs within an hour; null once the file is deleted. */
  readonly url: string | null;
}

export interface Artifacts {
  readonly artifacts: readonly Download[];
  /** When they were deleted, since their time was over; null while they are there. */
  readonly purgedAt: number | null;
}

/** The files that the execution left behind which ended the job: those of earlier ones are not kept. */
export async function artifactsOf(
  { store, objects }: Pick<CommandDependencies, 'store' | 'objects'>,
  context: RequestContext,
  jobId: string,
): Promise<Result<Artifacts>> {
  const refused = requireRole(context.caller, 'operator');
  if (refused !== null) return refused;
  const found = seenJob(await store.jobs.get(jobId), command, jobId, context);
  if (!found.ok) return found;
  const { artifacts } = found.value.fields as CommandFields;
  const [purged] = found.value.endedAt === null ? [] : await store.endedObjects.purged(jobId);
  const urlOf = (objectKey: string): Promise<string> =>
    objects.presignGet(objectKey, { expiresInSeconds: urlSeconds });
  return ok({
    artifacts: await Promise.all(artifacts.map(async ({ path, size, objectKey }) => (
      { path, size, url: purged === undefined ? await urlOf(objectKey) : null }
    ))),
    purgedAt: purged?.purgedAt ?? null,
  });
}
