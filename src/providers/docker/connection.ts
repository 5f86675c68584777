/** Connects to the Docker Engine. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Docker from 'dockerode';

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

const keepAlive = { keepAlive: true, keepAliveMsecs: 30_000 };
const tlsPort = 2376;
const plainPort = 2375;

/**
 * `host` in the form of DOCKER_HOST: `unix:///var/run/docker.sock` or `tcp://host:port`. The default port is 2375, or
 * 2376 with TLS.
 * @throws Error with a message for whoever configures it.
 */
export function connectDocker(host: string, tls: DockerTls | null): DockerConnection {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (socketPath !== undefined) {
    const agent = new HttpAgent(keepAlive);
    const docker = createClient({ socketPath, protocol: 'http', agent });
    return { address: socketPath, local: true, docker, close: () => agent.destroy() };
  }
  const url = /^tcp:\/\/[^/]+\/?$/.test(host) && URL.canParse(host) ? new URL(host) : null;
  if (url === null || url.username !== '' || url.hostname === '') {
    throw new Error(`the Docker host ${JSON.stringify(host)} must be unix:///path/to/docker.sock or tcp://host:port`);
  }
  const port = Number(url.port) || (tls === null ? plainPort : tlsPort);
  const agent = tls === null ? new HttpAgent(keepAlive) : new HttpsAgent(keepAlive);
  const protocol = tls === null ? 'http' : 'https';
  const docker = createClient({ host: url.hostname, port, protocol, agent, ...(tls ?? {}) });
  const local = url.hostname === 'localhost' || /^127\.|^\[::1\]$/.test(url.hostname);
  return { address: `${url.hostname}:${port}`, local, docker, close: () => agent.destroy() };
}

/** dockerode takes every option that is absent from the environment. */
const nothingElse = {
  host: undefined, port: undefined, socketPath: undefined, ca: undefined, cert: undefined, key: undefined,
  username: undefined, sshOptions: undefined, timeout: undefined, pathPrefix: '/',
};

function createClient(options: Docker.DockerOptions & { readonly agent: HttpAgent }): Docker {
  return new Docker({ ...nothingElse, ...options } as Docker.DockerOptions);
}
