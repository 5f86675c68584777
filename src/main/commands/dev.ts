import { spawn } from 'node:child_process';
import { argument, defineCommand } from '../../transports/cli/command.ts';
import type { Output } from '../../transports/cli/output.ts';
import { anyText, optional, toggle, wholeNumber } from '../../transports/cli/flag.ts';
import { configFlags } from '../config/flags.ts';
import { options } from '../config/options.ts';
import { serveUntilStopped } from './serving.ts';

const dataFolder = './waybill-data';

export default defineCommand({
  name: 'dev',
  summary: 'Run a server with your task handlers, and load them anew when they change',
  description:
    'A server in development mode, on this machine only: any user id is a token, and the console takes any name. ' +
    'When FILE or a file that it imports changes, the next task runs the new code; tasks that run finish on the code ' +
    'before, or are returned when that takes longer than a shutdown may. Code that cannot be loaded is reported, and ' +
    'the code before goes on. Every setting of `serve` can be given by its environment variable; see ' +
    'docs/configuration.md.',
  arguments: {
    handlers: argument(
      'FILE', 'A JavaScript or TypeScript module with your task handlers; see `worker tasks`.', 'handlers',
    ),
  },
  usesServer: false,
  flags: {
    ...configFlags(['port', 'workers', 'logLevel']),
    data: optional('DIR', anyText, `Folder for its data. Default: ${dataFolder}.`, options.data.env),
    logFormat: optional('FORMAT', options.logFormat.value, 'JSON lines or text. Default: text.', options.logFormat.env),
    concurrency: optional('N', wholeNumber(1, 1_000), 'Maximum number of tasks that run at once. Default: 10.'),
    open: toggle('Open the console in the browser.'),
  },
  exits: {
    2: 'The configuration is invalid; one line names the problem.',
    1: 'A part of it could not be started, or FILE cannot be loaded.',
  },
  examples: [
    ['dev handlers.ts', 'with its data in ./waybill-data, on port 8787'],
    ['dev handlers.ts --port 0 --data /tmp/try --open', 'on a free port, and open the console'],
  ],
  async run(context, { args: { handlers }, flags: { concurrency, open, ...given } }) {
    const { output } = context;
    const flags = {
      ...given,
      dev: 'true',
      data: given.data ?? dataFolder,
      logFormat: given.logFormat ?? 'text',
    };
    const onReady = ({ url }: { readonly url: string }): void => {
      output.note(`Console:    ${url} (log in as any name; admin is the administrator)`);
      output.note(`Run a task: waybill run TYPE --wait --server ${url} --token me`);
      if (open) openInBrowser(url, output);
    };
    const tasks = { file: handlers, concurrency, reloads: true };
    await serveUntilStopped(context, { flags, tasks, onReady });
  },
});

/** By what the system has for it. There may be none, as on a server. */
function openInBrowser(url: string, output: Output): void {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => output.note(`No browser could be opened: ${opener} is missing.`));
  child.unref();
}
