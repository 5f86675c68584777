import { DurableObject } from 'cloudflare:workers';
import { type ImageSetMessage, imageSetMessage } from '../../kinds/image-set/application/message.ts';
import {
  confirmUpload, execute, type ConfirmUpload, type ExecuteImageSet, type ItemResultInput, type JobProgress,
  type JobStatus, type RecordedItems,
} from '../../kinds/image-set/application/commands.ts';
import type { ListedJob } from '../../application/jobs/job-kind.ts';
import type { RequestContext } from '../../application/request.ts';
import type { ImageSetApplication } from '../../kinds/image-set/application/application.ts';
import { createImageSetObjects } from '../../kinds/image-set/application/objects.ts';
import { createJobs, type Jobs } from '../../application/jobs/jobs.ts';
import { createApart, refuseCreation, type Creation } from '../../kinds/image-set/application/begin-apart.ts';
import type { FirstPictures } from '../../kinds/image-set/application/first-pictures.ts';
import { findInputs, type InputPhoto } from '../../kinds/image-set/application/inputs.ts';
import { resultKeys, type ResultKeys } from '../../kinds/image-set/application/results.ts';
import { purgeOnce } from '../../application/objects/purge.ts';
import type { Rule } from '../../kinds/image-set/application/rule.ts';
import type { Submission } from '../../kinds/image-set/application/submit.ts';
import { expireJob } from '../../application/jobs/expire.ts';
import { unknownJob } from '../../application/operation.ts';
import type { Page } from '../../application/page.ts';
import { ok, type Result } from '../../domain/errors.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import { imageSetModule } from '../../kinds/image-set/module.ts';
import type { FoundInputs } from '../../kinds/image-set/domain/inputs.ts';
import type { ImageSetJob } from '../../kinds/image-set/domain/types.ts';
import { removeHistory } from '../../stores/d1/history.ts';
import { addOpenJob } from '../../stores/d1/open-jobs.ts';
import {
  endedBefore, hasObjectsDue, hasSchema, jobIsIndexed, jobsToIndex, nextDue, prepareIndexing,
} from '../../stores/durable-object/due.ts';
import type { Bindings, DurableObjectContext } from './bindings.ts';
import type { JobCalls } from './calls.ts';
import { edgeConfig } from './config.ts';
import { jobDeliverers } from './deliverers.ts';
import { createDurableHome, type DurableHome } from './durable-home.ts';
import { jobParts } from './schema.ts';
import { isReferredToBy } from './referring.ts';
import { mustHear, saying, type Said } from './said.ts';

/** What a job's object answers. */
type Answering = ImageSetApplication & { readonly jobs: Jobs };

/** How long an answer waits for what has to reach the account: then it is answered, and said later. */
const patienceMs = 5_000;
/** An open job is first looked after by the cron when its own alarm should long have rung. */
const firstCheckMs = 3_600_000;

/**
 * One job: its state, its events, and what it still has to say to its account, the queue and the history. The use
 * cases are those of every server, over the object's own store; what they leave in the outbox is said at once
 * where that works, and otherwise by the alarm, which also ends the job when its deadline has passed.
 */
