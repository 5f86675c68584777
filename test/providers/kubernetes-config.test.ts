import { describe, expect, it } from 'vitest';
import { kubernetesProblems } from '../../src/providers/kubernetes/config.ts';

describe('the configuration of a Kubernetes provider', () => {
  it('may be empty, or have everything', () => {
    expect(kubernetesProblems({})).toBeNull();
    expect(kubernetesProblems({
      kubeconfig: '/etc/waybill/kubeconfig', context: 'arn:aws:eks:eu/x', namespace: 'jobs', createNamespace: true,
      image: 'registry:5000/worker@sha256:abc', pull: 'always', imagePullSecrets: ['registry.example'],
      serviceAccount: 'workers', nodeSelector: { 'cloud.google.com/gke-nodepool': 'jobs', spot: '' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }, { operator: 'Exists' }],
      gpu: true, gpuResource: 'nvidia.com/mig-1g.5gb', cpuCores: 0.5, memoryBytes: 1e9, diskBytes: 1e9, user: '1000:0',
      readOnlyRoot: false, serverHost: 'waybill.waybill.svc',
    })).toBeNull();
  });

  it.each([
    ['kubeconfig', 'relative/path'], ['kubeconfig', 5], ['namespace', 'Jobs'], ['namespace', 'x'.repeat(64)],
    ['namespace', '../kube-system'], ['createNamespace', 'yes'], ['image', 'a b'], ['pull', 'IfNotPresent'],
    ['imagePullSecrets', 'registry'], ['imagePullSecrets', ['A']], ['serviceAccount', ''],
    ['nodeSelector', { 'a b': 'c' }], ['nodeSelector', { a: 5 }], ['nodeSelector', []],
    ['tolerations', [{ keys: 'a' }]], ['tolerations', [{ effect: 'Never' }]], ['gpu', 1], ['gpuResource', 'a b'],
    ['cpuCores', 0], ['cpuCores', Number.NaN],
    ['memoryBytes', 1.5], ['diskBytes', '1Gi'], ['user', 'root'], ['user', '1:2:3'], ['readOnlyRoot', null],
    ['serverHost', 'http://waybill'],
  ])('says what is wrong with %s: %j', (name, value) => {
    expect(kubernetesProblems({ [name]: value })).toEqual({ [name]: expect.stringMatching(/^must (be|have) /) });
  });

  it('has no other fields', () => {
    expect(kubernetesProblems({ kubeConfig: '/x', __proto__: 1, constructor: 2 })).toEqual({
      kubeConfig: expect.stringContaining('use one of kubeconfig, context, namespace'),
      constructor: expect.stringContaining('is unknown'),
    });
  });
});
