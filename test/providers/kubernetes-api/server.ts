/**
 * An API server of Kubernetes for tests, with what Waybill uses of it: pods and secrets of namespaces, watches, reviews
 * of rights, and a node. It refuses what a real one refuses, and behaves as one where that is surprising.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { isAllowed, nameOf, tokens, userOf, type User } from './access.ts';
import { TestNode } from './node.ts';
import { Objects, type KubeObject } from './objects.ts';
import { podProblems, restrictedProblems, secretProblems } from './validation.ts';
import { answer, refuse, selector, watch } from './answers.ts';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly body: any;
}

export class TestCluster {
  readonly pods = new Objects('Pod');
  readonly secrets = new Objects('Secret');
  readonly node = new TestNode(this.pods, this.secrets);
  readonly requests: SeenRequest[] = [];
  /** "create pods", of requests that the user had to have a right for. */
  readonly usedRights = new Set<string>();
  /** Answers, of which each replaces the next one to a request that matches. */
  readonly faults: { matches(request: SeenRequest): boolean; answer(response: ServerResponse): void }[] = [];
  /** Called with each request that has come. */
  onRequest: (request: SeenRequest) => void = () => {};
  /** The most pods that a namespace may have. */
  quota = Number.POSITIVE_INFINITY;
  readonly namespace: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'waybill-kubernetes-'));
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      refuse(response, 400, 'BadRequest', String(error));
    });
  });
  /** Namespaces, with when their service account has a token. */
  readonly #namespaces = new Map<string, number>();

  constructor(namespace: string) {
    this.namespace = namespace;
    this.#namespaces.set(namespace, 0);
    // Secrets go with the pods that own them, and at once if those are gone already.
    this.pods.listeners.add(({ type }) => type === 'DELETED' && this.#collect());
    this.secrets.listeners.add(({ type }) => type === 'ADDED' && this.#collect());
  }

  async start(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The path of one. `port`: of a proxy before the server. */
  kubeconfig(user: User = 'waybill', { port = this.port, token = tokens[user] } = {}): string {
    const path = join(this.#folder, `${user}-${port}-${token}`);
    const server = `http://127.0.0.1:${port}`;
    // The client takes no plain HTTP without this.
    const cluster = { server, 'insecure-skip-tls-verify': true };
    writeFileSync(path, JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'test', users: [{ name: 'test', user: { token } }],
      clusters: [{ name: 'test', cluster }], contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    }));
    return path;
  }

  removeNamespace(): void {
    this.#namespaces.delete(this.namespace);
  }

  breakConnections(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.node.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true });
  }

  #collect(): void {
    setImmediate(() => {
      const uids = new Set(this.pods.all().map(({ metadata }) => metadata.uid));
      for (const { metadata } of this.secrets.all()) {
        const [owner] = metadata.ownerReferences ?? [];
        if (owner !== undefined && !uids.has(owner.uid)) this.secrets.remove(metadata.uid);
      }
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const url = new URL(request.url ?? '', 'http://cluster');
    const hasBody = request.headers['content-length'] !== undefined && request.headers['content-length'] !== '0';
    const body: any = hasBody || request.headers['transfer-encoding'] ? await json(request) : null;
    const seen = { method, url: request.url ?? '', body };
    this.requests.push(seen);
    this.onRequest(seen);
    const fault = this.faults.findIndex(({ matches }) => matches(seen));
    if (fault >= 0) return this.faults.splice(fault, 1)[0]?.answer(response);
    const user = userOf(request.headers.authorization);
    if (user === null) return refuse(response, 401, 'Unauthorized', 'Unauthorized');
    if (url.pathname === '/version') return answer(response, 200, { gitVersion: 'v1.20.2', major: '1', minor: '20' });
    if (url.pathname === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') {
      const { verb, resource, namespace = null, group = '' } = body.spec.resourceAttributes;
      const allowed = isAllowed(user, { verb, resource, namespace, group }, this.namespace);
      return answer(response, 201, { ...body, status: { allowed } });
    }
    const path = /^\/api\/v1\/namespaces(?:\/([^/]+)\/(pods|secrets)(?:\/([^/]+))?)?$/.exec(url.pathname);
    if (path === null) return refuse(response, 404, 'NotFound', 'the server could not find the requested resource');
    const [, namespace = null, resource = 'namespaces', name = null] = path;
    const isWatch = url.searchParams.get('watch') === 'true';
    const verbs: Record<string, string> = { POST: 'create', DELETE: 'delete', GET: name === null ? 'list' : 'get' };
    const verb = isWatch ? 'watch' : verbs[method] ?? method;
    if (!isAllowed(user, { verb, resource, namespace, group: '' }, this.namespace)) {
      const where = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`;
      return refuse(response, 403, 'Forbidden', `${resource} is forbidden: User "${nameOf(user)}" cannot ${verb} ` +
        `resource "${resource}" in API group "" ${where}`);
    }
    this.usedRights.add(`${verb} ${resource}`);
    const objects = resource === 'pods' ? this.pods : this.secrets;
    if (namespace === null) return this.#createNamespace(response, body);
    if (isWatch) return watch(objects, namespace, url, response);
    if (verb === 'create') return this.#create(response, { namespace, resource, body, url });
    if (verb === 'list') return this.#list(response, objects, namespace, url);
    const found = objects.get(namespace, name ?? '');
    if (found === null) {
      return refuse(response, 404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource });
    }
    if (verb === 'get') return answer(response, 200, found);
    return this.#delete(response, found, body ?? {});
  }

  #createNamespace(response: ServerResponse, body: any): void {
    const { name } = body.metadata;
    const isThere = this.#namespaces.has(name);
    if (isThere) return refuse(response, 409, 'AlreadyExists', `namespaces "${name}" already exists`);
    this.#namespaces.set(name, performance.now() + 50);
    return answer(response, 201, body);
  }

  #create(
    response: ServerResponse,
    { namespace, resource, body, url }: { namespace: string; resource: string; body: KubeObject; url: URL },
  ): void {
    const { name } = body.metadata;
    const isPod = resource === 'pods';
    const readyAt = this.#namespaces.get(namespace);
    if (readyAt === undefined) {
      const details = { name: namespace, kind: 'namespaces' };
      return refuse(response, 404, 'NotFound', `namespaces "${namespace}" not found`, details);
    }
    if (isPod && performance.now() < readyAt) {
      response.setHeader('Retry-After', '1');
      return refuse(response, 500, 'ServerTimeout', 'No API token found for service account "default", retry after ' +
        'the token is automatically created and added to the service account');
    }
    const problems = isPod ? podProblems(body) : secretProblems(body);
    if (problems.length > 0) {
      return refuse(response, 422, 'Invalid', `${body.kind} "${name}" is invalid: ${problems.join(', ')}`);
    }
    const restricted = isPod ? restrictedProblems(body) : [];
    if (restricted.length > 0) {
      const message = `pods "${name}" is forbidden: violates PodSecurity "restricted:latest": ${restricted.join(', ')}`;
      return refuse(response, 403, 'Forbidden', message);
    }
    if (isPod && this.pods.all().length >= this.quota) {
      const message = `exceeded quota: pods, requested: pods=1, limited: pods=${this.quota}`;
      return refuse(response, 403, 'Forbidden', `pods "${name}" is forbidden: ${message}`);
    }
    if (url.searchParams.get('dryRun') === 'All') return answer(response, 201, body);
    const objects = isPod ? this.pods : this.secrets;
    const made = objects.create(namespace, isPod ? { ...body, status: { phase: 'Pending' } } : body);
    if (made === null) {
      return refuse(response, 409, 'AlreadyExists', `${resource} "${name}" already exists`, { name, kind: resource });
    }
    return answer(response, 201, made);
  }

  #list(response: ServerResponse, objects: Objects, namespace: string, url: URL): void {
    const all = objects.all().filter(selector(url)).filter(({ metadata }) => metadata.namespace === namespace);
    const from = Number(url.searchParams.get('continue') ?? 0);
    const end = from + Number(url.searchParams.get('limit') ?? all.length);
    const more = end < all.length ? { continue: String(end) } : {};
    const metadata = { resourceVersion: String(objects.version), ...more };
    return answer(response, 200, { kind: 'PodList', apiVersion: 'v1', metadata, items: all.slice(from, end) });
  }

  #delete(response: ServerResponse, found: KubeObject, options: any): void {
    const { uid, name, deletionGracePeriodSeconds: earlier } = found.metadata;
    if (options.preconditions?.uid !== undefined && options.preconditions.uid !== uid) {
      return refuse(response, 409, 'Conflict', `the UID in the precondition does not match: ${name}`);
    }
    const isPod = found.kind === 'Pod';
    const hasEnded = ['Succeeded', 'Failed'].includes(found.status?.phase);
    const grace: number = options.gracePeriodSeconds ?? 30;
    if (!isPod || hasEnded || grace === 0 || found.spec.nodeName === undefined) {
      (isPod ? this.pods : this.secrets).remove(uid);
    } else if (earlier === undefined || grace < earlier) {
      this.pods.update(uid, ({ metadata }) => {
        metadata.deletionTimestamp = new Date(Date.now() + grace * 1_000).toISOString();
        metadata.deletionGracePeriodSeconds = grace;
      });
    }
    return answer(response, 200, isPod ? found : { kind: 'Status', apiVersion: 'v1', status: 'Success' });
  }
}

export async function startTestCluster(namespace: string): Promise<TestCluster> {
  return new TestCluster(namespace).start();
}
