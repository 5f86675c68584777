/** A registry on loopback, which Docker speaks to without TLS, that has one image and asks for a password. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestRegistry {
  /** As images name it: host and port. */
  readonly host: string;
  /** How often the manifest was asked for with the password. */
  readonly pulls: () => number;
  close(): Promise<void>;
}

export const login = { username: 'puller', password: 'secret word' };

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** `layer`: a tar archive, not compressed. */
export async function startRegistry(repository: string, layer: Buffer): Promise<TestRegistry> {
  const config = Buffer.from(JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux', config: { Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] }, history: [{ created_by: 'test' }],
  }));
  const describe = (type: string, content: Buffer) => ({
    mediaType: `application/vnd.oci.image.${type}`, digest: digestOf(content), size: content.length,
  });
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: manifestType, config: describe('config.v1+json', config),
    layers: [describe('layer.v1.tar', layer)],
  }));
  const blobs = new Map([config, layer, manifest].map((content) => [digestOf(content), content]));
  const expected = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  let pulls = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      return response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
    }
    const [, kind, name = ''] = new RegExp(`^/v2/${repository}/(manifests|blobs)/(.+)$`).exec(request.url ?? '') ?? [];
    if (request.url === '/v2/') return response.writeHead(200).end();
    const content = kind === 'manifests' ? manifest : blobs.get(name);
    if (kind === undefined || content === undefined) {
      const body = JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] });
      return response.writeHead(404, { 'Content-Type': 'application/json' }).end(body);
    }
    if (kind === 'manifests') pulls += 1;
    const type = kind === 'manifests' ? manifestType : 'application/octet-stream';
    response.writeHead(200, {
      'Content-Type': type, 'Content-Length': content.length, 'Docker-Content-Digest': digestOf(content),
    });
    return response.end(request.method === 'HEAD' ? undefined : content);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    pulls: () => pulls,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
