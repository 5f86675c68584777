import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFilesystemObjects, type FilesystemObjects } from '../../src/objects/filesystem/index.ts';
import { createUrlSigner } from '../../src/objects/filesystem/signature.ts';
import { ObjectStoreFailure } from '../../src/ports/object-store.ts';
import { realClock, startObjectServer } from './filesystem-server.ts';
import { beginRequest } from './raw-http.ts';

const secret = 'a secret that only tests have';
const text = { contentType: 'text/plain' };
const minute = { expiresInSeconds: 60 };
const bytesOf = (content: string) => new TextEncoder().encode(content);

/** `outside/` holds what nobody may reach; `folder/` is the store's. */
let sandbox: string;
let folder: string;
let objects: FilesystemObjects;

const open = (options: object = {}) =>
  createFilesystemObjects({ folder, publicUrl: 'http://store.test', secret, clock: realClock, ...options });

beforeEach(async () => {
  sandbox = await mkdtemp(join(tmpdir(), 'waybill-sandbox-'));
  folder = join(sandbox, 'folder');
  await mkdir(join(sandbox, 'outside.d'));
  await writeFile(join(sandbox, 'outside.d', 'passwd.f'), 'nobody may read this');
  objects = open();
});
afterEach(() => rm(sandbox, { recursive: true, force: true }));

describe('links in the folder of objects', () => {
  it('refuses every way through a folder that is a link', async () => {
    await symlink(join(sandbox, 'outside.d'), join(folder, 'objects', 'link.d'));
    for (const key of ['link/passwd', 'link/new', 'link/deep/new']) {
      await expect(objects.put(key, bytesOf('x'), text)).rejects.toThrow(/symbolic link/);
    }
    await expect(objects.get('link/passwd')).rejects.toThrow(/symbolic link/);
    await expect(objects.head('link/passwd')).rejects.toThrow(/symbolic link/);
    await expect(objects.delete(['link/passwd'])).rejects.toThrow(/symbolic link/);
    await expect(objects.list('link/')).rejects.toThrow(/symbolic link/);
    expect((await objects.list('')).objects).toEqual([]);
    for (const url of [await objects.presignGet('link/passwd', minute), await objects.presignPut('link/new', minute)]) {
      const method = url.includes('passwd') ? 'GET' : 'PUT';
      const response = await objects.handle(new Request(url, { method, body: method === 'PUT' ? 'x' : null }));
      expect(response.status).toBe(400);
    }
    expect(await readdir(join(sandbox, 'outside.d'))).toEqual(['passwd.f']);
  });

  it('refuses to read an object that is a link, and replaces it by a plain file', async () => {
    await symlink(join(sandbox, 'outside.d', 'passwd.f'), join(folder, 'objects', 'link.f'));
    await expect(objects.get('link')).rejects.toThrow(/symbolic link/);
    expect((await objects.handle(new Request(await objects.presignGet('link', minute)))).status).toBe(400);
    expect((await objects.list('')).objects).toEqual([]);
    await objects.put('link', bytesOf('ours'), text);
    expect((await objects.head('link'))?.size).toBe(4);
    expect(await readFile(join(sandbox, 'outside.d', 'passwd.f'), 'utf8')).toBe('nobody may read this');
  });

  it('do not matter above the folder itself', async () => {
    await symlink(folder, join(sandbox, 'alias'));
    await open({ folder: join(sandbox, 'alias') }).put('a/b', bytesOf('x'), text);
    expect((await objects.head('a/b'))?.size).toBe(1);
  });
});

