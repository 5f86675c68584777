import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLocalEdge } from '../../scripts/edge/local.ts';
import { allowedOrigin, storedSetsOfFree } from './target-types.ts';

declare module 'vitest' {
  interface ProvidedContext {
    edge: { readonly url: string; readonly gpuWorkerUrl: string; readonly folder: string };
  }
}

/** One local Worker for all files of the suite, and the GPU worker that its messages are pushed to. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-edge-'));
  const gpuWorker = await startGpuWorker();
  const vars = {
    GPU_WORKER_URL: gpuWorker.url, ALLOWED_ORIGINS: allowedOrigin, ANONYMOUS_SIGNUP: 'true',
    QUOTA_JOBS: `free.image-set.stored=${storedSetsOfFree}`,
  };
  const printed: string[] = [];
  const edge = await startLocalEdge({ port: 0, folder, vars, onLine: (line) => printed.push(line) });
  project.provide('edge', { url: edge.url, gpuWorkerUrl: gpuWorker.url, folder });
  return async () => {
    await edge.stop();
    await gpuWorker.close();
    rmSync(folder, { recursive: true, force: true });
    const errors = printed.filter((line) => /"level":"error"|does not declare/.test(line));
    if (errors.length > 0) throw new Error(`the Worker logged:\n${errors.join('\n')}`);
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
