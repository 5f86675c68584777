import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { executionPrefix } from '../domain/keys.ts';
import { command } from '../domain/kind.ts';
import type { CommandFields, CommandInput } from '../domain/types.ts';
import type { Run } from './run.ts';
import { uploadTargets, type FileToUpload, type UploadTarget } from './artifacts.ts';
import type { CommandDependencies } from './dependencies.ts';

/** What an agent needs to run a job. Never stored or logged: it has the values of secrets. */
export interface AgentAssignment {
  readonly input: CommandInput;
  readonly environment: Readonly<Record<string, string>>;
  /** By the variable that the command finds them in. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly files: readonly { readonly url: string; readonly path: string }[];
  /** How long an upload of its outputs may go without progress. Milliseconds. */
  readonly uploadStallMs: number;
}

/** Of inputs, which are downloaded one after the other before the command starts. */
const urlSeconds = 86_400;

/** Refused when a secret is gone. */
export async function assignmentOf(
  deps: CommandDependencies,
  job: Job<CommandFields>,
): Promise<Result<AgentAssignment>> {
  const { objects, secrets, fleet } = deps;
  const input = job.input as CommandInput;
  const values: Record<string, string> = {};
  for (const [variable, name] of Object.entries(input.secrets)) {
    const value = await secrets.value(name);
    if (value === null) return refuse('not_found', `Secret ${JSON.stringify(name)} no longer exists.`);
    values[variable] = value;
  }
  const seenByWorker = await urlsForWorker(deps, job);
  const files = await Promise.all(input.inputs.map(async ({ objectKey, path }) => (
    { path, url: seenByWorker(await objects.presignGet(objectKey, { expiresInSeconds: urlSeconds })) }
  )));
  const own = { WAYBILL_JOB_ID: job.id, WAYBILL_JOB_ATTEMPT: String(job.attempt) };
  const { uploadStallMs } = fleet.settings;
  return ok({ input, environment: { ...input.environment, ...own }, secrets: values, files, uploadStallMs });
}

/** What URLs of objects are for the worker that has the job. */
async function urlsForWorker(
  { fleet, providers }: CommandDependencies,
  { input, fields: { assignment } }: Job<CommandFields>,
): Promise<(url: string) => string> {
  const live = assignment === null ? null : await providers.of(assignment.providerId);
  const host = live?.provider?.serverHost((input as CommandInput).requirements.networkMode) ?? null;
  return (url) => fleet.objectUrl?.(url, host) ?? url;
}

const filesAtOnce = 100;

/** For files that the command left behind. */
export async function artifactTargets(
  deps: CommandDependencies,
  { jobId, token }: Run,
  files: readonly FileToUpload[],
): Promise<Result<readonly UploadTarget[]>> {
  const { store, objects } = deps;
  if (files.length > filesAtOnce) {
    return refuse('invalid_request', `At most ${filesAtOnce} upload URLs are given at a time.`);
  }
  const job = await store.jobs.get(jobId);
  if (job === null || job.kind !== command.name || job.lease?.token !== token) {
    return refuse('lease_lost', `The lease on job ${jobId} is no longer valid.`);
  }
  const targets = await uploadTargets(objects, executionPrefix(job.ownerId, jobId, token), files);
  if (!targets.ok) return targets;
  const seenByWorker = await urlsForWorker(deps, job as Job<CommandFields>);
  return ok(targets.value.map((target) => ({ ...target, url: seenByWorker(target.url) })));
}
