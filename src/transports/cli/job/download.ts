import { defineCommand, jobArgument } from '../command.ts';
import { CommandFailure } from '../failure.ts';
import { anyText, optional } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';
import { textOf } from './text.ts';

export default defineCommand({
  name: 'job download',
  summary: 'Download what a job has made',
  description:
    'Downloads the files that the job has made so far: its results, or what `waybill job run --output` named, once ' +
    'it has ended. Files of the same name are replaced, except by pictures, which get a number. Prints the path of ' +
    'each file on standard output.',
  arguments: { id: jobArgument },
  flags: {
    out: optional('DIR', anyText, 'Folder for the files. Default: the current folder.'),
    zip: optional('FILE', anyText, 'One ZIP instead; for pictures, under their own names.'),
  },
  examples: [
    ['job download "$JOB_ID" --out results', 'into a folder'],
    ['job download "$JOB_ID" --zip results.zip', 'as one ZIP'],
  ],
  async run(context, { args: { id }, flags: { out, zip } }) {
    const { output, signal } = context;
    const job = await context.client().getJob({ params: { id } }, { signal });
    const text = await textOf(context, job.kind);
    if (text?.download === undefined) throw new CommandFailure(`jobs of the kind ${job.kind} leave no files behind`);
    if (zip !== undefined) {
      if (out !== undefined) throw new UsageProblem('--out and --zip exclude each other');
      if (text.archive === undefined) throw new CommandFailure(`there is no ZIP of jobs of the kind ${job.kind}`);
      await text.archive(context, job as never, zip);
    }
    const saved = zip === undefined ? await text.download(context, job as never, out ?? '.') : [zip];
    if (output.json) output.printJson({ jobId: id, saved });
    else if (saved.length > 0) output.print(saved.join('\n'));
    else output.note(`Job ${id} is ${job.status} and has no files${job.endedAt === null ? ' yet' : ''}.`);
  },
});
