import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { RequestContext } from '../../../application/request.ts';
import { requireRole } from '../../../application/caller.ts';
import { seenJob } from '../../../application/operation.ts';
import { objectKeyProblem } from '../../../domain/object-key.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import { command } from '../domain/kind.ts';
import type { Artifact, CommandFields } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { commandObjects } from './upload-guard.ts';

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

const urlSeconds = 3_600;
const artifactType = 'application/octet-stream';

/** Where all artifacts of one job are; of an owner's jobs with an empty id. */
export function artifactPrefix(ownerId: string, jobId: string): string {
  return `${commandObjects}${ownerId}/jobs/${jobId === '' ? '' : `${jobId}/`}`;
}

/** Where what an owner's jobs are to bring in is uploaded. */
export function uploadPrefix(ownerId: string): string {
  return `${commandObjects}${ownerId}/uploads/`;
}

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
  { objects, ids, settings }: Pick<CommandDependencies, 'objects' | 'ids' | 'settings'>,
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
  return uploadTargets(objects, `${uploadPrefix(caller.userId)}${ids.uuid()}/`, files);
}

export interface Download extends Omit<Artifact, 'objectKey'> {
  /** For GETs within an hour. */
  readonly url: string;
}

/** Where the files are that the execution left behind which ended the job. */
export async function artifactsOf(
  { store, objects }: Pick<CommandDependencies, 'store' | 'objects'>,
  context: RequestContext,
  jobId: string,
): Promise<Result<readonly Download[]>> {
  const refused = requireRole(context.caller, 'operator');
  if (refused !== null) return refused;
  const found = seenJob(await store.jobs.get(jobId), command, jobId, context);
  if (!found.ok) return found;
  const { artifacts } = found.value.fields as CommandFields;
  return ok(await Promise.all(artifacts.map(async ({ path, size, objectKey }) => (
    { path, size, url: await objects.presignGet(objectKey, { expiresInSeconds: urlSeconds }) }
  ))));
}
