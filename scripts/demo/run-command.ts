import { basename, dirname, join } from 'node:path';
import type { Client } from '../../src/main/client/index.ts';
import type { CommandView } from '../../src/kinds/command/cli/client.ts';
import { readInput, uploadInputs } from '../../src/kinds/command/cli/files.ts';
import { commandText } from '../../src/kinds/command/cli/text.ts';
import { waitForEnd } from '../../src/kinds/command/cli/wait.ts';
import { follow } from '../../src/transports/cli/job/follow.ts';
import type { Output } from '../../src/transports/cli/output.ts';

/** One line and one second a picture, so that the log is seen to be live. */
export const script = `for picture in */*; do
  echo "checking $picture"
  sha256sum "$picture" >> checksums.txt
  sleep 1
done
echo "wrote $(wc -l < checksums.txt) checksums"`;

const mostPictures = 5;
/** How long a command that is canceled may take to end. */
const cancelMs = 5_000;

export interface CommandResult {
  readonly job: CommandView;
  /** Paths of what it has left behind, downloaded. */
  readonly saved: readonly string[];
  /** The states that the job has been in, in order. */
  readonly states: readonly string[];
  readonly tookMs: number;
}

/** Uploads pictures, runs the script on them, prints its log as it comes, and downloads what it has written. */
export async function runCommand(
  client: Client,
  pictures: readonly string[],
  folder: string,
  output: Output,
  signal: AbortSignal,
): Promise<CommandResult> {
  const files = pictures.slice(0, mostPictures).map((path) => {
    const preset = basename(dirname(path));
    return readInput(`${path}:${join(preset, basename(path))}`);
  });
  const inputs = await uploadInputs(client, await Promise.all(files), signal);
  const startedAt = Date.now();
  const body = {
    name: 'checksums', command: script, requirements: { provider: 'process' }, outputs: ['checksums.txt'],
    inputs: [...inputs], timeoutMs: 60_000,
  };
  const { id } = await client.submitCommand({ body }, { signal });
  const note = (line: string): void => {
    const elapsed = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
    output.print(`  ${output.resultStyle('dim', elapsed.padStart(6))}  ${line}`);
  };
  const context = { output: { ...output, note }, env: process.env, signal };
  try {
    const job = await waitForEnd(context, client, id, () => {});
    const saving = { ...context, client: () => client as never };
    const saved = (await commandText.download?.(saving, job as never, folder)) ?? [];
    return { job, saved, states: await statesOf(client, id, signal), tookMs: Date.now() - startedAt };
  } catch (error) {
    await cancel(client, id, output);
    throw error;
  }
}

/** With a time limit: whatever is left of the command is ended with the server. */
async function cancel(client: Client, id: string, output: Output): Promise<void> {
  const signal = AbortSignal.timeout(cancelMs);
  const params = { id };
  try {
    await client.cancelJob({ params }, { signal });
    await follow({ output, signal }, () => client.getJob({ params }, { signal }), { update() {}, end() {} });
  } catch {
    // It had ended, or does not end in time.
  }
}

async function statesOf(client: Client, id: string, signal: AbortSignal): Promise<readonly string[]> {
  const { events } = await client.listJobEvents({ params: { id }, query: { limit: 200 } }, { signal });
  return [...new Set(events.flatMap(({ status }) => status ?? []))];
}
