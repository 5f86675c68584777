import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { defineCommand, optionalRest } from '../../../transports/cli/command.ts';
import type { Context } from '../../../transports/cli/context.ts';
import {
  anyText, commaList, optional, required, toggle, wholeNumber, type TextReader,
} from '../../../transports/cli/flag.ts';
import { UsageProblem } from '../../../transports/cli/usage-problem.ts';
import { createProgress, type Progress } from '../../../transports/cli/terminal/progress.ts';
import type { ImageSetClient, ImageSetRoutes, ImageSetView } from './client.ts';
import { rememberRequest } from './created-here.ts';
import { getImageSet } from './get.ts';
import { follow, goesOn } from '../../../transports/cli/job/follow.ts';
import { orderFlags, ordersOf } from './orders.ts';
import { openPhotos } from './photos.ts';
import { saveResults } from './results.ts';
import { endExits, exitOf } from '../../../transports/cli/job/end.ts';
import { submitPhotos, uploadOf, type PhotoOrder } from './submit-photos.ts';

const suffixText: TextReader<string> = {
  allowed: 'a text without slashes',
  parse: (text) => (text !== '' && !/[/\\\0]/.test(text) ? text : undefined),
};

export default defineCommand({
  name: 'job create',
  summary: 'Create an image set, or run all of it',
  description:
    'With files: creates the job, uploads the photos, confirms and executes. With --inputs-from: creates a job ' +
    'with the photos of an earlier job of yours, and executes it. With --count: only creates the job. Prints ' +
    'nothing but the id on standard output, so that JOB_ID=$(waybill job create ...) works; everything else goes ' +
    'to standard error.\n\nIf the command fails or is stopped before the job is executed, it cancels the job, ' +
    'which returns its credits and its slot. After that, Ctrl-C only stops waiting.',
  arguments: { files: optionalRest('FILE', 'The photos.') },
  flags: {
    preset: required('NAME', anyText, 'interior, seller or remove-background (see `waybill preset list`).'),
    count: optional('N', wholeNumber(1, 200), 'Only create a job for this many photos; upload them with `job upload`.'),
    inputsFrom: optional('ID', anyText, 'Use the photos of this earlier job of yours instead of uploading.'),
    items: optional(
      'IDX,...',
      commaList(wholeNumber(0, 199)),
      'Use only these of its photos, by index from 0. Default: all.',
    ),
    wait: toggle('Wait until the job ends; the exit status tells the outcome.'),
    out: optional(
      'DIR',
      anyText,
      'Wait, and save the results to this folder under the names of the photos. Replaces no file: where a name is ' +
        'taken, a number is added. Must not be the folder of the photos, unless there is a --suffix.',
    ),
    suffix: optional('TEXT', suffixText, 'Added to the name of each result: sofa.jpg becomes sofa-cut-out.png.'),
    ...orderFlags,
    idempotencyKey: optional(
      'KEY',
      anyText,
      'Makes retries safe: a repeat of the command continues with the same job.',
    ),
  },
  exits: endExits,
  examples: [
    ['job create --preset remove-background sofa.jpg chair.jpg --out cut-out', 'from photos to results'],
    ['job create --preset interior --wait photos/*.jpg', 'wait until it ends'],
    ['job create --preset seller --count 3 --json', 'only create it, and print the upload URLs'],
    ['job create --preset seller --inputs-from "$JOB_ID" --items 0,2 --wait', 'another draft of two of its photos'],
  ],
  async run(context, { args: { files }, flags }) {
    const { count, preset, inputsFrom, items, out, idempotencyKey } = flags;
    checkSource(files, flags);
    checkFolder(files, flags);
    const key = idempotencyKey ?? randomUUID();
    if (count !== undefined) return createOnly(context, { preset, itemCount: count }, key);
    const orders = ordersOf(flags);
    const photos = await openPhotos(files);
    const body =
      inputsFrom === undefined
        ? { preset, itemCount: photos.length, files: photos.map(uploadOf) }
        : { preset, inputsFrom, ...(items === undefined ? {} : { items }) };
    const progress = createProgress(context.output, context.env);
    try {
      const client = context.client<ImageSetRoutes>();
      const order = { body, photos, orders, idempotencyKey: key, mayBeThere: idempotencyKey !== undefined };
      const job = await submit(context, client, order, progress);
      if (!flags.wait && out === undefined) {
        progress.end();
        if (context.output.json) context.output.printJson(job);
        else context.output.note(`Job ${job.jobId} is ${job.status}: \`waybill job watch ${job.jobId}\` follows it.`);
        return;
      }
      return await deliver(context, client, job.jobId, photos.map(({ path }) => path), out, flags.suffix, progress);
    } finally {
      progress.end();
    }
  },
});

