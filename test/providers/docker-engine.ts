import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { gatewayOf } from '../../src/providers/docker/gateway.ts';

/** An Engine to test on, or the reason why there is none. */
export interface TestEngine {
  readonly host: string;
  readonly docker: Docker;
  /** Why tests that need it are skipped; null: it answers, and busybox is there to make an image of. */
  readonly missing: string | null;
}

const busyboxes = ['/bin/busybox', '/usr/bin/busybox'];

export async function findDockerEngine(): Promise<TestEngine> {
  const host = process.env['WAYBILL_TEST_DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const socketPath = host.replace(/^unix:\/\//, '');
  const docker = new Docker({ socketPath });
  const answers = await docker.ping().then(() => true, () => false);
  const start = 'sudo scripts/ci/start-docker.sh starts one on Debian';
  const missing = !answers
    ? `no Docker Engine answers at ${host}: ${start}, and WAYBILL_TEST_DOCKER_HOST names another socket`
    : busyboxes.some((file) => existsSync(file)) ? null : 'there is no busybox here: apt-get install busybox-static';
  return { host, docker, missing };
}

/** A root file system with nothing but busybox in it, as a tar archive. */
export async function packBusybox(): Promise<Buffer> {
  const busybox = busyboxes.find((file) => existsSync(file)) ?? '';
  const archive = pack();
  archive.entry({ name: 'bin', type: 'directory', mode: 0o755 });
  archive.entry({ name: 'bin/busybox', mode: 0o755 }, readFileSync(busybox));
  for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n')) {
    if (name !== '' && name !== 'busybox') archive.entry({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' });
  }
  archive.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/:/bin/sh\n');
  archive.finalize();
  return buffer(archive);
}

export async function importBusybox(docker: Docker, image: string): Promise<void> {
  if (await docker.getImage(image).inspect().then(() => true, () => false)) return;
  const [repo, tag] = image.split(':');
  const archive = Readable.from([await packBusybox()]);
  const stream = await docker.importImage(archive, { repo, tag, changes: ['ENV PATH=/bin'] });
  await buffer(stream);
}

/** The address of this machine that containers on the default bridge see. */
export async function bridgeAddress(docker: Docker): Promise<string> {
  return gatewayOf(await docker.getNetwork('bridge').inspect()) ?? '172.17.0.1';
}

