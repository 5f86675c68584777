import { ApiError, type ClientOf } from '../../../client/index.ts';
import type { Context } from '../../../transports/cli/context.ts';
import { follow } from '../../../transports/cli/job/follow.ts';
import { printable } from '../../../transports/cli/output.ts';
import { createLiveLine, type LiveLine } from '../../../transports/cli/terminal/live-line.ts';
import { duration, type Progress } from '../../../transports/cli/terminal/progress.ts';
import type { CommandRoutes, CommandView } from './client.ts';

/** While one waits the server may be restarted: with the pauses between, some five minutes. */
const retries = 60;

/**
 * Follows a job to its end, with its log and, on a terminal, a status line. `onLeave` is called if it is stopped before
 * that: the job continues.
 */
export async function waitForEnd(
  context: Pick<Context, 'output' | 'env' | 'signal'>,
  client: ClientOf<CommandRoutes>,
  id: string,
  onLeave: () => void,
): Promise<CommandView> {
  const { output, env } = context;
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const status = new Status(createLiveLine(output, env));
  const look = async (): Promise<CommandView> => (await client.getJob({ params: { id } }, { signal })) as CommandView;
  const [ended] = await Promise.all([
    follow(context, look, status, { onLeave }),
    output.json ? undefined : followLog({ output, signal }, client, id, status),
  ]).finally(() => {
    over.abort();
    status.clear();
  });
  return ended;
}

async function followLog(
  { output, signal }: Pick<Context, 'output' | 'signal'>,
  client: ClientOf<CommandRoutes>,
  id: string,
  status: Status,
): Promise<void> {
  try {
    for await (const event of client.followJobLogs({ params: { id } }, { signal, retries })) {
      if (event.type === 'end') return;
      status.above(() => {
        if (event.type === 'line') output.note(printable(event.text));
        else output.note(`Lines ${event.from} to ${event.to} are not there.`);
      });
    }
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 'aborted') throw error;
    status.above(() => output.note(`The log cannot be followed: ${error.message}`));
  }
}

/** How the job is, on a terminal: nothing anywhere else. */
class Status implements Progress {
  readonly #line: LiveLine | null;
  #label = '';

  constructor(line: LiveLine | null) {
    this.#line = line;
  }

  update({ label }: { readonly label: string }): void {
    this.#label = label;
    this.#line?.show((elapsedMs) => `${this.#label}  ${duration(elapsedMs)}`);
  }

  /** The line of the job's end stands below its log, which may come later. */
  end(): void {
    this.clear();
  }

  clear(): void {
    this.#line?.clear();
    this.#label = '';
  }

  /** Writes something, and the line below it again. */
  above(write: () => void): void {
    const label = this.#label;
    this.#line?.clear();
    write();
    if (label !== '') this.update({ label });
  }
}
