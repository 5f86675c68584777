/** The node of the cluster: runs the main container of each pod as a process of this machine, and reports on it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject, Objects } from './objects.ts';

export interface NodeBehavior {
  /** The images that it has, and their entrypoints. */
  readonly images: Map<string, readonly string[]>;
  /** A pod that is being deleted is reported as running again after its container was reported as terminated. */
  wavers: boolean;
  /** Pods that have ended are reported at once, without having been reported as running. */
  skipsRunning: boolean;
  /** It has failed: nothing starts, ends or is reported. */
  isLost: boolean;
}

const outputBytes = 2_048;
const outputMs = 200;
const signalNumbers: Readonly<Record<string, number>> = { SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

interface Running {
  readonly folder: string;
  readonly process: ChildProcess;
  kill: NodeJS.Timeout | null;
  deadline: NodeJS.Timeout | null;
  isReported: boolean;
}

export class TestNode implements NodeBehavior {
  readonly images = new Map<string, readonly string[]>();
  wavers = false;
  skipsRunning = false;
  isLost = false;
  readonly #pods: Objects;
  readonly #secrets: Objects;
  readonly #running = new Map<string, Running>();

  constructor(pods: Objects, secrets: Objects) {
    this.#pods = pods;
    this.#secrets = secrets;
    pods.listeners.add(({ type, object }) => {
      if (this.isLost) return;
      if (type === 'ADDED') setImmediate(() => this.#take(object));
      if (type === 'DELETED') this.#clear(object.metadata.uid);
      else if (object.metadata.deletionTimestamp !== undefined) this.#end(object);
    });
    // A pod whose secret was missing goes on.
    secrets.listeners.add(({ object }) => {
      for (const pod of pods.all()) {
        if (secretOf(pod) === object.metadata.name && !this.#running.has(pod.metadata.uid)) this.#start(pod);
      }
    });
  }

  /** Kills the agent of a pod, as the kernel would. */
  kill(podName: string): void {
    const pod = this.#pods.all().find(({ metadata }) => metadata.name === podName);
    this.#running.get(pod?.metadata.uid ?? '')?.process.kill('SIGKILL');
  }

  close(): void {
    for (const uid of this.#running.keys()) this.#clear(uid);
  }

  #take(pod: KubeObject): void {
    this.#pods.update(pod.metadata.uid, (each) => {
      each.spec.nodeName = 'node-1';
    });
    this.#start(pod);
  }

  #start(pod: KubeObject): void {
    const { uid } = pod.metadata;
    const now = this.#pods.all().find(({ metadata }) => metadata.uid === uid);
    if (this.isLost || !now || now.metadata.deletionTimestamp || this.#running.has(uid)) return;
    const [container] = now.spec.containers;
    const copying = now.spec.initContainers?.[0];
    for (const { image } of [...(copying ? [copying] : []), container]) {
      if (this.images.has(image)) continue;
      return this.#wait(uid, 'ErrImageNeverPull', `Container image "${image}" is not present`);
    }
    const secret = this.#secrets.get(now.metadata.namespace ?? '', secretOf(now) ?? '');
    if (secret === null) return this.#wait(uid, 'CreateContainerConfigError', `secret "${secretOf(now)}" not found`);
    return this.#run(now, secret);
  }

  #wait(uid: string, reason: string, message: string): void {
    this.#pods.update(uid, (pod) => {
      const state = { waiting: { reason, message } };
      pod.status = { phase: 'Pending', containerStatuses: [{ name: 'worker', state }] };
    });
  }

  #run(pod: KubeObject, secret: KubeObject): void {
    const { uid } = pod.metadata;
    const folder = mkdtempSync(join(tmpdir(), 'waybill-pod-'));
    const [container] = pod.spec.containers;
    const command: string[] = container.command ?? this.images.get(container.image);
    const [file = '', ...args] = [...command, ...(container.args ?? [])];
    const child = spawn(file, args, {
      cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf(container, secret, folder),
    });
    const running: Running = { folder, process: child, kill: null, deadline: null, isReported: false };
    this.#running.set(uid, running);
    let output = Buffer.alloc(0);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => (output = Buffer.concat([output, data]).subarray(-outputBytes)));
    }
    if (!this.skipsRunning) {
      this.#pods.update(uid, (each) => {
        each.status = { phase: 'Running', containerStatuses: [{ name: 'worker', state: { running: {} } }] };
      });
    }
    const seconds: number | undefined = pod.spec.activeDeadlineSeconds;
    const deadlineMs = Math.min((seconds ?? 0) * 1_000, 2 ** 31 - 1);
    if (seconds !== undefined) running.deadline = setTimeout(() => this.#expire(uid), deadlineMs);
    child.on('error', (error) => this.#report(uid, 127, error.message));
    child.on('exit', (code, signal) => {
      const report = (): void => {
        clearTimeout(timer);
        this.#report(uid, code ?? 128 + (signalNumbers[signal ?? ''] ?? 0), output.toString('utf8'));
      };
      // What the agent has left behind may keep its output open.
      const timer = setTimeout(report, outputMs);
      child.on('close', report);
    });
  }

  #expire(uid: string): void {
    this.#pods.update(uid, (pod) => {
      const message = 'Pod was active on the node longer than the specified deadline';
      pod.status = { ...pod.status, phase: 'Failed', reason: 'DeadlineExceeded', message };
    });
    this.#running.get(uid)?.process.kill('SIGKILL');
  }

  #report(uid: string, exitCode: number, output: string): void {
    const running = this.#running.get(uid);
    if (this.isLost || running === undefined || running.isReported) return;
    running.isReported = true;
    const message = exitCode === 0 ? {} : { message: output };
    const finishedAt = new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString();
    const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAt, ...message };
    this.#pods.update(uid, (pod) => {
      // The phase of a pod that is being deleted, or whose time is over, stays what it is.
      const isDecided = pod.metadata.deletionTimestamp !== undefined || pod.status.reason !== undefined;
      if (!isDecided) pod.status.phase = exitCode === 0 ? 'Succeeded' : 'Failed';
      pod.status.containerStatuses = [{ name: 'worker', state: { terminated } }];
    });
    this.#removeIfDeleted(uid);
  }

  #removeIfDeleted(uid: string): void {
    const pod = this.#pods.all().find(({ metadata }) => metadata.uid === uid);
    if (pod?.metadata.deletionTimestamp === undefined) return;
    if (this.wavers) {
      this.#pods.update(uid, (each) => {
        each.status.containerStatuses = [{ name: 'worker', state: { running: {} } }];
      });
    }
    this.#clear(uid);
    setImmediate(() => this.#pods.remove(uid));
  }

  /** SIGTERM, and SIGKILL after the grace period, which a second call may shorten. */
  #end({ metadata }: KubeObject): void {
    const running = this.#running.get(metadata.uid);
    if (running === undefined) return void setImmediate(() => this.#pods.remove(metadata.uid));
    if (running.process.exitCode !== null || running.process.signalCode !== null) return;
    if (running.kill === null) running.process.kill('SIGTERM');
    else clearTimeout(running.kill);
    const graceMs = (metadata.deletionGracePeriodSeconds ?? 30) * 1_000;
    running.kill = setTimeout(() => running.process.kill('SIGKILL'), graceMs);
  }

  /** Ends every process of the pod, and removes its volumes. */
  #clear(uid: string): void {
    const running = this.#running.get(uid);
    if (running === undefined) return;
    this.#running.delete(uid);
    if (running.kill !== null) clearTimeout(running.kill);
    if (running.deadline !== null) clearTimeout(running.deadline);
    // A process may have started another one while they were looked for.
    for (let left = processesNaming(running.folder); left.length > 0; left = processesNaming(running.folder)) {
      for (const pid of left) kill(pid);
    }
    rmSync(running.folder, { recursive: true, force: true });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function secretOf(pod: KubeObject): string | undefined {
  return pod.spec.containers[0].envFrom?.[0]?.secretRef.name;
}

/** Variables of a pod are expanded, those of secrets are not; mounted paths lead to the pod's folder. */
function environmentOf(container: any, secret: KubeObject, folder: string): Record<string, string> {
  const fromSecret = Object.entries(secret.data ?? {}).map(([name, value]) =>
    [name, Buffer.from(value, 'base64').toString('utf8')]);
  const mounts = (container.volumeMounts ?? []).map(({ mountPath }: { mountPath: string }) => mountPath);
  const own = (container.env ?? []).map(({ name, value }: { name: string; value: string }) => {
    const expanded = value.replace(/\$\((\w+)\)/g, (_, inner: string) => process.env[inner] ?? `$(${inner})`);
    return [name, mounts.includes(expanded) ? folder : expanded];
  });
  return {
    PATH: process.env['PATH'] ?? '', HOME: folder, KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443',
    ...Object.fromEntries(fromSecret), ...Object.fromEntries(own),
  };
}

/** Those whose environment has the text. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    if (pid === process.pid) return false;
    try {
      const isZombie = /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
      return !isZombie && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });
}
