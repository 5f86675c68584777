import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { maxTail } from '../../../contract/sizes.ts';
import { defineCommand, type Command } from '../command.ts';
import type { Context } from '../context.ts';
import { oneOf, optional, toggle, wholeNumber } from '../flag.ts';
import { printable } from '../output.ts';
import { argumentOf, expectJob } from './read-job.ts';
import type { Subject } from './subject.ts';

type Page = RouteAnswer<CoreRoutes['jobLogs']>;
type Line = Page['lines'][number];

/** Of one page: as many as there may be. */
const pageLines = 1_000;
/** While one follows the server may be restarted: with the pauses between, some five minutes. */
const retries = 60;

const flags = {
  follow: toggle('Stream new lines until the job ends. Short: -f.'),
  tail: optional('N', wholeNumber(1, maxTail), 'Only the last N lines.'),
  after: optional('N', wholeNumber(0, Number.MAX_SAFE_INTEGER), 'Only lines with a greater number.'),
  stream: optional('STREAM', oneOf('out', 'err', 'log'), 'Only lines of this stream: out, err or log.'),
  timestamps: toggle('Print the time before each line.'),
};

export const logsCommand = (subject: Subject): Command => defineCommand({
  name: `${subject.noun} logs`,
  summary: `Print the log of a ${subject.noun}`,
  description:
    'Prints all lines that are kept, oldest first. As with docker, what a command wrote to standard output goes to ' +
    'standard output unchanged, and what it wrote to standard error goes to standard error. Lines that a handler ' +
    'logged go to standard output with their time and level.\n\n' +
    'With --json, every line is printed to standard output as one JSON object, whatever its stream. Lines that were ' +
    'dropped or are no longer kept are reported on standard error.',
  arguments: { id: argumentOf(subject) },
  flags,
  shorts: { '-f': 'follow' },
  examples: [
    [`${subject.noun} logs "$JOB_ID"`, 'the whole log'],
    [`${subject.noun} logs --id "$JOB_ID" -f --tail 10`, 'the last 10 lines, then new ones'],
    [`${subject.noun} logs "$JOB_ID" --stream err 2> errors.txt`, 'standard error only'],
  ],
  async run(context, { args: { id }, flags: { follow, tail, after = 0, stream, timestamps } }) {
    const wanted = { after, ...(tail !== undefined && { tail }), ...(stream !== undefined && { stream }) };
    const { signal } = context;
    await expectJob(context, subject, id);
    const client = context.client();
    const print = printer(context, timestamps);
    if (!follow) {
      let page: Page = await client.jobLogs({ params: { id }, query: { ...wanted, limit: pageLines } }, { signal });
      for (;;) {
        for (const range of page.dropped) dropped(context, range);
        for (const line of page.lines) print(line);
        if (page.nextAfter === null) return;
        const { tail: _, ...rest } = wanted;
        const query = { ...rest, after: page.nextAfter, limit: pageLines };
        page = await client.jobLogs({ params: { id }, query }, { signal });
      }
    }
    for await (const event of client.followJobLogs({ params: { id }, query: wanted }, { signal, retries })) {
      if (event.type === 'line') print(event);
      else if (event.type === 'dropped') dropped(context, event);
      else return;
    }
  },
});

function printer({ output }: Context, timestamps: boolean): (line: Line) => void {
  return ({ number, at, stream, level, attempt, text }) => {
    if (output.json) return output.printJson({ number, at, stream, level, attempt, text }, 'line');
    if (stream === 'log') return output.print(`${at} ${(level ?? 'info').padEnd(5)} ${printable(text)}`);
    const shown = `${timestamps ? `${at} ` : ''}${printable(text)}`;
    if (stream === 'err') output.note(shown);
    else output.print(shown);
  };
}

function dropped({ output }: Context, { from, to }: { readonly from: number; readonly to: number }): void {
  output.note(from === to ? `Line ${from} is not there.` : `Lines ${from} to ${to} are not there.`);
}