describe('paths with .. in them', () => {
  const step = fc.constantFrom(
    ...['..', '.', '%2e', '%2E%2e', '/', '%2f', '%5c', '\\', '%00', 'objects', 'outside.d', 'passwd.f', 'passwd', 'a'],
    ...['%252e', '%c0%ae', '%u002e', '~', '%', '?', '#', ';', 'C:', 'é', '%F0%9F%94%91', 'x'.repeat(260)],
  );

  it('never lead out of the folder, even when they are signed', async () => {
    const signer = createUrlSigner(secret);
    const grant = { expiresAt: Date.now() + 3_600_000, contentType: null, contentLength: null };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(step, fc.string({ maxLength: 4 })), { maxLength: 8 }), async (steps) => {
        const path = steps.join('');
        const key = decoded(path.split(/[?#]/, 1)[0] as string);
        for (const method of ['PUT', 'GET'] as const) {
          const request = new Request('http://store.test/', { method, body: method === 'PUT' ? 'mine' : null });
          // The Request class would resolve the dots; a server may hand over what it was sent.
          const url = `http://store.test/objects/${path.split(/[?#]/, 1)[0]}?${signer.sign(method, key, grant)}`;
          Object.defineProperty(request, 'url', { value: url });
          const response = await objects.handle(request);
          const body = await response.text();
          if (response.ok) expect(body).toBe(method === 'GET' ? 'mine' : '');
          else expect([400, 404]).toContain(response.status);
        }
      }),
      { numRuns: 300 },
    );
    expect((await readdir(sandbox)).toSorted()).toEqual(['folder', 'outside.d']);
    expect((await readdir(folder)).toSorted()).toEqual(['incoming', 'objects']);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    expect(await readFile(join(sandbox, 'outside.d', 'passwd.f'), 'utf8')).toBe('nobody may read this');
    for (const name of await readdir(join(folder, 'objects'))) expect(name).toMatch(/\.[df]$/);
  });

  it.each([
    '/objects/../../../../etc/passwd',
    '/objects/%2e%2e/%2e%2e/etc/passwd',
    '/objects/..%2f..%2f..%2fetc%2fpasswd',
    '/objects//etc/passwd',
    '/objects/..\\..\\etc\\passwd',
    '/objects/a%00b',
    '//etc/passwd',
  ])('are refused in requests too: %s', async (path) => {
    const server = await startObjectServer();
    try {
      const { request, answer } = beginRequest(`http://127.0.0.1:${server.port}`, { path });
      request.end();
      const { status, text: body } = await answer;
      expect([400, 403, 404]).toContain(status);
      expect(body).not.toContain('root:');
    } finally {
      await server.close();
    }
  });
});

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

