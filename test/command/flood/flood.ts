import { spawnSync } from 'node:child_process';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { start } from '../../cli/program.ts';
import { eventually } from '../docker/eventually.ts';
import { follow, followByRpc, neverRead, type Heard } from './follower.ts';
import { agentOf, Watch } from './processes.ts';
import { writer, type FloodServer } from './server.ts';

export interface FloodOptions {
  readonly seconds: number;
  readonly linesPerSecond: number;
}

/** What the writer says of itself. */
interface Written {
  readonly ms: number;
  readonly longestWriteMs: number;
}

type Measured = ReturnType<Watch['stop']>;

export interface FloodReport {
  readonly id: string;
  readonly lines: number;
  /** The same writer, to a file and as a job. */
  readonly toFile: Written;
  readonly asJob: Written;
  /** From the writer's end until the server knew of the job's, which comes after all of its log. Milliseconds. */
  readonly endedAfterMs: number;
  /** Three that read as fast as they can: by Server-Sent Events, by gRPC's StreamLogs, and by `waybill job logs -f`. */
  readonly followers: readonly Heard[];
  /** Of the sealed log: the first thing that is wrong; null: it has every line, in order. */
  readonly sealedProblem: string | null;
  readonly server: Measured & { readonly longestTurnMs: number };
  readonly agent: Measured;
}

/** How long a busy machine may take for what is written in a second, which the agent puts on its disk meanwhile. */
const endMsOfSecond = 20_000;

/**
 * Runs a job that writes lines at a rate; three followers read them, and a fourth opens its stream and never reads.
 * Before, the same writer writes to a file.
 */
export async function flood(server: FloodServer, { seconds, linesPerSecond }: FloodOptions): Promise<FloodReport> {
  const { client, url, token } = server;
  const lines = seconds * linesPerSecond;
  const endMs = 30_000 + seconds * endMsOfSecond;
  const args = [writer, String(lines), String(linesPerSecond)];
  const toFile = writtenTo(join(server.folder, 'written'), args);
  await server.longestTurnMs();
  const ofServer = new Watch(server.pid);
  const id = await server.write(lines, linesPerSecond);
  const following = [follow(url, token, id), followByRpc(server.rpc, token, id), followByProgram(server, id)];
  const idle = await neverRead(url, token, id);
  const { assignment } = await eventually(() => server.job(id), ({ state }) => state === 'RUNNING');
  const ofAgent = new Watch(agentOf(assignment!.workerId)!);
  const { endedAt } = await eventually(() => server.job(id), (job) => job.endedAt !== null, endMs);
  const agent = ofAgent.stop();
  const [last] = (await client.jobLogs({ params: { id }, query: { tail: 1 } })).lines;
  const followers = await Promise.all(following);
  const sealedProblem = await problemOfSealed(server, id, lines, endMs);
  const longestTurnMs = await server.longestTurnMs();
  idle.destroy();
  return {
    id, lines, toFile, followers, sealedProblem, agent,
    asJob: JSON.parse(last!.text) as Written,
    endedAfterMs: Date.parse(endedAt!) - Date.parse(last!.at),
    server: { ...ofServer.stop(), longestTurnMs },
  };
}

function writtenTo(file: string, args: readonly string[]): Written {
  const output = openSync(file, 'w');
  const { stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', output, 'pipe'], encoding: 'utf8' });
  closeSync(output);
  return JSON.parse(stderr) as Written;
}

async function followByProgram({ url, token, folder }: FloodServer, id: string): Promise<Heard> {
  const file = join(folder, 'printed');
  const output = openSync(file, 'w');
  const env = { WAYBILL_SERVER: url, WAYBILL_TOKEN: token };
  const { stderr, status } = await start(['job', 'logs', '--id', id, '-f'], { env, output }).ended;
  closeSync(output);
  const missing = [...stderr.matchAll(/^Lines? (\d+)(?: to (\d+))? (?:is|are) not there\.$/gm)].map(
    ([, from, to = from]) => ({ from: Number(from), to: Number(to) }),
  );
  let problem = status === 0 ? null : stderr;
  // What the writer says at its end is a line as well, of standard error.
  let lines = Number(stderr.includes('"longestWriteMs"'));
  let dropped = 0;
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    for (; missing[0]?.from === number + 1; missing.shift()) {
      dropped += missing[0].to - number;
      number = missing[0].to;
    }
    const found = Number(/^line (\d+) /.exec(text)?.[1]);
    if (found !== number + 1) problem ??= `after line ${number}: ${text}`;
    number = found;
    lines += 1;
  }
  return { lines, dropped, problem };
}

/** By what is in the object that the log is in. */
async function problemOfSealed(
  { client }: FloodServer,
  id: string,
  lines: number,
  endMs: number,
): Promise<string | null> {
  const object = await eventually(
    () => client.jobLogObject({ params: { id } }).catch(() => null), (found) => found !== null, endMs,
  );
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(object!.downloadUrl, resolve).once('error', reject);
  });
  let number = 0;
  for await (const text of createInterface({ input: response.pipe(createGunzip()) })) {
    number += 1;
    const begins = number <= lines ? `"stream":"out","attempt":1,"text":"line ${number} ` : '"stream":"err"';
    if (!text.includes(begins)) return `line ${number} is ${text}`;
  }
  return number === lines + 1 ? null : `it has ${number} lines instead of ${lines + 1}`;
}
