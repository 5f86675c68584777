import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type Client } from '../../../src/main/client/index.ts';
import { agentNode } from '../../../src/ports/worker-image.ts';
import { makeFolder, start } from '../../cli/program.ts';
import { eventually } from '../docker/eventually.ts';
import { freePorts } from '../docker/job-server.ts';

const loopDelay = new URL('../../../bench/loop-delay.mjs', import.meta.url).href;
export const writer = fileURLToPath(new URL('./writer.mjs', import.meta.url));
/** As in the image of servers: V8 would keep 128 MB for new objects, and the C library much of what threads free. */
const ofImage = { options: '--max-semi-space-size=8', env: { MALLOC_ARENA_MAX: '2' } };

export type CommandJob = Extract<Awaited<ReturnType<Client['getJob']>>, { kind: 'command' }>;

export interface FloodServerOptions {
  /** A PostgreSQL database, which is used instead of SQLite. */
  readonly databaseUrl?: string;
  /** Jobs run in containers of this image, instead of as processes. */
  readonly docker?: { readonly host: string; readonly image: string };
}

/** A server in a process of its own. */
export interface FloodServer {
  readonly url: string;
  readonly token: string;
  /** Where it serves gRPC. */
  readonly rpc: string;
  readonly pid: number;
  readonly folder: string;
  readonly client: Client;
  submit(program: string, args?: readonly string[]): Promise<string>;
  /** Submits the program that writes lines at a rate. */
  write(lines: number, linesPerSecond: number): Promise<string>;
  job(id: string): Promise<CommandJob>;
  /** What its loop has been busy with at most, without a pause, since this was asked before. Processor time. */
  longestTurnMs(): Promise<number>;
  close(): Promise<void>;
}

export async function startFloodServer({ databaseUrl, docker }: FloodServerOptions = {}): Promise<FloodServer> {
  const folder = makeFolder();
  const file = join(folder.path, 'loop-delay.json');
  const [port, grpcPort] = await freePorts();
  const args = [
    'serve', '--dev', '--port', String(port), '--grpc-port', String(grpcPort), '--data', join(folder.path, 'data'),
  ];
  const env = {
    ...ofImage.env, NODE_OPTIONS: `${ofImage.options} --import=${loopDelay}`, LOOP_DELAY_FILE: file,
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    ...(docker && { WAYBILL_DOCKER_ENABLED: 'true', DOCKER_HOST: docker.host, WAYBILL_WORKER_IMAGE: docker.image }),
  };
  const running = start(args, { env });
  const [, url = ''] = await running.says(/^Waybill listens on (\S+)\n/);
  const token = 'ada';
  const client = createClient({ server: url, token });
  const requirements = { provider: docker ? 'docker' : 'process' };
  const submit = async (command: string, args: readonly string[] = []): Promise<string> =>
    (await client.submitCommand({ body: { command, arguments: [...args], requirements } })).id;
  const server: FloodServer = {
    url, rpc: `127.0.0.1:${grpcPort}`, token, client, pid: running.process.pid!, folder: folder.path, submit,
    // Containers have a Node, and not this repository.
    write: (lines, linesPerSecond) => {
      const node = docker ? agentNode : process.execPath;
      const source = readFileSync(writer, 'utf8');
      return submit(node, ['--input-type=module', '--eval', source, '--', String(lines), String(linesPerSecond)]);
    },
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
