import { DurableObject } from 'cloudflare:workers';
import type { ImageSetMessage } from '../../kinds/image-set/application/message.ts';
import { messageJobs } from '../../kinds/image-set/application/message-jobs.ts';
import {
  confirmUpload, execute, type ConfirmUpload, type ExecuteImageSet, type ItemResultInput, type JobProgress,
  type JobStatus, type RecordedItems,
} from '../../kinds/image-set/application/commands.ts';
import type { ListedJob } from '../../application/jobs/job-kind.ts';
import type { RequestContext } from '../../application/request.ts';
import type { ImageSetApplication } from '../../kinds/image-set/application/application.ts';
import { createImageSetObjects, lastUrlEndsAt, longestDeadlineMs } from
  '../../kinds/image-set/application/objects.ts';
import { createJobs, type Jobs } from '../../application/jobs/jobs.ts';
import { createApart, refuseCreation, type Creation } from '../../kinds/image-set/application/begin-apart.ts';
import type { FirstPictures } from '../../kinds/image-set/application/first-pictures.ts';
import { findInputs, type InputPhoto } from '../../kinds/image-set/application/inputs.ts';
import { resultKeys, type ResultKeys } from '../../kinds/image-set/application/results.ts';
import { latestObjectsDue, purgeOnce } from '../../application/objects/purge.ts';
import type { Dependencies } from '../../application/dependencies.ts';
import { correctDeadlines } from '../../application/jobs/correct-deadlines.ts';
import type { MessageJobs } from '../../kinds/image-set/application/queue.ts';
import type { Rule } from '../../kinds/image-set/application/rule.ts';
import type { Submission } from '../../kinds/image-set/application/submit.ts';
import { expireJob } from '../../application/jobs/expire.ts';
import { unknownJob } from '../../application/operation.ts';
import type { Page } from '../../application/page.ts';
import { ok, type Result } from '../../domain/errors.ts';
import type { Job, RecordedEvent } from '../../domain/job/job.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import { imageSetModule } from '../../kinds/image-set/module.ts';
import type { FoundInputs } from '../../kinds/image-set/domain/inputs.ts';
import type { ImageSetJob } from '../../kinds/image-set/domain/types.ts';
import type { Store } from '../../ports/store/store.ts';
import { latestOutboxDue } from '../../services/outbox-relay.ts';
import { removeHistories } from '../../stores/d1/history.ts';
import { addOpenJob } from '../../stores/d1/open-jobs.ts';
import { createDurableObjectDriver } from '../../stores/durable-object/driver.ts';
import { hasEnded, hasObjectsDue, jobToIndex, nextDue, type Keeping } from '../../stores/durable-object/job-due.ts';
import { JobRows } from '../../stores/durable-object/job-rows.ts';
import { createJobStore } from '../../stores/durable-object/job-store.ts';
import type { Bindings, DurableObjectContext } from './bindings.ts';
import type { JobCalls, Repaired } from './calls.ts';
import { jobDeliverers } from './deliverers.ts';
import { createDurableHome, objectKinds, type DurableHome } from './durable-home.ts';
import { isolateOf } from './isolate.ts';
import { isForAccount, jobBackoff, JobRelay } from './job-relay.ts';
import { accountOf } from './others.ts';
import { isReferredToBy } from './referring.ts';
import { mustHear, saying, type Said } from './said.ts';

/** What a job's object answers. */
type Answering = ImageSetApplication & { readonly jobs: Jobs };

/** How long an answer waits for what has to reach the account: then it is answered, and said later. */
const patienceMs = 5_000;
/** The cron looks after an open job when its own alarm should long have ended it. */
const graceMs = 3_600_000;

/**
 * One job: its events, and what it still has to say to its account, the queue and the history. The use cases are those
 * of every server, over the object's own store; what they leave in the outbox is said at once where that works, and
 * otherwise by the alarm, which also ends the job when its deadline has passed.
 */
export class JobCoordinatorDO extends DurableObject<Bindings> implements JobCalls {
  #rows!: JobRows;
  readonly #home: DurableHome;
  readonly #relay: JobRelay;
  readonly #application: Answering;
  readonly #keeping: Keeping;
  /** What came into the outbox since that was last looked at. */
  #news: readonly string[] = [];
  #telling: Promise<void> = Promise.resolve();
  /** Being put into the index of open jobs, or perhaps there already. */
  #isIndexing = false;

  constructor(ctx: DurableObjectContext, env: Bindings) {
    super(ctx, env);
    const { settings } = isolateOf(env).config;
    this.#keeping = { objects: settings.objectRetention, job: settings.keepWithObjectsMs };
    this.#home = createDurableHome(ctx, env, {
      open: (storage, onWrite) => {
        // The rows say themselves when what they say has been written.
        const driver = createDurableObjectDriver(storage, () => {});
        this.#rows = new JobRows(driver, objectKinds, onWrite);
        return this.#noticing(createJobStore(this.#rows));
      },
      isMade: () => this.#rows.exists,
      heal,
      nextDue: (now) => nextDue(this.#rows, this.#keeping, now),
    });
    const { deps } = this.#home;
    const deliverers = jobDeliverers(deps, env, { isOpenJob: () => this.#isIndexing || this.#rows.isIndexed });
    this.#relay = new JobRelay(this.#rows, deps, deliverers);
    const runtime = imageSetModule.create(deps);
    const jobKinds = new Map([[imageSet.name, { ...runtime, ...imageSetModule }]]);
    this.#application = { ...runtime.application, jobs: createJobs(deps, jobKinds) };
  }

  #noticing(store: Store): Store {
    return {
      ...store,
      commit: async (changes) => {
        const result = await store.commit(changes);
        if (result.ok) this.#news = [...this.#news, ...changes.outbox.map(({ topic }) => topic)];
        return result;
      },
    };
  }

