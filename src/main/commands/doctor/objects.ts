import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { createFilesystemObjects } from '../../../objects/filesystem/index.ts';
import { createS3Objects } from '../../../objects/s3/index.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import type { FilesystemConfig, S3Config } from '../../config/config.ts';
import { systemClock } from '../../node/world.ts';
import { fail, ok, reasonOf, type Finding } from './finding.ts';

const timeoutMs = 15_000;
const expiresInSeconds = 60;

/** Puts a photo's worth of bytes by a presigned URL, gets them by another, and deletes them. */
export async function checkObjects(objects: FilesystemConfig | S3Config, dataDir: string): Promise<Finding[]> {
  try {
    return objects.type === 's3' ? await checkS3(objects) : [await checkFiles(dataDir)];
  } catch (error) {
    const advice =
      objects.type === 's3'
        ? 'Check S3_ENDPOINT, S3_BUCKET, S3_REGION and the keys; S3_FORCE_PATH_STYLE if the bucket is not found.'
        : 'Check that this user may write the data folder.';
    return [fail('objects', `${objects.type}: ${reasonOf(error)}`, advice)];
  }
}

async function checkS3({ type: _, publicEndpoint, ...settings }: S3Config): Promise<Finding[]> {
  const where = publicEndpoint === null ? {} : { publicEndpoint };
  const store = createS3Objects({ ...settings, ...where, clock: systemClock, timeoutMs });
  const { tookMs } = await roundTrip(store);
  const at = publicEndpoint === null ? settings.endpoint : `${settings.endpoint}, by URL ${publicEndpoint}`;
  return [ok('objects', `s3: bucket ${settings.bucket} at ${at}, up- and downloaded by URL in ${tookMs} ms`)];
}

/** In a folder of its own on the same disk, since a running server takes the real one to be its alone. */
async function checkFiles(dataDir: string): Promise<Finding> {
  const folder = await mkdtemp(join(existsSync(dataDir) ? dataDir : tmpdir(), '.doctor-'));
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const store = createFilesystemObjects({ folder, publicUrl, secret: randomBytes(32), clock: systemClock });
    listener = getRequestListener((request) => store.handle(request)) as RequestListener;
    const { tookMs } = await roundTrip(store);
    return ok('objects', `filesystem: up- and downloaded by URL in ${tookMs} ms`);
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}

async function roundTrip(store: ObjectStore): Promise<{ readonly tookMs: number }> {
  // Says in words what is wrong with address, bucket or keys.
  await store.check();
  const key = `doctor/${randomUUID()}.jpg`;
  const startedAt = performance.now();
  try {
    await upAndDown(store, key);
  } catch (error) {
    await store.delete([key]).catch(() => {});
    throw error;
  }
  await store.delete([key]);
  return { tookMs: Math.round(performance.now() - startedAt) };
}

async function upAndDown(store: ObjectStore, key: string): Promise<void> {
  const bytes = randomBytes(64 * 1024);
  const contentType = 'image/jpeg';
  const signal = AbortSignal.timeout(timeoutMs);
  const putUrl = await store.presignPut(key, { expiresInSeconds, contentType, contentLength: bytes.length });
  const put = { method: 'PUT', body: bytes, headers: { 'content-type': contentType }, signal };
  await expectOk('PUT', await fetch(putUrl, put));
  const response = await fetch(await store.presignGet(key, { expiresInSeconds }), { signal });
  await expectOk('GET', response);
  const came = Buffer.from(await response.arrayBuffer());
  if (!bytes.equals(came)) throw new Error('the object read back differs from the one written');
}

async function expectOk(method: string, response: Response): Promise<void> {
  if (response.ok) return;
  const body = (await response.text()).slice(0, 300).replace(/\s+/g, ' ');
  throw new Error(`a presigned ${method} was answered ${response.status}: ${body}`);
}
