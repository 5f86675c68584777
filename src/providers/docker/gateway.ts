import { networkInterfaces } from 'node:os';
import type { NetworkInspectInfo } from 'dockerode';

const bridgeName = 'com.docker.network.bridge.name';

/**
 * This machine's IPv4 address on the Engine's default bridge, which containers know as `host-gateway`; null where the
 * Engine does not tell it. Docker 20.10 names no gateway before its second start; the bridge's interface has it then.
 */
export function gatewayOf(
  bridge: Pick<NetworkInspectInfo, 'IPAM' | 'Options'>,
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): string | null {
  const named = bridge.IPAM?.Config?.find(({ Gateway }) => Gateway !== undefined && Gateway !== '')?.Gateway;
  if (named !== undefined) return named;
  const own = interfaces[bridge.Options?.[bridgeName] ?? 'docker0'];
  return own?.find(({ family }) => family === 'IPv4')?.address ?? null;
}
