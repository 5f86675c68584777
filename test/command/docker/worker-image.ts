import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { agentFile } from '../../../src/main/node/agent-file.ts';
import { importWorkerImage } from '../../../src/providers/docker/image/index.ts';

const name = 'waybill-test-jobs';

/** The worker image with this checkout's agent; built once for each state of it. */
export async function workerImage(docker: Docker, host: string): Promise<string> {
  const agent = await agentFile();
  const hash = createHash('sha256').update(readFileSync(agent)).update(process.version).digest('hex').slice(0, 12);
  const image = `${name}:${hash}`;
  if (await docker.getImage(image).inspect().then(() => true, () => false)) return image;
  await importWorkerImage({ agentFile: agent }, { host, image }, new AbortController().signal);
  return image;
}
