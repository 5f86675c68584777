import type { Failure } from '../execution/failure.ts';
import type { RunLog } from '../log/run-log.ts';
import { RequestError } from '../../../../http/request-error.ts';
import { download } from './download.ts';
import { findOutputs, type OutputFile } from './outputs.ts';
import { upload } from './upload.ts';

export interface UploadedFile {
  readonly path: string;
  readonly objectKey: string;
  readonly size: number;
}

export interface UploadTarget {
  readonly path: string;
  readonly objectKey: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const forbidden = 403;
/** Files in one request. */
const batch = 100;
/** At once. */
const parallel = 4;

/** Null when all are there. */
export async function bringInputs(
  inputs: readonly { readonly url: string; readonly path: string }[],
  folder: string,
  signal: AbortSignal,
): Promise<Failure | null> {
  let failure: Failure | null = null;
  await inParallel(inputs, async ({ url, path }) => {
    try {
      if (failure === null) await download(url, folder, path, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure ??= {
        reason: 'IO_ERROR',
        message: `The input ${JSON.stringify(path)} could not be downloaded: ${reasonOf(error)}.`,
      };
    }
  });
  return failure;
}

/**
 * Uploads what the command left behind. Each output that is missing is a line of the log, and all of them missing a
 * failure.
 */
export async function takeOutputs(
  wanted: readonly string[],
  folder: string,
  log: Pick<RunLog, 'note'>,
  targetsOf: (files: readonly OutputFile[]) => Promise<readonly UploadTarget[]>,
  { stallMs, signal }: { readonly stallMs: number; readonly signal: AbortSignal },
): Promise<{ readonly uploaded: readonly UploadedFile[]; readonly failure: Failure | null }> {
  const { files, missing, isCut } = await findOutputs(folder, wanted);
  for (const each of missing) log.note(`there is no output ${each}`);
  if (isCut) log.note(`only the first ${files.length} output files are kept`);
  if (files.length === 0 && wanted.length > 0) {
    const names = wanted
      .slice(0, 10)
      .map((each) => JSON.stringify(each))
      .join(', ');
    return {
      uploaded: [],
      failure: { reason: 'FILE_NOT_FOUND', message: `The command created none of the job's outputs: ${names}.` },
    };
  }
  const uploaded: UploadedFile[] = [];
  let failure: Failure | null = null;
  for (let at = 0; at < files.length; at += batch) {
    const some = files.slice(at, at + batch);
    const targets = new Map<string, UploadTarget>();
    try {
      for (const target of await targetsOf(some)) targets.set(target.path, target);
    } catch (error) {
      signal.throwIfAborted();
      failure ??= { reason: 'IO_ERROR', message: `The job's outputs cannot be uploaded: ${reasonOf(error)}.` };
      break;
    }
    await inParallel(some, async ({ path, real, size }) => {
      try {
        const file = { path, real, size };
        const { objectKey } = await uploadRenewing(file, targets.get(path), targetsOf, { stallMs, signal });
        uploaded.push({ path, objectKey, size });
      } catch (error) {
        signal.throwIfAborted();
        const message = `The output ${JSON.stringify(path)} cannot be uploaded: ${reasonOf(error)}.`;
        log.note(message);
        failure ??= { reason: 'IO_ERROR', message };
      }
    });
  }
  return { uploaded, failure };
}

/** URLs are good for an hour, which those before it may have taken: with one that is refused it asks for another. */
async function uploadRenewing(
  file: OutputFile,
  given: UploadTarget | undefined,
  targetsOf: (files: readonly OutputFile[]) => Promise<readonly UploadTarget[]>,
  options: { readonly stallMs: number; readonly signal: AbortSignal },
): Promise<UploadTarget> {
  if (given === undefined) throw new Error('the server sent no upload URL for it');
  try {
    await upload(file.real, given, options);
    return given;
  } catch (error) {
    const isRefused = error instanceof RequestError && error.status === forbidden;
    const [renewed] = isRefused ? await targetsOf([file]) : [];
    if (renewed === undefined || renewed.url === given.url) throw error;
    await upload(file.real, renewed, options);
    return renewed;
  }
}

async function inParallel<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, all.length) }, worker));
}

/** As `RequestError` says it, or what the file system does. */
function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/\.$/, '');
}
