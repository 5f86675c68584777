import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, onTestFinished } from 'vitest';
import { ImageRejected } from '../../src/imaging/local/index.ts';
import type { Restyle } from '../../src/kinds/image-set/worker/restyle.ts';
import { startTestServer, type StartedServer } from '../server/server.ts';
import { startWorker } from '../worker/harness.ts';

const samples = fileURLToPath(new URL('../../examples/photos', import.meta.url));
const subjects = ['bowl', 'cat', 'coffee', 'interior', 'portrait'] as const;

/** Real photos, made small, in a folder of their own: their paths by these names. */
export async function photoFiles(names: readonly string[], side = 160): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-photos-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return Promise.all(names.map(async (name, at) => {
    const photo = readFileSync(join(samples, `${subjects[at % subjects.length]!}.jpg`));
    const path = join(folder, name);
    // No two are the same.
    writeFileSync(path, await sharp(photo).resize(side + at).jpeg({ quality: 80 }).toBuffer());
    return path;
  }));
}

/** Doubts what is 200 pixels wide or more, and takes nothing that is 300; cuts a circle out of the rest. */
const quickRestyle: Restyle = async ({ image, force }) => {
  const small = (of: ReturnType<typeof sharp>): Promise<Buffer> => of.resize(80).webp().toBuffer();
  const { width, height } = await sharp(image).metadata();
  const inputPreview = await small(sharp(image));
  const rejected = (code: 'not_confident' | 'no_mask', options = {}): ImageRejected =>
    Object.assign(new ImageRejected(code, 'The photo was refused by a test.', options), { inputPreview });
  if (width >= 300) throw rejected('no_mask');
  if (width >= 200 && !force) {
    throw rejected('not_confident', { preview: await small(sharp(image).tint('#a00')), confidence: 0.31 });
  }
  const [x, y] = [width / 2, height / 2];
  const mask = Buffer.from(`<svg width="${width}" height="${height}"><circle cx="${x}" cy="${y}" r="${y}"/></svg>`);
  const result = await sharp(image).ensureAlpha().composite([{ input: mask, blend: 'dest-in' }]).png().toBuffer();
  return { result, preview: await small(sharp(result)), inputPreview, confidence: width >= 200 ? 0.31 : 0.949 };
};

/** A server with a worker that needs no model, and a user with credits. */
export async function startPhotoServer(credits = 300): Promise<StartedServer> {
  const server = await startTestServer();
  await grant(server.url, 'mira', credits);
  const worker = startWorker(server, {
    restyle: quickRestyle, secret: 'dev-callback-secret', limits: { visibilityTimeoutMs: 30_000 },
  });
  onTestFinished(async () => void (await worker.stop()));
  return server;
}

export async function grant(url: string, userId: string, credits: number): Promise<void> {
  await ask(url, userId, 'GET', '/api/user/me');
  await ask(url, 'admin', 'POST', `/api/accounts/${userId}/grants`, { credits, plan: 'pro' });
}

export async function ask(url: string, user: string, method: string, path: string, body?: unknown): Promise<any> {
  const headers = { authorization: `Bearer ${user}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(url + path, { method, headers, ...sent });
  const { success, data, error } = await answer.json() as { success: boolean; data: unknown; error: unknown };
  expect(error).toBeUndefined();
  expect(success).toBe(true);
  return data;
}

/** A set of these photos that has ended. Answers its id. */
export async function endedSet(url: string, paths: readonly string[], user = 'mira'): Promise<string> {
  const files = paths.map((path) => ({ name: path }));
  const { jobId, urls } = await ask(url, user, 'POST', '/api/jobs', {
    preset: 'remove-background', itemCount: files.length, files,
  });
  await Promise.all(urls.map(({ idx, url: to }: { idx: number; url: string }) =>
    fetch(to, { method: 'PUT', body: readFileSync(paths[idx]!) })));
  await ask(url, user, 'POST', `/api/jobs/${jobId}/confirm-upload`, {});
  await ask(url, user, 'POST', `/api/jobs/${jobId}/execute`, {});
  await expect.poll(async () => (await ask(url, user, 'GET', `/api/jobs/${jobId}`)).endedAt, { timeout: 30_000 })
    .not.toBeNull();
  return jobId;
}

/** The names in a ZIP, by its central directory. */
export function namesIn(zip: Buffer): string[] {
  const end = zip.length - 22;
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    return name;
  });
}
