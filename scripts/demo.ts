/**
 * `npm run demo`: a server with an image worker in this process; a set of photos is processed and a command is run on
 * the results, by the public API. Listens on loopback only and leaves nothing behind but its data folder.
 *
 *     npm run demo -- [--data DIR] [--photos DIR]
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportFailure } from '../src/transports/cli/failure.ts';
import { anyText, optional, toggle } from '../src/transports/cli/flag.ts';
import { createOutput } from '../src/transports/cli/output.ts';
import { parseWords, readFlags } from '../src/transports/cli/parse.ts';
import { UsageProblem } from '../src/transports/cli/usage-problem.ts';
import { runDemo } from './demo/run-demo.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const flags = {
  data: optional('DIR', anyText, 'Data folder; .demo-data unless given.'),
  photos: optional('DIR', anyText, 'Your own photos; examples/photos unless given.'),
  help: toggle('Print this help.'),
} as const;

const usage = `Usage: npm run demo -- [--data DIR] [--photos DIR]

Runs a server and an image worker on this machine, processes photos, and runs a command on the results.

  --data DIR    ${flags.data.about}
  --photos DIR  ${flags.photos.about}`;

const output = createOutput({ out: process.stdout, error: process.stderr }, false);
const stopped = new AbortController();
/** What a stop without waiting must not leave behind. */
let endAtOnce: () => Promise<void> = async () => {};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopped.signal.aborted) {
      endAtOnce().finally(() => process.exit(130));
      return;
    }
    stopped.abort(new Error(`stopped by ${signal}`));
    output.note('Shutting down: a photo in progress is finished first. Press Ctrl-C again to stop at once.');
  });
}

try {
  const { words, texts } = parseWords(process.argv.slice(2), flags);
  if (words.length > 0) throw new UsageProblem(`"${words[0]}" is one word too many`);
  const { data, photos, help } = readFlags(flags, texts, {}) as { data?: string; photos?: string; help: boolean };
  if (help) output.print(usage);
  else {
    process.exitCode = await runDemo({
      output,
      signal: stopped.signal,
      onStopAtOnce: (end) => (endAtOnce = end),
      dataDir: data === undefined ? resolve(root, '.demo-data') : resolve(data),
      photosDir: photos === undefined ? resolve(root, 'examples/photos') : resolve(photos),
    });
  }
} catch (error) {
  if (stopped.signal.aborted) {
    output.note('Stopped; the server is down.');
    process.exitCode = 130;
  } else {
    process.exitCode = reportFailure(error, output, null);
  }
}