  create(context: RequestContext, submission: Submission): Promise<Said<Creation>> {
    return this.#saying('create', () => createApart(this.#home.deps, context, submission));
  }

  refuse(jobId: string): Promise<Said<Creation>> {
    return this.#saying('refuse', () => refuseCreation(this.#home.deps, jobId));
  }

  inputs(context: RequestContext, jobId: string, items: readonly number[] | undefined): Promise<Said<FoundInputs>> {
    return this.#ofJob('inputs', jobId, () => findInputs(this.#home.deps)(context, jobId, items));
  }

  firstPictures(context: RequestContext, jobId: string, first: number): Promise<Said<readonly FirstPictures[]>> {
    return this.#ofJob('firstPictures', jobId, ({ imageSets }) => imageSets.firstPictures(context, [jobId], first));
  }

  photos(context: RequestContext, jobId: string): Promise<Said<readonly InputPhoto[]>> {
    return this.#ofJob('photos', jobId, ({ imageSets }) => imageSets.inputs(context, jobId));
  }

  results(context: RequestContext, jobId: string): Promise<Said<ResultKeys>> {
    return this.#ofJob('results', jobId, () => resultKeys(this.#home.deps, context, jobId));
  }

  confirmUpload(
    context: RequestContext,
    jobId: string,
    input: ConfirmUpload,
  ): Promise<Said<JobStatus>> {
    return this.#ofJob('confirmUpload', jobId, async ({ imageSets }) => {
      const ruleId = input.execute?.ruleId;
      if (ruleId === undefined) return imageSets.confirmUpload(context, jobId, input);
      const rule = await this.#ruleFor(jobId, ruleId);
      return rule.ok ? confirmUpload(this.#home.deps, context, jobId, input, rule.value) : rule;
    });
  }

  execute(
    context: RequestContext,
    jobId: string,
    input: ExecuteImageSet,
  ): Promise<Said<JobStatus>> {
    return this.#ofJob('execute', jobId, async ({ imageSets }) => {
      if (input.ruleId === undefined) return imageSets.execute(context, jobId, input);
      const rule = await this.#ruleFor(jobId, input.ruleId);
      return rule.ok ? execute(this.#home.deps, context, jobId, input, rule.value) : rule;
    });
  }

  /** Rules are with the account of the job's owner. */
  async #ruleFor(jobId: string, ruleId: string): Promise<Result<Rule | null>> {
    const job = await this.#home.deps.store.jobs.get(jobId);
    if (job === null) return unknownJob(jobId);
    return ok(await mustHear(accountOf(this.env, job.ownerId).findRule(ruleId)));
  }

  recordItemResult(
    jobId: string,
    input: ItemResultInput,
    correlationId: string,
  ): Promise<Said<JobProgress>> {
    return this.#ofJob('recordItemResult', jobId, ({ imageSets }) =>
      imageSets.recordItemResult(jobId, input, correlationId),
    );
  }

  recordItemResults(
    jobId: string,
    inputs: readonly ItemResultInput[],
    correlationId: string,
  ): Promise<Said<RecordedItems>> {
    return this.#ofJob('recordItemResults', jobId, ({ imageSets }) =>
      imageSets.recordItemResults(jobId, inputs, correlationId),
    );
  }

  show(context: RequestContext, jobId: string): Promise<Said<unknown>> {
    return this.#ofJob('show', jobId, ({ jobs }) => jobs.get(context, jobId));
  }

  cancel(context: RequestContext, jobId: string): Promise<Said<unknown>> {
    return this.#ofJob('cancel', jobId, ({ jobs }) => jobs.cancel(context, jobId));
  }

  retry(context: RequestContext, jobId: string): Promise<Said<unknown>> {
    return this.#ofJob('retry', jobId, ({ jobs }) => jobs.retry(context, jobId));
  }

  events(
    context: RequestContext,
    jobId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<Said<Page<RecordedEvent>>> {
    return this.#ofJob('events', jobId, ({ jobs }) => jobs.events(context, jobId, options));
  }

  listed(jobId: string): Promise<Said<ListedJob | null>> {
    return this.#saying('listed', async () => {
      const job = await this.#job(jobId);
      if (job === null) return ok(null);
      const { items: _, version: __, traceparent: ___, ...listed } = job;
      return ok(listed);
    });
  }

  message(jobId: string): Promise<Said<ImageSetMessage | null>> {
    return this.#saying('message', async () => ok(await this.#messageJobs?.message(jobId) ?? null));
  }

  hasProgressed(jobId: string, since: number): Promise<Said<boolean>> {
    return this.#saying('hasProgressed', async () => ok(await this.#messageJobs?.hasProgressed(jobId, since) ?? false));
  }

  giveUp(jobId: string, reason: string): Promise<Said<string>> {
    return this.#ofJob('giveUp', jobId, () => expireJob(this.#home.deps, jobId, reason, { early: true }));
  }

  repair(jobId: string): Promise<Said<Repaired>> {
    return this.#saying<Repaired>('repair', async () => {
      await this.#ring();
      const job = await this.#job(jobId);
      if (job === null) return ok({ exists: false, checkAt: null });
      this.#home.schedule();
      const isOver = job.endedAt !== null && this.#rows.outbox.length === 0;
      return ok({ exists: true, checkAt: isOver ? null : this.#checkAt(job) });
    });
  }

  /** When the cron is to look after it. */
  #checkAt({ deadlineAt }: Pick<Job, 'deadlineAt'>): number {
    return Math.max(deadlineAt ?? 0, this.#home.deps.clock.now()) + graceMs;
  }

  alarm(): Promise<void> {
    return this.#home.onAlarm(() => this.#ring());
  }

  async #ring(): Promise<void> {
    if (!this.#rows.exists) return;
    const { deps } = this.#home;
    for (const { id } of await deps.store.jobs.overdue(deps.clock.now(), 1)) {
      await expireJob(deps, id, 'The time limit of the job has passed.');
    }
    await this.#relay.start().all;
    await this.#purge();
    if (hasEnded(this.#rows, this.#keeping, deps.clock.now())) return this.#forget();
    await this.#index();
  }

  async #purge(): Promise<void> {
    const { deps } = this.#home;
    if (!hasObjectsDue(this.#rows, this.#keeping, deps.clock.now())) return;
    const objects = createImageSetObjects(deps.settings, (ownerId, jobId) => isReferredToBy(this.env, ownerId, jobId));
    while (await purgeOnce({ ...deps, endedObjects: deps.store.endedObjects, objectsOf: () => objects }));
  }

  /** The object's own rows go last, so that whatever fails before is done again by the next alarm. */
  async #forget(): Promise<void> {
    const { job } = this.#rows;
    if (job !== null) {
      await removeHistories(this.env.DB, [job.id]);
      await mustHear(accountOf(this.env, job.ownerId).forget(job.id));
    }
    await this.#home.clear();
    this.#rows.forget();
  }

  async #index(): Promise<void> {
    const job = jobToIndex(this.#rows, this.#home.deps.clock.now());
    if (job === null) return;
    const { id: jobId, kind, ownerId, createdAt } = job;
    // It may end meanwhile: its history then takes it out of the index.
    this.#isIndexing = true;
    await addOpenJob(this.env.DB, { jobId, kind, ownerId, createdAt }, this.#checkAt(job));
    this.#rows.indexed();
  }

  get #messageJobs(): MessageJobs | null {
    return this.#rows.exists ? messageJobs(this.#home.deps) : null;
  }

  async #job(jobId: string): Promise<ImageSetJob | null> {
    const job = await this.#home.deps.store.jobs.get(jobId);
    return job?.kind === imageSet.name ? (job as ImageSetJob) : null;
  }

  #ofJob<T>(what: string, jobId: string, use: (application: Answering) => Promise<Result<T>>): Promise<Said<T>> {
    return this.#saying(what, () => {
      if (!this.#rows.exists) return Promise.resolve(unknownJob(jobId));
      return use(this.#application);
    });
  }

  /** Answers once what the command means for the account has reached it, so that whoever looks next sees it. */
  #saying<T>(what: string, use: () => Promise<Result<T>>): Promise<Said<T>> {
    return saying(this.#home.deps.logger, what, async () => {
      const result = await use();
      const news = this.#news;
      this.#news = [];
      if (news.some(isForAccount)) this.#telling = this.#tell();
      else if (news.length > 0) this.ctx.waitUntil(this.#relay.start().all);
      await this.#telling;
      this.#home.keepAlarm();
      return result;
    });
  }

  async #tell(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    const { told, all } = this.#relay.start();
    this.ctx.waitUntil(all);
    await Promise.race([told, patience]);
    clearTimeout(timer);
  }
}

/** By a clock that was ahead when they were stored, they would wait for it. */
async function heal(deps: Dependencies): Promise<void> {
  const { store, settings, logger, clock } = deps;
  const now = clock.now();
  const latestDueAt = latestObjectsDue(now, lastUrlEndsAt(now, settings));
  const healed = {
    outbox: await store.outbox.heal({ now, latestDueAt: latestOutboxDue(now, jobBackoff) }),
    deadlines: await correctDeadlines(deps, now, [], longestDeadlineMs(settings)),
    objects: await store.endedObjects.heal({ now, latestDueAt }),
  };
  if (Object.values(healed).every((count) => count === 0)) return;
  logger.warn('stored times that cannot be were healed: a clock was wrong', healed);
}
