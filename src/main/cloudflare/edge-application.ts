import type { ImageSetApplication } from '../../kinds/image-set/application/application.ts';
import type { Accounts } from '../../application/accounts/accounts.ts';
import type { Application } from '../../application/application.ts';
import type { ListedJob } from '../../application/jobs/job-kind.ts';
import { showHistory } from '../../application/jobs/jobs.ts';
import { beginApart } from '../../kinds/image-set/application/begin-apart.ts';
import { unknownRule } from '../../kinds/image-set/application/commands.ts';
import type { FindInputs } from '../../kinds/image-set/application/inputs.ts';
import { getPreset } from '../../kinds/image-set/application/presets.ts';
import { resultFiles } from '../../kinds/image-set/application/results.ts';
import type { ImageSets } from '../../kinds/image-set/application/image-sets.ts';
import { submitImageSet, type Begin } from '../../kinds/image-set/application/submit.ts';
import { countApart, listApart, type ScatteredJobs } from '../../application/jobs/list-apart.ts';
import { createTokens } from '../../application/tokens/tokens.ts';
import { storedId } from '../../application/users/stored-id.ts';
import { userIdProblem } from '../../application/caller.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import { Kinds } from '../../domain/kinds.ts';
import type { JobLogRow } from '../../domain/job/history.ts';
import { presets } from '../../kinds/image-set/domain/concepts.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import { imageSetModule } from '../../kinds/image-set/module.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { rowsOf } from '../../stores/d1/database.ts';
import { readHistory, readJobLogs } from '../../stores/d1/history.ts';
import { allJobIds } from '../../stores/d1/open-jobs.ts';
import { createD1TokenStore } from '../../stores/d1/tokens.ts';
import { createD1UserStore } from '../../stores/d1/users.ts';
import { systemClock } from '../node/world.ts';
import type { Bindings } from './bindings.ts';
import type { AccountCalls, JobCalls } from './calls.ts';
import { createIdsOf } from './cell/place.ts';
import type { EdgeConfig } from './config.ts';
import { createEdgeQueue } from './edge-queue.ts';
import { accountOf, jobOf } from './others.ts';
import { plainCalls } from './plain-calls.ts';
import { heard, mustHear, type Said } from './said.ts';

/** The application's face, each use case run where its data is: in the job's object, the user's, or in D1. */
export function createEdgeApplication(
  env: Bindings,
  config: EdgeConfig,
  objects: ObjectStore,
): { readonly core: Application; readonly imageSet: ImageSetApplication } {
  const limiter = (userId: string): AccountCalls => plainCalls(accountOf(env, userId));
  const coordinator = (jobId: string): JobCalls => plainCalls(jobOf(env, jobId));
  const ids = createIdsOf(0, systemClock);
  const beginWith = beginApart({
    reserve: (context, submission) => heard(limiter(context.caller.userId).reserve(context, submission)),
    create: (context, submission) => heard(coordinator(submission.jobId).create(context, submission)),
  });
  const begin: Begin = async (context, submission) => {
    const ruleId = submission.execute?.ruleId;
    if (ruleId === undefined) return beginWith(context, submission);
    // Rules are with the account. One that is not there is said before anything is reserved.
    const rule = await mustHear(limiter(context.caller.userId).findRule(ruleId));
    const refused = submission.refused ?? (rule === null ? unknownRule(ruleId).refusal : null);
    return beginWith(context, { ...submission, rule, refused });
  };
  const find: FindInputs = async (context, jobId, items) => {
    const found = await heard(coordinator(jobId).inputs(context, jobId, items));
    if (!found.ok || found.value.jobId === jobId) return found;
    // The set that they were uploaded for knows whether they are kept.
    const { jobId: source, items: places } = found.value;
    return heard(coordinator(source).inputs(context, source, places));
  };
  const users = createD1UserStore(env.DB);
  const known = (id: string): Promise<string> => storedId(users, id);
  const listed = async <F extends { readonly ownerId?: string }>(filter: F): Promise<F> =>
    (filter.ownerId === undefined ? filter : { ...filter, ownerId: await known(filter.ownerId) });
  const scattered = scatteredJobs(env, limiter, coordinator);
  return {
    imageSet: {
      imageSets: edgeImageSets(config, objects, { begin, find, coordinator }),
      queue: createEdgeQueue(env, config),
      rules: rulesOf(limiter),
    },
    core: {
      jobs: {
        list: async (context, filter) => listApart(scattered, context, await listed(filter)),
        stats: async (context, ownerId) =>
          countApart(scattered, context, ownerId === undefined ? undefined : await known(ownerId)),
        get: (context, jobId) => heard(coordinator(jobId).show(context, jobId)),
        cancel: (context, jobId) => heard(coordinator(jobId).cancel(context, jobId)),
        retry: (context, jobId) => heard(coordinator(jobId).retry(context, jobId)),
        // None of the kinds that Cloudflare has needs any.
        sagas: async (context, jobId) => {
          const shown = await heard(coordinator(jobId).show(context, jobId));
          return shown.ok ? ok([]) : shown;
        },
        events: (context, jobId, options) => heard(coordinator(jobId).events(context, jobId, options)),
        history: (context, jobId) => showHistory({ history: (id) => readHistory(env.DB, id) }, context, jobId),
      },
      accounts: accountsOf(limiter, known),
      tokens: createTokens({ store: { tokens: createD1TokenStore(env.DB), users }, clock: systemClock, ids }),
      ready: async () => {
        await rowsOf(env.DB, 'SELECT 1 FROM job_history LIMIT 1', []);
        await objects.check();
      },
    },
  };
}

