import { get, type IncomingMessage } from 'node:http';
import { follow } from './follower.ts';
import { Watch } from './processes.ts';
import type { FloodServer } from './server.ts';

export interface ReadReport {
  /** The first thing that is wrong; null: all ways of reading give every line. */
  readonly problem: string | null;
  /** Of each way of reading: how long it took, how long the server's loop was busy at most, and its processor time. */
  readonly ways: readonly {
    readonly name: string;
    readonly ms: number;
    readonly longestTurnMs: number;
    readonly processorMs: number;
    readonly grownBytes: number;
  }[];
}

/** Reads a log that has ended: pages from several places, as a download, and as a stream from its first line. */
export async function readWhole(server: FloodServer, id: string, lines: number): Promise<ReadReport> {
  const ways: ReadReport['ways'][number][] = [];
  let problem: string | null = null;
  const measured = async (name: string, read: () => Promise<string | null>): Promise<void> => {
    await server.longestTurnMs();
    const watch = new Watch(server.pid);
    const began = performance.now();
    problem ??= await read();
    const ms = performance.now() - began;
    const { grownBytes, processorMs } = watch.stop();
    ways.push({ name, ms, longestTurnMs: await server.longestTurnMs(), processorMs, grownBytes });
  };
  await measured('50 pages of 1,000 lines', async () => {
    for (let page = 0; page < 50; page += 1) {
      const after = Math.floor(((lines - 1_000) * page) / 49);
      const read = await server.client.jobLogs({ params: { id }, query: { after, limit: 1_000 } });
      if (read.lines.length !== 1_000 || read.lines[0]?.number !== after + 1) return `a page after line ${after}`;
    }
    return null;
  });
  await measured('a download', () => download(server, id, lines));
  await measured('a stream', async () => {
    const heard = await follow(server.url, server.token, id);
    return heard.lines === lines ? heard.problem : `a stream of ${heard.lines} lines`;
  });
  return { problem, ways };
}

async function download({ url, token }: FloodServer, id: string, lines: number): Promise<string | null> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { headers: { authorization: `Bearer ${token}` } };
    get(`${url}/api/jobs/${id}/logs/file`, options, resolve).once('error', reject);
  });
  let count = 0;
  for await (const bytes of response as AsyncIterable<Buffer>) {
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  }
  return count === lines ? null : `a download of ${count} lines`;
}