export class JobCoordinatorDO extends DurableObject<Bindings> implements JobCalls {
  readonly #home: DurableHome;
  readonly #application: Answering;
  readonly #keepMs: number | null;
  #telling: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectContext, env: Bindings) {
    super(ctx, env);
    const { settings } = edgeConfig(env);
    this.#keepMs = settings.keepWithObjectsMs;
    this.#home = createDurableHome(ctx, env, {
      parts: jobParts,
      deliverers: (deps) => jobDeliverers(deps, env),
      nextAlarm: (driver) => nextDue(driver, settings.objectRetention, settings.keepWithObjectsMs),
    });
    const runtime = imageSetModule.create(this.#home.deps);
    const kinds = new Map([[imageSet.name, { ...runtime, ...imageSetModule }]]);
    this.#application = { ...runtime.application, jobs: createJobs(this.#home.deps, kinds) };
    // An object that was only asked about is left without a database.
    if (hasSchema(this.#home.driver)) this.#prepare();
  }

  create(context: RequestContext, submission: Submission): Promise<Said<Creation>> {
    return this.#saying('create', () => {
      this.#prepare();
      return createApart(this.#home.deps, context, submission);
    });
  }

  refuse(jobId: string): Promise<Said<Creation>> {
    return this.#saying('refuse', () => {
      this.#prepare();
      return refuseCreation(this.#home.deps, jobId);
    });
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
    return ok(await mustHear(this.env.USER_LIMITER.getByName(job.ownerId).findRule(ruleId)));
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
    return this.#saying('message', async () => {
      const job = await this.#job(jobId);
      if (job === null || imageSet.lifecycle.isTerminal(job.state)) return ok(null);
      return ok(await imageSetMessage(this.#home.deps, job));
    });
  }

  giveUp(jobId: string, reason: string): Promise<Said<string>> {
    return this.#ofJob('giveUp', jobId, () => expireJob(this.#home.deps, jobId, reason, { early: true }));
  }

  repair(jobId: string): Promise<Said<boolean>> {
    return this.#saying('repair', async () => {
      if (!hasSchema(this.#home.driver)) return ok(false);
      await this.#ring();
      this.#home.schedule();
      return ok((await this.#job(jobId)) !== null);
    });
  }

  alarm(): Promise<void> {
    return this.#home.onAlarm(() => this.#ring());
  }

  async #ring(): Promise<void> {
    if (!hasSchema(this.#home.driver)) return;
    const { deps, driver, relayAll } = this.#home;
    for (const { id } of await deps.store.jobs.overdue(deps.clock.now(), 1)) {
      await expireJob(deps, id, 'The time limit of the job has passed.');
    }
    await relayAll();
    await this.#purge();
    if (await this.#forget()) return;
    for (const job of jobsToIndex(driver, deps.clock.now())) {
      await addOpenJob(this.env.DB, job, deps.clock.now() + firstCheckMs);
      jobIsIndexed(driver, job.jobId);
    }
  }

  async #purge(): Promise<void> {
    const { deps, driver } = this.#home;
    if (!hasObjectsDue(driver, deps.settings.objectRetention, deps.clock.now())) return;
    const objects = createImageSetObjects(deps.settings, (ownerId, jobId) => isReferredToBy(this.env, ownerId, jobId));
    while (await purgeOnce({ ...deps, endedObjects: deps.store.endedObjects, objectsOf: () => objects }));
  }

  /**
   * Whether the job is gone, which it is when it has been kept for long enough: its object last, so that whatever
   * fails before is done again by the next alarm.
   */
  async #forget(): Promise<boolean> {
    const { deps, driver } = this.#home;
    const job = this.#keepMs === null ? null : endedBefore(driver, deps.clock.now() - this.#keepMs);
    if (job === null) return false;
    await removeHistory(this.env.DB, job.jobId);
    await mustHear(this.env.USER_LIMITER.getByName(job.ownerId).forget(job.jobId));
    await this.#home.clear();
    return true;
  }

  #prepare(): void {
    this.#home.prepare();
    prepareIndexing(this.#home.driver);
  }

  async #job(jobId: string): Promise<ImageSetJob | null> {
    if (!hasSchema(this.#home.driver)) return null;
    const job = await this.#home.deps.store.jobs.get(jobId);
    return job?.kind === imageSet.name ? (job as ImageSetJob) : null;
  }

  #ofJob<T>(what: string, jobId: string, use: (application: Answering) => Promise<Result<T>>): Promise<Said<T>> {
    return this.#saying(what, () => {
      if (!hasSchema(this.#home.driver)) return Promise.resolve(unknownJob(jobId));
      return use(this.#application);
    });
  }

  /** Answers once what the command means for the account has reached it, so that whoever looks next sees it. */
  #saying<T>(what: string, use: () => Promise<Result<T>>): Promise<Said<T>> {
    return saying(this.#home.deps.logger, what, async () => {
      const result = await use();
      if (this.#home.takeNews()) this.#telling = this.#tell();
      await this.#telling;
      return result;
    });
  }

  async #tell(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    // A failure is in the outbox's own row, and in the log.
    await Promise.race([this.#home.relay().catch(() => {}), patience]);
    clearTimeout(timer);
  }
}
