import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { extract } from 'tar-stream';
import { agentFlags } from '../../src/ports/worker-image.ts';
import { makeFolder, runHere } from './program.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const env = { HOME: folder.path };

const noBusybox = !['/bin/busybox', '/usr/bin/busybox'].some((file) => existsSync(file));
const noParts = process.platform !== 'linux' || noBusybox;
const why = 'it is made of the files of a Linux machine with busybox: apt-get install busybox-static';

/** What the entries of an archive are: files by their bytes, links by where they lead. */
async function entriesOf(archive: Readable): Promise<ReadonlyMap<string, Buffer | string>> {
  const entries = new Map<string, Buffer | string>();
  const reader = extract();
  reader.on('entry', ({ name, linkname }, content, next) => {
    void buffer(content).then((bytes) => {
      entries.set(name, linkname ?? bytes);
      next();
    });
  });
  archive.pipe(reader);
  await new Promise((resolve, reject) => void reader.on('finish', resolve).on('error', reject));
  return entries;
}

describe('agent image', () => {
  it('writes a file that Docker and containerd load, with the agent, bash and busybox’s tools', async ({ skip }) => {
    skip(noParts, why);
    const file = join(folder.path, 'worker.tar');
    const args = ['agent', 'image', '--tag', 'registry.example/waybill-worker:7', '--output', file, '--json'];
    const { status, stdout, stderr } = await runHere(args, env);
    expect([status, stderr]).toEqual([0, expect.stringContaining('Putting registry.example/waybill-worker:7')]);
    const image = await entriesOf(createReadStream(file));
    const read = (name: string) => image.get(name) as Buffer;
    const [manifest] = JSON.parse(read('manifest.json').toString());
    expect(manifest.RepoTags).toEqual(['registry.example/waybill-worker:7']);
    const digest = (name: string) => `sha256:${createHash('sha256').update(read(name)).digest('hex')}`;
    expect(JSON.parse(stdout)).toEqual({
      image: 'registry.example/waybill-worker:7', id: digest(manifest.Config), file, bytes: expect.any(Number),
    });
    const config = JSON.parse(read(manifest.Config).toString());
    expect(config).toMatchObject({
      os: 'linux', rootfs: { diff_ids: [digest(manifest.Layers[0])] },
      config: { User: '1000:1000', Entrypoint: [expect.any(String), ...agentFlags, '/opt/waybill/agent.cjs'] },
    });
    const root = await entriesOf(Readable.from([read(manifest.Layers[0])]));
    expect(root.get('bin/sh')).toBe('busybox');
    for (const name of ['bin/bash', 'bin/busybox', 'opt/waybill/bin/node']) expect(root.get(name)).not.toHaveLength(0);
    expect(String(root.get('opt/waybill/agent.cjs'))).toContain('WAYBILL_AGENT_SERVERS');
  });

  it('says that no Docker Engine answers, and what to do', async ({ skip }) => {
    skip(noParts, why);
    const host = `unix://${folder.path}/no.sock`;
    const { status, stdout, stderr } = await runHere(['agent', 'image'], { ...env, DOCKER_HOST: host });
    expect([status, stdout]).toEqual([69, '']);
    expect(stderr).toContain(`Docker does not answer at ${folder.path}/no.sock`);
    expect(stderr).toContain('start it or configure another address');
  });

  it('names the folder that a file cannot be written to', async ({ skip }) => {
    skip(noParts, why);
    const { status, stderr } = await runHere(['agent', 'image', '--output', '/nowhere/worker.tar'], env);
    expect([status, stderr]).toEqual([1, expect.stringContaining('/nowhere/')]);
  });

  it('refuses an address that is none of an Engine', async () => {
    const { status, stderr } = await runHere(['agent', 'image', '--host', 'ssh://host'], env);
    expect([status, stderr]).toEqual([2, expect.stringContaining('it must be unix:///path or tcp://host:port')]);
  });
});
