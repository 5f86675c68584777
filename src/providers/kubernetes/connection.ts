/** Finds and connects to the cluster. */
import { existsSync } from 'node:fs';
import type {
  AuthorizationV1Api, ConfigurationOptions, CoreV1Api, KubeConfig, RequestContext, VersionApi, Watch,
} from '@kubernetes/client-node';
import { ProviderFailure } from '../../ports/provider.ts';
import type { KubernetesConfig } from './settings.ts';

type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;

export interface ClusterConnection {
  /** URL, for messages. */
  readonly server: string;
  readonly core: CoreV1Api;
  readonly authorization: AuthorizationV1Api;
  readonly version: VersionApi;
  readonly watch: Watch;
  /** Options that pass the signal on to a call, and have it share its connections with others. */
  options(signal: AbortSignal): ConfigurationOptions;
  close(): Promise<void>;
}

const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';
/** After that, certificates that were renewed are read again. */
const dispatcherLifetimeMs = 300_000;

/** Whether this server runs in a pod of a cluster and talks to that one. */
export function isInCluster({ kubeconfig }: KubernetesConfig): boolean {
  return kubeconfig === undefined && process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(tokenFile);
}

/** It is large, and installed by those who have a cluster. */
async function loadClient(): Promise<typeof import('@kubernetes/client-node')> {
  try {
    return await import('@kubernetes/client-node');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const message = 'Kubernetes needs a package that is not installed: npm install @kubernetes/client-node.';
    throw new ProviderFailure('invalid', message, { retryable: false, cause: error });
  }
}

/** @throws ProviderFailure `invalid` when the kubeconfig cannot be used, or the client is not installed. */
export async function connectCluster(settings: KubernetesConfig): Promise<ClusterConnection> {
  // Loading it takes a second and 90 MB, which servers without a cluster do not spend.
  const client = await loadClient();
  const config = new client.KubeConfig();
  const { kubeconfig: path, context } = settings;
  const refuse = (why: string, cause?: unknown): never => {
    const message = `The kubeconfig${path === undefined ? '' : ` ${path}`} cannot be used: ${why}.`;
    throw new ProviderFailure('invalid', message, { retryable: false, ...(cause === undefined ? {} : { cause }) });
  };
  try {
    load(config, settings);
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error), error);
  }
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(context)) refuse(`it has no context ${context}, only ${names.join(', ') || 'none'}`);
    config.setCurrentContext(context);
  }
  const server = config.getCurrentCluster()?.server ?? refuse('it has no current context');
  const dispatchers = new Dispatchers();
  return {
    server,
    core: config.makeApiClient(client.CoreV1Api),
    authorization: config.makeApiClient(client.AuthorizationV1Api),
    version: config.makeApiClient(client.VersionApi),
    watch: new client.Watch(config),
    options: (signal) => ({
      middleware: [{
        pre: (request) => {
          request.setSignal(signal);
          dispatchers.shareWith(request);
          return new client.Observable(Promise.resolve(request));
        },
        post: (response) => new client.Observable(Promise.resolve(response)),
      }],
      middlewareMergeStrategy: 'append',
    }),
    close: () => dispatchers.close(),
  };
}

function load(config: KubeConfig, settings: KubernetesConfig): void {
  if (settings.kubeconfig !== undefined) return config.loadFromFile(settings.kubeconfig);
  if (isInCluster(settings)) return config.loadFromCluster();
  config.loadFromDefault();
  // What it makes up when it finds nothing.
  if (config.getCurrentContext() !== 'loaded-context') return undefined;
  throw new Error('no configuration found: create one, or set KUBECONFIG');
}

/** The client makes a pool of connections for each call; here all calls use one. */
class Dispatchers {
  #current: Dispatcher | undefined;
  #madeAt = 0;

  shareWith(request: RequestContext): void {
    const fresh = request.getDispatcher();
    if (fresh === undefined) return;
    if (this.#current === undefined || performance.now() - this.#madeAt > dispatcherLifetimeMs) {
      // Calls that use it now still end.
      void this.#current?.close();
      this.#current = fresh;
      this.#madeAt = performance.now();
    }
    request.setDispatcher(this.#current);
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.close();
  }
}