type Limiter = (userId: string) => AccountCalls;

function rulesOf(limiter: Limiter): NonNullable<ImageSetApplication['rules']> {
  return {
    list: (context) => heard(limiter(context.caller.userId).listRules(context)),
    create: (context, input) => heard(limiter(context.caller.userId).createRule(context, input)),
    get: (context, id) => heard(limiter(context.caller.userId).getRule(context, id)),
    update: (context, id, changes) => heard(limiter(context.caller.userId).updateRule(context, id, changes)),
    delete: (context, id) => heard(limiter(context.caller.userId).deleteRule(context, id)),
  };
}

/** `known`: the id that a user is stored under. */
function accountsOf(limiter: Limiter, known: (id: string) => Promise<string>): Accounts {
  const on = async <T>(id: string, use: (of: AccountCalls, id: string) => Promise<Said<T>>): Promise<Result<T>> => {
    // No object is made for what cannot be a user.
    if (userIdProblem(id) !== null) return refuse('not_found', `There is no account ${id}.`);
    const own = await known(id);
    return heard(use(limiter(own), own));
  };
  return {
    me: (context) => heard(limiter(context.caller.userId).show(context, context.caller.userId)),
    show: (context, id) => on(id, (account, own) => account.show(context, own)),
    grant: (context, id, input) => on(id, (account, own) => account.grant(context, own, input)),
    ledger: (context, id, asked) => on(id, (account, own) => account.ledger(context, own, asked)),
    days: (context, id, count) => on(id, (account, own) => account.days(context, own, count)),
  };
}

function edgeImageSets(
  { settings }: EdgeConfig,
  objects: ObjectStore,
  { begin, find, coordinator }: {
    readonly begin: Begin;
    readonly find: FindInputs;
    readonly coordinator: (jobId: string) => JobCalls;
  },
): ImageSets {
  const ids = createIdsOf(0, systemClock);
  return {
    submit: (context, input) =>
      submitImageSet({ ids, objects, settings, clock: systemClock }, begin, find, context, input),
    confirmUpload: (context, jobId, input) => heard(coordinator(jobId).confirmUpload(context, jobId, input)),
    execute: (context, jobId, input) => heard(coordinator(jobId).execute(context, jobId, input)),
    recordItemResult: (jobId, input, correlationId) =>
      heard(coordinator(jobId).recordItemResult(jobId, input, correlationId)),
    recordItemResults: (jobId, inputs, correlationId) =>
      heard(coordinator(jobId).recordItemResults(jobId, inputs, correlationId)),
    inputs: (context, jobId) => heard(coordinator(jobId).photos(context, jobId)),
    firstPictures: async (context, ids, first) => {
      const all = await Promise.all(ids.map((id) => heard(coordinator(id).firstPictures(context, id, first))));
      return ok(all.flatMap((found) => (found.ok ? found.value : [])));
    },
    results: async (context, jobId) => {
      const found = await heard(coordinator(jobId).results(context, jobId));
      return found.ok ? resultFiles(objects, found.value) : found;
    },
    presets: () => presets,
    preset: getPreset,
  };
}

function scatteredJobs(
  env: Bindings,
  limiter: (userId: string) => AccountCalls,
  coordinator: (jobId: string) => JobCalls,
): ScatteredJobs {
  return {
    kinds: new Kinds([imageSet]),
    rows: new Map([[imageSet.name, imageSetModule]]),
    ids: async (ownerId, before, limit) =>
      ownerId === null ? allJobIds(env.DB, before, limit) : mustHear(limiter(ownerId).jobIds(before, limit)),
    ended: async (ids) => (await readJobLogs(env.DB, ids)).map(toListed),
    one: (id) => mustHear(coordinator(id).listed(id)),
  };
}

function toListed({ jobId, kind, ownerId, state, createdAt, startedAt, endedAt, ...rest }: JobLogRow): ListedJob {
  const { costMicroUsd, labels, parentId, fields } = rest;
  const phase = imageSet.lifecycle.phase(state);
  const times = { createdAt, updatedAt: endedAt, startedAt, endedAt, deadlineAt: null };
  const header = { costMicroUsd, labels, parentId, attempt: 0, lease: null, input: null };
  return { id: jobId, kind, type: '', ownerId, state, phase, ...times, ...header, fields };
}
