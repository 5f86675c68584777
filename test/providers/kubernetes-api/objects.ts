/** The objects of a cluster, with their versions, and the watches on them. */
import { randomUUID } from 'node:crypto';

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    labels?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string }[];
  };
  // What else there is differs between kinds; tests look into it.
  spec?: any;
  status?: any;
  data?: Record<string, string>;
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly version: number;
}

type Listener = (change: Change) => void;

/** Of one resource: "pods", "secrets". */
export class Objects {
  readonly listeners = new Set<Listener>();
  readonly #kind: string;
  readonly #objects = new Map<string, KubeObject>();
  #history: Change[] = [];
  /** Versions before it are forgotten. */
  #oldest = 0;
  static #version = 1_000;

  constructor(kind: string) {
    this.#kind = kind;
  }

  get version(): number {
    return Objects.#version;
  }

  all(): KubeObject[] {
    return [...this.#objects.values()].map((each) => structuredClone(each));
  }

  get(namespace: string, name: string): KubeObject | null {
    const found = this.#objects.get(`${namespace}/${name}`);
    return found === undefined ? null : structuredClone(found);
  }

  /** Null if it exists. */
  create(namespace: string, body: Partial<KubeObject> & { metadata: object }): KubeObject | null {
    const { name } = body.metadata as { name: string };
    if (this.#objects.has(`${namespace}/${name}`)) return null;
    const creationTimestamp = new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString();
    const metadata = { ...body.metadata, name, namespace, uid: randomUUID(), resourceVersion: '', creationTimestamp };
    return this.#store('ADDED', { apiVersion: 'v1', kind: this.#kind, ...body, metadata });
  }

  /** Does nothing to an object that is gone, or that is another one of the same name. */
  update(uid: string, change: (object: KubeObject) => void): void {
    const found = [...this.#objects.values()].find(({ metadata }) => metadata.uid === uid);
    if (found === undefined) return;
    const next = structuredClone(found);
    change(next);
    this.#store('MODIFIED', next);
  }

  remove(uid: string): void {
    const found = [...this.#objects.values()].find(({ metadata }) => metadata.uid === uid);
    if (found !== undefined) this.#store('DELETED', structuredClone(found));
  }

  /** The changes after a version; null if that is forgotten. */
  since(version: number): readonly Change[] | null {
    return version < this.#oldest ? null : this.#history.filter((change) => change.version > version);
  }

  forget(): void {
    this.#history = [];
    this.#oldest = Objects.#version + 1;
    // A list from now on has a version that is remembered.
    Objects.#version += 1;
  }

  #store(type: Change['type'], object: KubeObject): KubeObject {
    const version = (Objects.#version += 1);
    object.metadata.resourceVersion = String(version);
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    if (type === 'DELETED') this.#objects.delete(key);
    else this.#objects.set(key, object);
    const change = { type, object: structuredClone(object), version };
    this.#history.push(change);
    for (const listener of this.listeners) listener(change);
    return structuredClone(object);
  }
}
