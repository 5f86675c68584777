import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type Client } from '../../../src/main/client/index.ts';
import { makeFolder, start } from '../../cli/program.ts';
import { eventually } from '../docker/eventually.ts';

const loopDelay = new URL('../../../bench/loop-delay.mjs', import.meta.url).href;
/** As in the image of servers: V8 would keep 128 MB for new objects. */
const nodeOptions = `--max-semi-space-size=16 --import=${loopDelay}`;

export type CommandJob = Extract<Awaited<ReturnType<Client['getJob']>>, { kind: 'command' }>;

/** A server in a process of its own, whose command jobs run as processes. */
export interface FloodServer {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly folder: string;
  readonly client: Client;
  submit(program: string, args?: readonly string[]): Promise<string>;
  job(id: string): Promise<CommandJob>;
  /** What its loop has been busy with at most, without a pause, since this was asked before. Processor time. */
  longestTurnMs(): Promise<number>;
  close(): Promise<void>;
}

export async function startFloodServer(): Promise<FloodServer> {
  const folder = makeFolder();
  const file = join(folder.path, 'loop-delay.json');
  const args = ['serve', '--dev', '--port', '0', '--grpc-port', '0', '--data', join(folder.path, 'data')];
  const running = start(args, { env: { NODE_OPTIONS: nodeOptions, LOOP_DELAY_FILE: file } });
  const [, url = ''] = await running.says(/^Waybill listens on (\S+)\n/);
  const token = 'ada';
  const client = createClient({ server: url, token });
  const server: FloodServer = {
    url, token, client, pid: running.process.pid!, folder: folder.path,
    submit: async (command, args = []) => (await client.submitCommand({ body: { command, arguments: [...args] } })).id,
    job: async (id) => (await client.getJob({ params: { id } })) as CommandJob,
    longestTurnMs: async () => {
      rmSync(file, { force: true });
      running.process.kill('SIGUSR2');
      await eventually(() => existsSync(file), (isThere) => isThere);
      return JSON.parse(readFileSync(file, 'utf8')).turnMs as number;
    },
    close: async () => {
      running.process.kill('SIGTERM');
      await running.ended;
      folder.remove();
    },
  };
  // What a server loads and compiles with its first job is not what a flood costs.
  const id = await server.submit('for i in 1 2 3 4; do seq 2000; sleep 0.1; done');
  for await (const event of client.followJobLogs({ params: { id }, query: {} })) if (event.type === 'end') break;
  return server;
}
