/**
 * `npm run demo`: a server with an image worker in this process, and a set of photos through all of it, by the
 * client that anybody would use. Listens on loopback only and leaves nothing behind but its data folder.
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

Runs a server and an image worker on this machine, and takes photos through the whole of it.

  --data DIR    ${flags.data.about}
  --photos DIR  ${flags.photos.about}`;

const output = createOutput({ out: process.stdout, error: process.stderr }, false);
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time, at once.
    if (stopped.signal.aborted) process.exit(130);
    stopped.abort(new Error(`stopped by ${signal}`));
    output.note('Stopping, once the photo under way is done. Again to stop at once.');
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