/** The photos come from one place. */
function checkSource(
  files: readonly string[],
  { count, inputsFrom, items }: { count?: number | undefined; inputsFrom?: string | undefined; items?: unknown },
): void {
  const given = [files.length > 0, count !== undefined, inputsFrom !== undefined].filter((each) => each).length;
  if (given === 0) throw new UsageProblem('give FILES, or --count N, or --inputs-from ID');
  if (given > 1) throw new UsageProblem('give one of FILES, --count N and --inputs-from ID, not both');
  if (items !== undefined && inputsFrom === undefined) throw new UsageProblem('--items needs --inputs-from ID');
}

/** Told by the folder itself: links, case and spelling make no difference. */
function checkFolder(
  files: readonly string[],
  { out, suffix }: { out?: string | undefined; suffix?: string | undefined },
): void {
  if (out === undefined && suffix !== undefined) throw new UsageProblem('--suffix needs --out DIR');
  if (out === undefined || suffix !== undefined) return;
  const folder = identityOf(out);
  const beside = files.find((file) => folder !== null && identityOf(dirname(file)) === folder);
  if (beside === undefined) return;
  throw new UsageProblem(`--out is the folder of ${beside}: choose another, or name the results by --suffix -new`);
}

/** Null for what is not there yet. */
function identityOf(folder: string): string | null {
  const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

async function createOnly(
  context: Context,
  body: { readonly preset: string; readonly itemCount: number },
  idempotencyKey: string,
): Promise<void> {
  const { output, env, signal, server } = context;
  const created = await context.client<ImageSetRoutes>().createImageSet({ body, idempotencyKey }, { signal });
  const { jobId } = created;
  const kept = rememberRequest(env, jobId, { server, idempotencyKey, body });
  if (output.json) return output.printJson(created);
  output.print(jobId);
  if (kept) output.note(`Next: waybill job upload ${jobId} FILE...`);
}

/** Everything until the job is queued; what fails before is undone. */
function submit(
  { output, signal }: Context,
  client: ImageSetClient,
  order: PhotoOrder,
  progress: Progress,
): Promise<{ readonly jobId: string; readonly status: string }> {
  return submitPhotos(client, order, {
    signal,
    progress,
    onCreated: (jobId) => {
      if (!output.json) output.print(jobId);
    },
    onUndone: (jobId, ok) => {
      progress.end();
      const undone = `Job ${jobId} is canceled; it cost nothing.`;
      output.note(
        ok ? undone : `Job ${jobId} may still hold its credits: \`waybill job cancel ${jobId}\` gives them back.`,
      );
    },
  });
}

async function deliver(
  context: Context,
  client: ImageSetClient,
  jobId: string,
  paths: readonly string[],
  out: string | undefined,
  suffix: string | undefined,
  progress: Progress,
): Promise<number> {
  const { output, signal } = context;
  const look = (): Promise<ImageSetView> => getImageSet(client, jobId, signal);
  const job = await follow(context, look, progress, { onLeave: () => output.note(goesOn(jobId)) });
  const saved =
    out === undefined ? [] : await saveResults(client, job, paths, { folder: out, suffix }, progress, signal);
  progress.end();
  if (output.json) output.printJson(out === undefined ? job : { ...job, saved });
  else tellEnd(output, job, paths, out);
  return exitOf(job);
}

function tellEnd(
  output: Context['output'],
  { jobId, status, progress: { done, total }, items }: ImageSetView,
  paths: readonly string[],
  out: string | undefined,
): void {
  for (const { idx, error } of items) {
    if (error !== null) output.note(`${paths[idx] ?? `item ${idx}`}: ${error}`);
  }
  const where = out === undefined || done === 0 ? '' : `; the results are in ${out}`;
  output.note(`Job ${jobId} is ${status}: ${done} of ${total} done${where}.`);
}
