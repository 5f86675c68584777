import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { workerName, type Provider, type WorkerSpec, type WorkerStatus } from '../../src/ports/provider.ts';
import { importWorkerImage } from '../../src/providers/docker/image/index.ts';
import { createDockerProvider, type DockerProviderSettings } from '../../src/providers/docker/index.ts';
import { findDockerEngine, importBusybox, packBusybox } from './docker-engine.ts';
import { startProxy, type SocketProxy } from './socket-proxy.ts';
import { login, startRegistry, type TestRegistry } from './test-registry.ts';

const { docker, host, missing } = await findDockerEngine();
const { signal } = new AbortController();
const image = 'waybill-test-busybox:2';

describe('docker', () => {
  let provider: Provider;
  let spec: WorkerSpec;
  const opened: Provider[] = [];
  const open = (settings: Partial<DockerProviderSettings> = {}, script = 'exit 0') => {
    const made = createDockerProvider({
      providerId: spec.workerId, host, defaultImage: image, pull: 'never',
      agentCommand: ['/bin/sh', '-c', script], ...settings,
    });
    opened.push(made);
    return made;
  };
  const container = () => docker.getContainer(workerName(spec.workerId));
  async function endOf(settings: Partial<DockerProviderSettings>, script: string, overrides: Partial<WorkerSpec> = {}) {
    const runner = open(settings, script);
    await runner.provision({ ...spec, ...overrides }, signal);
    await container().wait();
    return runner.inspect(spec.workerId, signal);
  }

  beforeAll(async () => {
    if (missing === null) await importBusybox(docker, image);
  });
  beforeEach(({ skip }) => {
    skip(missing !== null, missing ?? '');
    spec = {
      workerId: randomUUID(), image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0,
      networkMode: null, labels: {}, agentEnvironment: {}, lifetimeMs: null,
    };
    provider = open();
  });
  afterEach(async () => {
    if (missing !== null) return;
    await container().remove({ force: true }).catch(() => {});
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  describe('a worker', () => {
    it('has only the privileges that its command needs', async () => {
      await open({}, 'sleep 60').provision({ ...spec, cpuCores: 0.5, memoryBytes: 64 * 1024 ** 2 }, signal);
      const { HostConfig, Config } = await container().inspect();
      expect(HostConfig).toMatchObject({
        Init: true, AutoRemove: false, ReadonlyRootfs: true, Privileged: false, NanoCpus: 500_000_000,
        Memory: 64 * 1024 ** 2, PidsLimit: 512, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'],
        NetworkMode: 'bridge', ExtraHosts: ['host.docker.internal:host-gateway'],
      });
      expect(Config.Env).toEqual(expect.arrayContaining(['WAYBILL_WORK_DIR=/work']));
    });

    it.each([
      ['write beside its folders', 'touch /etc/x'],
      ['become more than it is', '[ "$(grep CapEff /proc/self/status | cut -f2)" != 0000000000000000 ]'],
      ['fill its directory beyond its limit', 'head -c 3000000 /dev/zero >/work/file'],
      ['start processes without end', 'for i in $(seq 200); do sleep 5 & done; wait'],
    ])('is not to %s', async (_, script) => {
      const limits = { maxProcesses: 20 };
      // A shell that cannot start a process ends with 2.
      const exitCode = expect.toSatisfy((code) => code === 42 || code === 2);
      const end = await endOf(limits, `${script} || exit 42`, { diskBytes: 1024 ** 2 });
      expect(end).toMatchObject({ state: 'exited', exitCode });
    });

    it('may run files that it has written to its directory and to /tmp', async () => {
      const script = 'for f in /work/a /tmp/a; do printf "#!/bin/sh\\nexit 0" >$f; chmod +x $f && $f || exit 1; done';
      expect(await endOf({ user: '1234:1234' }, script)).toMatchObject({ state: 'exited', exitCode: 0 });
    });

    it('has more privileges if configured', async () => {
      const settings = { readOnlyRoot: false, keepCapabilities: ['CHOWN'], network: 'none', workDirectory: '/other' };
      const script = 'touch /etc/x && chown 5 /etc/x && [ "$WAYBILL_WORK_DIR" = /other ] && ! ip addr show eth0';
      expect(await endOf(settings, script)).toMatchObject({ state: 'exited', exitCode: 0 });
    });

    it('never has its agent\'s variables in a URL', async () => {
      const proxy = await startProxy(host.replace('unix://', ''));
      let sent = '';
      proxy.onSent = (text) => (sent += text);
      await open({ host: proxy.host }).provision({ ...spec, agentEnvironment: { TOKEN: 'c0ffee' } }, signal);
      expect(sent).toContain('TOKEN=c0ffee');
      expect([...sent.matchAll(/[A-Z]+ \/\S* HTTP\/1/g)].join()).not.toContain('c0ffee');
      await proxy.close();
    });
  });

  describe('starting', () => {
    it('continues with a container that was created but not started', async () => {
      const runner = open({}, 'exit 3');
      await runner.provision(spec, signal);
      const { Config } = await container().inspect();
      await container().remove({ force: true });
      await docker.createContainer({ ...Config, name: workerName(spec.workerId) });
      expect(await runner.inspect(spec.workerId, signal)).toEqual({ state: 'starting', problem: null });
      await runner.provision(spec, signal);
      await container().wait();
      expect(await runner.inspect(spec.workerId, signal)).toMatchObject({ state: 'exited', exitCode: 3 });
    });

    it('tells of an agent that the image does not have', async () => {
      expect(await endOf({ agentCommand: ['/no/such/agent'] }, '')).toMatchObject({
        state: 'exited', exitCode: 127, reason: expect.stringContaining('/no/such/agent'),
      });
    });

    it('refuses a network that does not exist, and leaves nothing behind', async () => {
      const runner = open({ network: 'no-such-network' });
      await expect(runner.provision(spec, signal)).rejects.toMatchObject({ code: 'invalid', retryable: false });
      expect(await runner.inspect(spec.workerId, signal)).toEqual({ state: 'gone' });
    });

    it('refuses limits that the Engine does not take', async () => {
      await expect(provider.provision({ ...spec, memoryBytes: 1_000 }, signal)).rejects.toMatchObject({
        code: 'invalid', retryable: false, message: expect.stringMatching(/memory limit/i),
      });
    });

    it('leaves alone a foreign object with the worker\'s name', async () => {
      await docker.createContainer({ Image: image, name: workerName(spec.workerId), Cmd: ['true'] });
      await expect(provider.provision(spec, signal)).rejects.toMatchObject({ code: 'failed' });
      await provider.terminate(spec.workerId, { graceMs: 0 }, signal);
      expect((await container().inspect()).State.Status).toBe('created');
    });
  });

  describe('images', () => {
    let registry: TestRegistry;
    const repository = 'team/agent';
    const pulled = () => `${registry.host}/${repository}:1`;
    beforeAll(async () => {
      if (missing === null) registry = await startRegistry(repository, await packBusybox());
    });
    afterAll(async () => {
      await registry?.close();
    });
    afterEach(async () => {
      if (missing === null) await docker.getImage(pulled()).remove({ force: true }).catch(() => {});
    });
    const withLogin = () => ({ registries: { [registry.host]: login } });

    it('are pulled once where they are missing, with the registry\'s login', async () => {
      const before = registry.pulls();
      const settings = { ...withLogin(), pull: 'if-missing' } as const;
      expect(await endOf(settings, 'exit 7', { image: pulled() })).toMatchObject({ exitCode: 7 });
      const after = registry.pulls();
      expect(after).toBeGreaterThan(before);
      await container().remove({ force: true });
      expect(await endOf(settings, 'exit 8', { image: pulled() })).toMatchObject({ exitCode: 8 });
      expect(registry.pulls()).toBe(after);
    });

    it('are pulled each time if the setting is "always"', async () => {
      const settings = { ...withLogin(), pull: 'always' } as const;
      await open(settings).provision({ ...spec, image: pulled() }, signal);
      const before = registry.pulls();
      await open(settings).provision({ ...spec, workerId: spec.workerId, image: pulled() }, signal);
      expect(registry.pulls()).toBeGreaterThan(before);
    });

    it('are missing for good where the registry does not have them, or refuses the login', async () => {
      const unknown = open({ ...withLogin(), pull: 'if-missing' });
      const anonymous = open({ pull: 'if-missing' });
      for (const [runner, name] of [[unknown, `${registry.host}/${repository}-2:1`], [anonymous, pulled()]] as const) {
        await expect(runner.provision({ ...spec, image: name }, signal)).rejects.toMatchObject({
          code: 'image_missing', retryable: false, message: expect.stringContaining(name),
        });
      }
    });

    it('may become available later if the registry does not respond', async () => {
      const name = `127.0.0.1:9/${repository}:1`;
      await expect(open({ pull: 'if-missing' }).provision({ ...spec, image: name }, signal)).rejects.toMatchObject({
        code: 'image_missing', retryable: true, message: expect.stringContaining(name),
      });
    });

    it('are to be built where the worker image cannot be had', async () => {
      const name = `127.0.0.1:9/${repository}:1`;
      const runner = open({ pull: 'if-missing', defaultImage: name });
      await expect(runner.provision({ ...spec, image: null }, signal)).rejects.toMatchObject({
        code: 'image_missing', message: expect.stringContaining('`waybill agent image` builds the worker image'),
      });
    });

    it('are part of the health where none is pulled', async () => {
      const version = expect.stringMatching(/^Docker \d/);
      expect(await provider.test(signal)).toMatchObject({ healthy: true, message: version });
      const health = await open({ defaultImage: 'waybill-no-such-image:1' }).test(signal);
      expect(health).toMatchObject({ healthy: false, message: expect.stringContaining('waybill agent image') });
    });
  });

  describe('a connection', () => {
    let proxy: SocketProxy;
    beforeEach(async () => {
      proxy = await startProxy(host.replace('unix://', ''));
    });
    afterEach(async () => {
      await proxy.close();
    });
    const watching = (runner: Provider) => new Promise<WorkerStatus>((resolve) => {
      runner.watch?.((workerId, status) => workerId === spec.workerId && resolve(status));
    });

    it('that breaks is reopened by a watch, which reports workers that ended meanwhile', async () => {
      const runner = open({ host: proxy.host }, 'sleep 60');
      await runner.provision(spec, signal);
      const told = watching(runner);
      await proxy.connected();
      proxy.break();
      await expect(runner.list(signal)).rejects.toMatchObject({ code: 'unreachable', retryable: true });
      await container().kill();
      proxy.heal();
      expect(await told).toMatchObject({ state: 'exited', signal: 'SIGKILL' });
    });

    it('that is silent is given up by calls and by a watch', async () => {
      const runner = open({ host: proxy.host, timeoutMs: 1_000, watchIntervalMs: 100 }, 'sleep 60');
      await open({}, 'sleep 60').provision(spec, signal);
      const told = watching(runner);
      await proxy.connected();
      proxy.freeze();
      await container().kill();
      await expect(runner.inspect(spec.workerId, signal)).rejects.toMatchObject({ code: 'unreachable' });
      expect(await runner.test(signal)).toMatchObject({ healthy: false, message: expect.stringMatching(/within 1 s/) });
      proxy.heal();
      expect(await told).toMatchObject({ state: 'exited', signal: 'SIGKILL' });
    });

    it('is needed by a stop in progress, which can be repeated', async () => {
      const runner = open({ host: proxy.host }, 'trap "" TERM; while :; do sleep 0.1; done');
      await runner.provision(spec, signal);
      const waits = new Promise<void>((resolve) => {
        proxy.onSent = (text) => text.includes('/wait?') && resolve();
      });
      const stopping = runner.terminate(spec.workerId, { graceMs: 60_000 }, signal);
      await waits;
      proxy.break();
      await expect(stopping).rejects.toMatchObject({ code: 'unreachable', retryable: true });
      proxy.heal();
      await runner.terminate(spec.workerId, { graceMs: 0 }, signal);
      expect(await provider.inspect(spec.workerId, signal)).toEqual({ state: 'gone' });
    });

    it.each(['', 'docker', 'ssh://host', 'http://host', 'unix://', 'tcp://', 'tcp://host/path'])(
      'needs an address that is one: %j', (address) => {
        expect(() => open({ host: address })).toThrow(/unix:\/\/.* or tcp:\/\//);
      },
    );
  });

  describe('the image of workers', () => {
    const workerImage = 'waybill-test-worker:1';
    let folder: string;
    let agentFile: string;
    const build = (script: string) => {
      writeFileSync(agentFile, script);
      return importWorkerImage({ agentFile }, { host, image: workerImage }, signal);
    };
    const agentContainers = () =>
      docker.listContainers({ all: true, filters: { label: [`waybill-agent=${workerImage}`] } });
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'waybill-image-'));
      agentFile = join(folder, 'agent.cjs');
    });
    afterEach(async () => {
      rmSync(folder, { recursive: true });
      if (missing !== null) return;
      await container().remove({ force: true, v: true }).catch(() => {});
      for (const { Id } of await agentContainers()) await docker.getContainer(Id).remove({ v: true });
      await docker.getImage(workerImage).remove({ force: true }).catch(() => {});
    });

    it('runs the agent by Node with bash and other tools, as a user with no rights', async () => {
      await build(`
        const { execFileSync } = require('node:child_process');
        const { lookup } = require('node:dns/promises');
        const { rootCertificates } = require('node:tls');
        const run = (file, ...args) => execFileSync(file, args, { encoding: 'utf8' }).trim();
        lookup('host.docker.internal').then(({ address }) => console.log(JSON.stringify({
          address: /^\\d/.test(address), bash: run('bash', '-c', 'a=(1 2); echo \${#a[@]}'), user: process.getuid(),
          tools: run('/usr/bin/env', 'sh', '-c', 'echo a b | awk "{print \\\\$2}" | sed s/b/c/'), cwd: process.cwd(),
          name: run('whoami'), certificates: rootCertificates.length > 0, node: process.version,
          self: run(process.execPath, '-p', '1+1'),
          alone: run('/opt/waybill/lib/' + run('sh', '-c', 'cd /opt/waybill/lib; ls ld-*'), '--library-path',
            '/opt/waybill/lib', '/opt/waybill/bin/node', '-p', '2+2'),
        })));
        process.exitCode = 3;`);
      const end = await endOf({ defaultImage: workerImage, agentCommand: null }, '');
      const reason = end.state === 'exited' ? end.reason : null;
      expect(reason).toMatch(/^\{.*\}$/);
      expect(JSON.parse(reason ?? '')).toEqual({
        address: true, bash: '2', user: 1_000, tools: 'c', cwd: '/work', name: 'waybill', certificates: true,
        node: process.version, self: '2', alone: '4',
      });
    });

    it('lends its agent to images that have neither that nor Node, to read and for any user', async () => {
      await build(`
        const { execFileSync } = require('node:child_process');
        const { existsSync, writeFileSync } = require('node:fs');
        let problem = '';
        try { writeFileSync('/opt/waybill/agent.cjs', '') } catch (error) { problem = error.code }
        const shell = execFileSync('/bin/sh', ['-c', 'echo $0; which node bash || true'], { encoding: 'utf8' });
        console.log([problem, existsSync('/lib'), process.getuid(), shell.trim()].join());
        process.exitCode = 4;`);
      const settings = { defaultImage: workerImage, agentCommand: null, user: '77:77' };
      const end = await endOf(settings, '', { image });
      expect(end).toMatchObject({ state: 'exited', exitCode: 4, reason: 'EROFS,false,77,/bin/sh' });
      await container().remove({ force: true });
      expect(await endOf(settings, '', { image })).toMatchObject({ exitCode: 4 });
    });

    it('is replaced by a new build where it is mounted, and nothing is left of the one before', async () => {
      const settings = { defaultImage: workerImage, agentCommand: null, user: '77:77' };
      await build('process.exit(4)');
      expect(await endOf(settings, '', { image })).toMatchObject({ exitCode: 4 });
      const before = (await docker.getImage(workerImage).inspect()).Id;
      await build('process.exit(5)');
      await container().remove({ force: true });
      expect(await endOf(settings, '', { image })).toMatchObject({ exitCode: 5 });
      expect(await agentContainers()).toHaveLength(1);
      await expect(docker.getImage(before).inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    it('is identical when built again from the same files', async () => {
      const layers = async () => {
        await build('process.exit(0)');
        return (await docker.getImage(workerImage).inspect()).RootFS.Layers;
      };
      const first = await layers();
      const { Id } = await docker.getImage(workerImage).inspect();
      expect(await layers()).toEqual(first);
      await expect(docker.getImage(Id).inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    it('is not built without an agent', async () => {
      const options = { host, image: workerImage };
      const sources = { agentFile: join(folder, 'no.cjs') };
      await expect(importWorkerImage(sources, options, signal)).rejects.toThrow(/no\.cjs/);
    });
  });
});
