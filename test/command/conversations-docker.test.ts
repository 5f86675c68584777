import { expect, it } from 'vitest';
import { findDockerEngine } from '../providers/docker-engine.ts';
import { converse } from './conversations.ts';
import { startJobServer } from './docker/job-server.ts';
import { workerImage } from './docker/worker-image.ts';

const { docker, host, missing } = await findDockerEngine();

it('commands of every sort work in containers, using only the command line', async ({ skip }) => {
  skip(missing !== null, missing ?? '');
  const server = await startJobServer({ docker, host, image: await workerImage(docker, host) });
  try {
    await converse(server.url, { P: 'docker', PAUSE: '0.4', OTHER_TOKEN: 'mira', ADMIN_TOKEN: 'admin' });
    expect(await server.containers()).toEqual([]);
  } finally {
    await server.close();
  }
}, 240_000);
