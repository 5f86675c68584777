/** Connects to the Docker Engine. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Docker from 'dockerode';
import { dockerHostAdvice, readDockerHost } from './host.ts';

export interface DockerTls {
  /** All in PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface DockerConnection {
  /** For messages. */
  readonly address: string;
  /** Whether it runs on this machine, so that its containers can reach the server by the host gateway. */
  readonly local: boolean;
  readonly docker: Docker;
  close(): void;
}

const tlsPort = 2376;
const plainPort = 2375;
const keepAlive = { keepAlive: true, keepAliveMsecs: 30_000 };
/**
 * `host` as `readDockerHost` takes it. The default port is 2375, or 2376 with TLS.
 * @throws Error with a message for whoever configures it.
 */
export function connectDocker(host: string, tls: DockerTls | null): DockerConnection {
  const found = readDockerHost(host);
  if (found === null) throw new Error(`the Docker host ${JSON.stringify(host)} ${dockerHostAdvice}`);
  if ('socketPath' in found) {
    const { socketPath } = found;
    const agent = new HttpAgent(keepAlive);
    const docker = createClient({ socketPath, protocol: 'http', agent });
    return { address: socketPath, local: true, docker, close: () => agent.destroy() };
  }
  const { hostname } = found;
  const port = found.port ?? (tls === null ? plainPort : tlsPort);
  const agent = tls === null ? new HttpAgent(keepAlive) : new HttpsAgent(keepAlive);
  const protocol = tls === null ? 'http' : 'https';
  const docker = createClient({ host: hostname, port, protocol, agent, ...(tls ?? {}) });
  const local = hostname === 'localhost' || /^127\.|^\[::1\]$/.test(hostname);
  return { address: `${hostname}:${port}`, local, docker, close: () => agent.destroy() };
}

/** dockerode takes every option that is absent from the environment. */
const nothingElse = {
  host: undefined, port: undefined, socketPath: undefined, ca: undefined, cert: undefined, key: undefined,
  username: undefined, sshOptions: undefined, timeout: undefined, pathPrefix: '/',
};

function createClient(options: Docker.DockerOptions & { readonly agent: HttpAgent }): Docker {
  return new Docker({ ...nothingElse, ...options } as Docker.DockerOptions);
}
