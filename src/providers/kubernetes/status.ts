/** What the API server says of a worker's pod. */
import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { passedOnExit, reasonFromOutput } from '../../ports/provider-exit.ts';
import { providerIdLabel, type ExitedStatus, type WorkerStatus } from '../../ports/provider.ts';
import { agentContainer } from './pod.ts';

/** Null if it belongs to another provider, or to none. */
export function ownPod(pod: V1Pod | null, providerId: string): V1Pod | null {
  return pod?.metadata?.labels?.[providerIdLabel] === providerId ? pod : null;
}

const unknownExit = { exitCode: null, signal: null, outOfMemory: false } as const;

/**
 * Of one version of the pod. While a pod is being deleted, later versions may say less than earlier ones: an agent that
 * has exited can seem to run again.
 */
export function statusOf(pod: V1Pod): WorkerStatus {
  const { phase, reason, message, containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const container = containerStatuses.find(({ name }) => name === agentContainer);
  // Its deadline, an eviction, a node shutdown: its container may still be reported as running.
  if (phase === 'Failed' && reason) {
    return { state: 'exited', ...unknownExit, reason: reasonFromOutput(`${reason}: ${message ?? ''}`) };
  }
  if (container?.state?.terminated) return exitOf(container.state.terminated, pod);
  if (phase === 'Failed') return { state: 'exited', ...unknownExit, reason: copyFailure(initContainerStatuses) };
  if (phase === 'Succeeded') return { state: 'exited', ...unknownExit, exitCode: 0, reason: null };
  if (phase !== 'Pending' || container?.state?.running) return { state: 'running' };
  return { state: 'starting', problem: problemOf(pod, [...initContainerStatuses, ...containerStatuses]) };
}

function exitOf({ exitCode, reason, message = '' }: V1ContainerStateTerminated, pod: V1Pod): ExitedStatus {
  // What Kubernetes fills in for a container that it has lost.
  if (reason === 'ContainerStatusUnknown') {
    return { state: 'exited', ...unknownExit, reason: reasonFromOutput(message) };
  }
  const outOfMemory = reason === 'OOMKilled' && exitCode !== 0;
  const limit = pod.spec?.containers.find(({ name }) => name === agentContainer)?.resources?.limits?.['memory'];
  const beyond = `It exceeded its limit of ${limit ?? 'its node\'s'} bytes of memory.`;
  const said = exitCode === 0 ? null : reasonFromOutput(message);
  return { state: 'exited', ...passedOnExit(exitCode), outOfMemory, reason: outOfMemory ? beyond : said };
}

function copyFailure(statuses: readonly V1ContainerStatus[]): string | null {
  const terminated = statuses.map(({ state }) => state?.terminated).find((each) => (each?.exitCode ?? 0) !== 0);
  if (!terminated) return null;
  const { exitCode, reason, message } = terminated;
  const why = message || reason || `exit code ${exitCode}`;
  return reasonFromOutput(`The agent could not be copied into the pod: ${why}`);
}

const usual = new Set(['ContainerCreating', 'PodInitializing']);

function problemOf(pod: V1Pod, containers: readonly V1ContainerStatus[]): string | null {
  for (const { state } of containers) {
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && !usual.has(reason)) return reasonFromOutput(`${reason}: ${message ?? ''}`);
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return null;
  return reasonFromOutput(`${scheduled.reason}: ${scheduled.message ?? ''}`);
}
