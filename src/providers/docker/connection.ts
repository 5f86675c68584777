/** Where the Docker Engine is. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Docker from 'dockerode';

export interface DockerTls {
  /** PEM, each. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface DockerConnection {
  /** Where it is, for messages. */
  readonly address: string;
  /** Whether it is on this machine, so that its containers reach this machine through it. */
  readonly local: boolean;
  readonly docker: Docker;
  close(): void;
}

const keepAlive = { keepAlive: true, keepAliveMsecs: 30_000 };
const tlsPort = 2376;
const plainPort = 2375;

/**
 * `host` as Docker's own DOCKER_HOST: `unix:///var/run/docker.sock`, `tcp://host:2375`, with `tls` at port 2376 unless
 * another is named.
 * @throws Error, in words for whoever configures it.
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

/** What is not named here dockerode would take from the environment. */
const nothingElse = {
  host: undefined, port: undefined, socketPath: undefined, ca: undefined, cert: undefined, key: undefined,
  username: undefined, sshOptions: undefined, timeout: undefined, pathPrefix: '/',
};

function createClient(options: Docker.DockerOptions & { readonly agent: HttpAgent }): Docker {
  return new Docker({ ...nothingElse, ...options } as Docker.DockerOptions);
}