describe('what is in the folder of objects', () => {
  it('refuses a key that is no well-formed Unicode', async () => {
    await expect(objects.put('half \ud83d', bytesOf('x'), text)).rejects.toThrow(/well-formed/);
    await expect(objects.presignPut('half \ud83d', minute)).rejects.toThrow(/well-formed/);
  });

  it('reports a damaged file rather than hand out a part of it', async () => {
    await objects.put('cut', new Uint8Array(1000), text);
    for (const length of [1000, 100, 0]) {
      await truncate(join(folder, 'objects', 'cut.f'), length);
      await expect(objects.get('cut')).rejects.toThrow(ObjectStoreFailure);
      await expect(objects.head('cut')).rejects.toThrow(/cut short/);
      expect((await objects.handle(new Request(await objects.presignGet('cut', minute)))).status).toBe(500);
    }
    await objects.put('cut', bytesOf('whole again'), text);
    expect((await objects.head('cut'))?.size).toBe(11);
  });

  it('does not take other files for objects', async () => {
    await objects.put('real', bytesOf('x'), text);
    await writeFile(join(folder, 'objects', 'notes.txt'), 'by hand');
    await writeFile(join(folder, 'objects', 'short.f'), 'by hand');
    await mkdir(join(folder, 'objects', 'folder.f'));
    expect((await objects.list('')).objects.map((object) => object.key)).toEqual(['real']);
    await expect(objects.get('folder')).rejects.toThrow(ObjectStoreFailure);
  });

  it('leaves no empty folders behind', async () => {
    await objects.put('a/b/c', bytesOf('x'), text);
    await objects.put('a/d', bytesOf('x'), text);
    await objects.delete(['a/b/c']);
    expect(await readdir(join(folder, 'objects', 'a.d'))).toEqual(['d.f']);
    await objects.delete(['a/d']);
    expect(await readdir(join(folder, 'objects'))).toEqual([]);
  });

  it('keeps a write whose folder a delete is removing, here and in another process', async () => {
    let writing = true;
    const pruner = async (pruning: FilesystemObjects) => {
      while (writing) await pruning.delete(['p/q/x', 'p/x']);
    };
    const pruners = [pruner(objects), pruner(objects), pruner(open())];
    try {
      for (let round = 0; round < 100; round++) {
        await objects.put('p/q/a', bytesOf('x'), text);
        expect(await objects.head('p/q/a')).not.toBeNull();
        await objects.delete(['p/q/a']);
      }
    } finally {
      writing = false;
      await Promise.all(pruners);
    }
  });

  it('dates objects by the clock it was given', async () => {
    const now = Date.UTC(2031, 1, 3, 4, 5, 6, 789);
    await open({ clock: { now: () => now } }).put('dated', bytesOf('x'), text);
    expect((await objects.head('dated'))?.modifiedAt).toBe(now);
    expect((await objects.list('dated')).objects[0]?.modifiedAt).toBe(now);
  });

  it('keeps an object from other users of the machine', async () => {
    await objects.put('private', bytesOf('x'), text);
    expect((await stat(join(folder, 'objects', 'private.f'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'objects'))).mode & 0o777).toBe(0o700);
  });

  it('continues to read the version that it began with', async () => {
    await objects.put('v', new Uint8Array(2_000_000).fill(1), text);
    const got = await objects.get('v');
    await objects.put('v', new Uint8Array(2_000_000).fill(2), text);
    await objects.delete(['v']);
    const read = new Uint8Array(await new Response(got?.body).arrayBuffer());
    expect([read.length, new Set(read)]).toEqual([2_000_000, new Set([1])]);
  });
});

describe('leftovers of broken uploads', () => {
  it('are removed while the server runs, an hour after their last byte; active uploads stay', async () => {
    const incoming = join(folder, 'incoming');
    const ours = `${process.pid}.another-process-with-our-number.1`;
    const [old, young] = [join(incoming, `${process.ppid}.x.1`), join(incoming, `${process.ppid}.x.2`)];
    for (const path of [join(incoming, ours), old, young]) await writeFile(path, 'half a photo');
    const longAgo = Date.now() / 1000 - 3_700;
    await utimes(old, longAgo, longAgo);
    expect(objects.removeUnfinished()).toBe(2);
    expect(await readdir(incoming)).toEqual([`${process.ppid}.x.2`]);
  });
});

describe('the check of the file system store', () => {
  it('detects a missing folder, and a disk with too little space', async () => {
    await objects.check();
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    const greedy = open({ maxObjectBytes: Number.MAX_SAFE_INTEGER });
    await expect(greedy.check()).rejects.toThrow(/bytes free, less than one object may have/);
    await rm(folder, { recursive: true });
    await expect(objects.check()).rejects.toThrow(/cannot write objects in .*ENOENT/);
    await expect(objects.put('a', bytesOf('x'), text)).rejects.toThrow(ObjectStoreFailure);
    const request = new Request(await objects.presignPut('a', minute), { method: 'PUT' });
    expect((await objects.handle(request)).status).toBe(500);
  });

  it('refuses an upload that is longer than it may be before it is signed', async () => {
    const small = open({ maxObjectBytes: 10 });
    await expect(small.presignPut('a', { ...minute, contentLength: 11 })).rejects.toThrow(/takes 10 at most/);
    // What the server writes itself is not an upload.
    await small.put('a', new Uint8Array(11), text);
    expect(await small.head('a')).toMatchObject({ size: 11 });
  });
});
