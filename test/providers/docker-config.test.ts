import { describe, expect, it } from 'vitest';
import { dockerProblems } from '../../src/providers/docker/config.ts';
import { gatewayOf } from '../../src/providers/docker/gateway.ts';

describe('the configuration of a Docker provider', () => {
  it('may be empty, or have everything', () => {
    expect(dockerProblems({})).toBeNull();
    expect(dockerProblems({
      host: 'tcp://[::1]:2375', image: 'registry:5000/worker@sha256:abc', pull: 'never', network: 'bridge',
      networkModes: ['none', 'container:web', 'jobs.internal'], gpu: true, cpuCores: 0.5, memoryBytes: 1e9,
      diskBytes: 1e9, maxProcesses: 100, user: '1000:1000', readOnlyRoot: false,
    })).toBeNull();
    expect(dockerProblems({ host: 'unix:///run/user/1000/docker.sock' })).toBeNull();
  });

  it.each([
    ['host', '/var/run/docker.sock'], ['host', 'unix://relative'], ['host', 'tcp://'], ['host', 'tcp://a@b:1'],
    ['host', 'http://engine:2375'], ['host', 5], ['image', 'a b'], ['image', ''], ['pull', 'IfNotPresent'],
    ['network', ''], ['network', 5], ['network', '--privileged'], ['networkModes', 'none'], ['networkModes', ['a b']],
    ['networkModes', Array.from({ length: 65 }, (_, n) => `net${n}`)], ['gpu', 'yes'], ['cpuCores', 0],
    ['cpuCores', '2'], ['cpuCores', Number.NaN], ['memoryBytes', 1.5], ['memoryBytes', '512Mi'], ['diskBytes', -1],
    ['maxProcesses', 0], ['user', 'root:root:root'], ['readOnlyRoot', null],
  ])('says what is wrong with %s: %j', (name, value) => {
    expect(dockerProblems({ image: 'debian:13', [name]: value })).toEqual({
      [name]: expect.stringMatching(/^must be /),
    });
  });

  it('has no other fields', () => {
    expect(dockerProblems({ networkMode: 'bridge', constructor: 2 })).toEqual({
      networkMode: expect.stringContaining('is unknown: use one of host, image, pull'),
      constructor: expect.stringContaining('is unknown'),
    });
  });
});

describe('the address at which containers reach this machine', () => {
  const Options = { 'com.docker.network.bridge.name': 'br0' };
  const address = { address: '10.5.0.1', family: 'IPv4' } as const;
  const interfaces = { br0: [{ ...address, address: 'fe80::1', family: 'IPv6' }, address] } as never;

  it('is the gateway that the Engine names', () => {
    expect(gatewayOf({ IPAM: { Config: [{ Subnet: '10.6.0.0/16', Gateway: '10.6.0.1' }] }, Options }, interfaces)).toBe(
      '10.6.0.1',
    );
  });

  it('is that of the bridge where the Engine names none, as after its first start', () => {
    expect(gatewayOf({ IPAM: { Config: [{ Subnet: '10.5.0.0/16' }] }, Options }, interfaces)).toBe('10.5.0.1');
  });

  it('is not known where there is no such bridge', () => {
    expect(gatewayOf({ IPAM: { Config: [] }, Options: {} }, interfaces)).toBeNull();
  });
});
