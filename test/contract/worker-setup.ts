import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { startEdge } from './worker-edge.ts';

declare module 'vitest' {
  interface ProvidedContext {
    edge: { readonly url: string; readonly gpuWorkerUrl: string; readonly folder: string };
  }
}

/** One local Worker for all files of the suite, and the GPU worker that its messages are pushed to. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const gpuWorker = await startGpuWorker();
  const { url, folder, stop } = await startEdge(gpuWorker.url);
  project.provide('edge', { url, gpuWorkerUrl: gpuWorker.url, folder });
  return async () => {
    await gpuWorker.close();
    await stop();
  };
}

/** Takes whatever is pushed (POST), and hands out what came for a job (GET /<job id>) once something has. */
async function startGpuWorker(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const messages = new Map<string, unknown[]>();
  const waiting = new Map<string, ServerResponse[]>();
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      const jobId = (request.url ?? '').slice(1);
      const [, id = jobId, now] = /^([^?]+)(\?now)?$/.exec(jobId) ?? [];
      const found = messages.get(id);
      if (found !== undefined || now !== undefined) response.end(JSON.stringify(found ?? []));
      else waiting.set(id, [...(waiting.get(id) ?? []), response]);
      return;
    }
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const message = JSON.parse(body) as { job_id: string };
      const found = [...(messages.get(message.job_id) ?? []), message];
      messages.set(message.job_id, found);
      response.writeHead(202).end();
      for (const each of waiting.get(message.job_id) ?? []) each.end(JSON.stringify(found));
      waiting.delete(message.job_id);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
