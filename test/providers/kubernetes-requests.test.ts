import { describe, expect, it } from 'vitest';
import { grantedRights } from './kubernetes-api/access.ts';
import { refuse } from './kubernetes-api/answers.ts';
import { creates, isWatch, namespace, signal, useTestCluster } from './kubernetes-api/harness.ts';
import type { SeenRequest } from './kubernetes-api/server.ts';

describe('kubernetes', () => {
  const h = useTestCluster();
  const { open, pod, watching, asked, ended } = h;

  describe('a watch', () => {
    it('tells of a pod that was never seen running', async () => {
      h.cluster.node.skipsRunning = true;
      const provider = open({}, 'exit 6');
      const { first } = watching(provider);
      await provider.provision(h.spec, signal);
      expect(await first).toMatchObject({ state: 'exited', exitCode: 6 });
    });

    it('reports an end once, even if the pod seems to run again while it is deleted', async () => {
      h.cluster.node.wavers = true;
      const provider = open({}, 'trap "exit 5" TERM; while :; do sleep 0.05; done');
      const { told, first } = watching(provider);
      await provider.provision(h.spec, signal);
      await ended(provider).toEqual({ state: 'running' });
      await provider.terminate(h.spec.workerId, { graceMs: 10_000 }, signal);
      expect(await first).toMatchObject({ state: 'exited', exitCode: 5 });
      // The deletion has come to the same watch by then.
      const witness = watching(open({ providerId: h.spec.workerId }));
      await open({}, 'exit 1').provision(h.spec, signal);
      await witness.first;
      expect(told.filter((status) => status.state !== 'exited' || status.exitCode === 5)).toHaveLength(1);
    });

    it('lists everything again when the API server no longer has its position', async () => {
      const provider = open({}, 'exit 7');
      const expired = asked((request) => {
        if (!isWatch(request)) return false;
        h.cluster.pods.forget();
        return true;
      });
      const { first } = watching(provider);
      await expired;
      const again = asked(isWatch);
      await again;
      await provider.provision(h.spec, signal);
      expect(await first).toMatchObject({ exitCode: 7 });
    });

    it('detects workers that ended and disappeared while it was disconnected', async () => {
      const provider = open({}, 'sleep 60');
      await provider.provision(h.spec, signal);
      const connected = asked(isWatch);
      const { first } = watching(provider);
      await connected;
      const refused = { matches: ({ url }: SeenRequest) => url.includes('/pods?'),
        answer: (response: { destroy(): unknown }) => void response.destroy() };
      h.cluster.faults.push(refused, refused, refused);
      h.cluster.breakConnections();
      h.cluster.pods.remove(pod()?.metadata.uid ?? '');
      expect(await first).toEqual({ state: 'gone' });
    });

    it('does not trust a connection that is silent', async () => {
      const silent = { matches: isWatch, answer: (response: { flushHeaders(): void }) => response.flushHeaders() };
      h.cluster.faults.push(silent, silent);
      const provider = open({ watchIntervalMs: 100 }, 'exit 8');
      const { first } = watching(provider);
      await provider.provision(h.spec, signal);
      expect(await first).toMatchObject({ exitCode: 8 });
    });
  });

  describe('ending', () => {
    const stubborn = 'trap "" TERM; while :; do sleep 0.05; done';

    it('deletes the very pod that it found, with its grace in whole seconds', async () => {
      const provider = open({}, 'sleep 60');
      await provider.provision(h.spec, signal);
      const uid = pod()?.metadata.uid;
      await provider.terminate(h.spec.workerId, { graceMs: 1_500 }, signal);
      const deleted = h.cluster.requests.find(({ method, url }) => method === 'DELETE' && url.includes('/pods/'));
      expect(deleted?.body).toEqual({ gracePeriodSeconds: 2, preconditions: { uid } });
    });

    it('says what to do when the node does not respond', async () => {
      const provider = open({ removalTimeoutMs: 100 }, stubborn);
      await provider.provision(h.spec, signal);
      await ended(provider).toEqual({ state: 'running' });
      h.cluster.node.isLost = true;
      await expect(provider.terminate(h.spec.workerId, { graceMs: 0 }, signal)).rejects.toMatchObject({
        code: 'failed', retryable: true,
        message: expect.stringMatching(/node-1 has not ended.*kubectl delete pod --force -n behavior-workers waybill-/),
      });
      expect(await provider.list(signal)).toHaveLength(1);
    });

    it('can be repeated after the connection broke', async () => {
      const provider = open({}, stubborn);
      await provider.provision(h.spec, signal);
      await ended(provider).toEqual({ state: 'running' });
      const waits = asked(isWatch);
      const stopping = provider.terminate(h.spec.workerId, { graceMs: 60_000 }, signal);
      stopping.catch(() => {});
      await waits;
      h.cluster.breakConnections();
      await expect(stopping).rejects.toMatchObject({ code: 'unreachable', retryable: true });
      await provider.terminate(h.spec.workerId, { graceMs: 0 }, signal);
      expect([...h.cluster.pods.all(), ...h.cluster.secrets.all()]).toEqual([]);
    });

    it('continues to wait when the API server ends the watch', async () => {
      const provider = open({}, 'trap "sleep 0.5; exit 0" TERM; while :; do sleep 0.05; done');
      await provider.provision(h.spec, signal);
      await ended(provider).toEqual({ state: 'running' });
      h.cluster.faults.push({ matches: isWatch, answer: (response) => void response.writeHead(200).end() });
      await provider.terminate(h.spec.workerId, { graceMs: 60_000 }, signal);
      expect(await provider.inspect(h.spec.workerId, signal)).toEqual({ state: 'gone' });
    });
  });

  describe('the health', () => {
    it('names the version, and the rights that are missing', async () => {
      expect(await open().test(signal)).toMatchObject({
        healthy: true, message: 'Kubernetes v1.20.2, namespace behavior-workers.',
      });
      const rights = 'create pods, get pods, list pods, watch pods, delete pods, create secrets, delete secrets';
      expect(await open({}, '', 'nobody').test(signal)).toMatchObject({
        healthy: false, message: expect.stringContaining(`${rights}. The role in deploy/kubernetes/rbac.yaml`),
      });
    });

    it('is bad where a pod would be refused, and makes none to find out', async () => {
      h.cluster.quota = 0;
      expect(await open().test(signal)).toMatchObject({ healthy: false, message: expect.stringMatching(/quota/) });
      h.cluster.quota = 1;
      expect(await open().test(signal)).toMatchObject({ healthy: true });
      h.cluster.removeNamespace();
      expect(await open().test(signal)).toMatchObject({ healthy: false, message: expect.stringMatching(/not found/) });
      expect(h.cluster.pods.all()).toEqual([]);
    });

    it('does not depend on webhooks that cannot say beforehand', async () => {
      const message = 'admission webhook "a" does not support dry run';
      h.cluster.faults.push({
        matches: creates('pods'), answer: (response) => refuse(response, 400, 'BadRequest', message),
      });
      expect(await open().test(signal)).toMatchObject({ healthy: true });
    });
  });

  describe('a connection', () => {
    it('that is silent is given up', async () => {
      h.cluster.faults.push({ matches: () => true, answer: () => {} });
      await expect(open({ timeoutMs: 100 }).list(signal)).rejects.toMatchObject({
        code: 'unreachable', retryable: true, message: expect.stringMatching(/within 0.1 s/),
      });
    });

    it('needs a kubeconfig that can be read, and a context that it has', async () => {
      for (const [settings, why] of [
        [{ kubeconfig: '/no/such/file' }, /The kubeconfig \/no\/such\/file cannot be used: .*ENOENT/],
        [{ context: 'other' }, /it has no context other, only test/],
      ] as const) {
        await expect(open(settings).list(signal)).rejects.toMatchObject({
          code: 'invalid', retryable: false, message: expect.stringMatching(why),
        });
      }
      expect(await open({ context: 'test' }).list(signal)).toEqual([]);
    });

    it('does not know the address of a server outside of the cluster', () => {
      expect(open().serverHost(null)).toBeNull();
      expect(open({ serverHost: 'waybill.example' }).serverHost(null)).toBe('waybill.example');
    });

    it('lists more pods than come with one answer', async () => {
      h.cluster.node.isLost = true;
      const labels = { 'waybill-managed': 'true', 'waybill-provider': h.spec.workerId };
      for (let index = 0; index < 501; index += 1) {
        const metadata = { name: `p${index}`, labels: { ...labels, 'waybill-worker': String(index) } };
        h.cluster.pods.create(namespace, { metadata } as never);
      }
      expect(await open().list(signal)).toHaveLength(501);
    });
  });

  it('uses every right that the role gives, and no other', async () => {
    const provider = open({}, 'sleep 60');
    const watched = asked(isWatch);
    watching(provider);
    await watched;
    await provider.provision(h.spec, signal);
    await provider.list(signal);
    await provider.terminate(h.spec.workerId, { graceMs: 0 }, signal);
    expect([...h.cluster.usedRights].sort()).toEqual([...grantedRights()].sort());
  });
});
