import { afterAll, beforeAll } from 'vitest';
import { JobExecutionService } from '../../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { JobState } from '../../../src/contract/proto/generated/waybill/v1/job_pb.ts';
import { createClient, type Client } from '../../../src/main/client/index.ts';
import { RpcClient } from '../../../src/worker/grpc/rpc-client.ts';
import { openTestServer } from '../../server/server.ts';

export const { queueJob, getJob, listJobs, cancelJob, retryJob, watchJob } = JobExecutionService.method;

/** Such a job waits: its provider is disabled. */
export const waits = { scheduling: { preferredProvider: 'yard' } };

export interface CommandServer {
  /** Of its data. */
  readonly folder: string;
  readonly grpcAddress: string;
  readonly url: string;
  readonly rest: (token: string) => Client;
  /** Without a token: of nobody. */
  readonly rpc: (token?: string) => RpcClient;
  close(): Promise<void>;
}

/** A server in development mode whose commands run as processes, with clients of both of its APIs. */
export async function openCommandServer(env: Readonly<Record<string, string>> = {}): Promise<CommandServer> {
  const server = await openTestServer({ GRPC_PORT: '0', ...env });
  const clients: RpcClient[] = [];
  const [url, grpcAddress] = [server.url, server.grpcAddress!];
  return {
    folder: server.folder,
    url,
    grpcAddress,
    rest: (token) => createClient({ server: url, token }),
    rpc: (token) => {
      const client = new RpcClient({ address: grpcAddress, tls: null, ...(token !== undefined && { token }) });
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.close();
      await server.remove();
    },
  };
}

/** One for all tests of a file; to be asked for within them. */
export function commandServer(): () => CommandServer {
  let server: CommandServer | null = null;
  beforeAll(async () => {
    server = await openCommandServer();
    await server.rest('admin').registerProvider({ body: { name: 'yard', type: 'process', status: 'DISABLED' } });
  });
  afterAll(() => server?.close());
  return () => server!;
}

export async function queue(client: RpcClient, command: string, more: object = {}): Promise<string> {
  const { jobId } = await client.unary(queueJob, { jobDefinition: { name: 'test', command, ...more } });
  return jobId!.value;
}

/** All of its states until it has ended. */
export async function statesOf(client: RpcClient, id: string): Promise<readonly JobState[]> {
  const states: JobState[] = [];
  for await (const { status } of client.stream(watchJob, { jobId: { value: id } })) states.push(status);
  return states;
}

/** Resolves once it is in the state. */
export async function until(client: RpcClient, id: string, state: JobState): Promise<void> {
  for await (const { status } of client.stream(watchJob, { jobId: { value: id } })) if (status === state) return;
  throw new Error(`job ${id} has ended otherwise`);
}
