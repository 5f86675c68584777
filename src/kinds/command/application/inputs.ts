import type { Draft } from '../../../application/write-path/draft.ts';
import type { Caller } from '../../../application/caller.ts';
import type { KindRetries } from '../../../application/jobs/job-kind.ts';
import { ok, refuse } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { timeOfId } from '../../../domain/job/id.ts';
import { objectKeyProblem } from '../../../domain/object-key.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import type { Clock } from '../../../ports/world.ts';
import { ownerArtifactPrefix, readKey, uploadPrefix } from '../domain/keys.ts';
import type { ArtifactInput, CommandInput } from '../domain/types.ts';

/** For so long new jobs can bring an upload in; then it is kept for those that have not ended, and schedules. */
export const uploadUsableMs = 86_400_000;

/**
 * What is wrong with files that a new job is to bring in, by field. Those of a schedule (`isScheduled`) are kept for as
 * long as it names them.
 */
export async function inputProblems(
  { objects, clock }: { readonly objects: Pick<ObjectStore, 'head'>; readonly clock: Clock },
  caller: Caller,
  inputs: readonly ArtifactInput[],
  isScheduled: boolean,
): Promise<Readonly<Record<string, string>>> {
  const own = [uploadPrefix(caller.userId), ownerArtifactPrefix(caller.userId)];
  const problemOf = async (objectKey: string): Promise<string | null> => {
    const problem = objectKeyProblem(objectKey);
    if (problem !== null) return `must be an object key: ${problem}`;
    if (!caller.roles.includes('admin') && !own.some((prefix) => objectKey.startsWith(prefix))) {
      return 'must be an object of your own';
    }
    if (!isScheduled && isStale(objectKey, clock.now())) return 'was uploaded more than a day ago: upload it again';
    return (await objects.head(objectKey)) === null ? 'must be uploaded first: there is no such object' : null;
  };
  const problems = await Promise.all(inputs.map(async ({ objectKey }, index) => {
    const problem = await problemOf(objectKey);
    return problem === null ? [] : [[`inputs.${index}.objectKey`, problem] as const];
  }));
  return Object.fromEntries(problems.flat());
}

/** What is retried needs the files that it brings in once more. */
export const commandRetries: KindRetries = {
  beforeRetry({ now }: Draft, { input }: Job) {
    const { inputs, scheduleId } = input as CommandInput;
    if (scheduleId !== null || !inputs.some(({ objectKey }) => isStale(objectKey, now))) return ok(null);
    return refuse(
      'invalid_state',
      'The files that the job brings in were uploaded more than a day ago: upload them again for a new job.',
    );
  },
};

function isStale(objectKey: string, now: number): boolean {
  const key = readKey(objectKey);
  return key?.type === 'upload' && timeOfId(key.uploadId) < now - uploadUsableMs;
}
