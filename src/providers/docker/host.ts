export type DockerHost =
  | { readonly socketPath: string }
  /** `port` null: the usual one. */
  | { readonly hostname: string; readonly port: number | null };

export const dockerHostAdvice = 'must be unix:///path/to/docker.sock or tcp://host:port';

/** Of the form of DOCKER_HOST: `unix:///var/run/docker.sock` or `tcp://host:port`. Null: it is none. */
export function readDockerHost(host: string): DockerHost | null {
  const socketPath = /^unix:\/\/(\/[^\0]+)$/.exec(host)?.[1];
  if (socketPath !== undefined) return { socketPath };
  const url = /^tcp:\/\/[^/]+\/?$/.test(host) && URL.canParse(host) ? new URL(host) : null;
  if (url === null || url.username !== '' || url.hostname === '') return null;
  return { hostname: url.hostname, port: Number(url.port) || null };
}
