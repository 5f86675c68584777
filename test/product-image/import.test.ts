import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/kinds/product-image/cli/importing/csv.ts';
import { makeFolder, runHere } from '../cli/program.ts';
import { openTestServer } from '../server/server.ts';
import { photoBytes } from './pipeline/photo-server.ts';
import { pipelineForAll } from './pipeline/stand.ts';
import { Shop } from './shop.ts';

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

/** Each with its bytes, or its text. */
function write(files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, name), content);
}

function imported(url: string, ...args: string[]) {
  return runHere(['product', 'import', ...args], { WAYBILL_SERVER: url, WAYBILL_TOKEN: 'op' });
}

describe('the import of product photos, with a pipeline', () => {
  const current = pipelineForAll();
  const url = () => current.server.url;

  it('uploads the photos of a folder, whose names are their skus, and has each done once', async () => {
    const { server, stand } = current;
    for (const sku of ['BLUE-SHIRT-001', 'ITEM #2 (new)']) stand.shop.files.addProduct(sku, sku);
    write({
      'BLUE-SHIRT-001.jpg': photoBytes(), 'ITEM #2 (new).JPEG': photoBytes(), 'notes.txt': 'none', '.hidden.jpg': '',
    });
    mkdirSync(join(folder.path, 'more.jpg'));
    const first = await imported(url(), folder.path);
    expect([first.status, first.stdout]).toEqual([0, '2 imported, 0 known already, 0 failed, 2 other files.\n']);
    const { jobs } = (await server.ask('GET', '/api/jobs?kind=product-image')).body.data;
    const mine = jobs.filter(({ sku }: any) => sku === 'BLUE-SHIRT-001' || sku === 'ITEM #2 (new)');
    expect(mine).toHaveLength(2);
    for (const { id, sku } of mine) {
      expect(await server.until(id)).toMatchObject({ status: 'DONE', imageUrl: expect.stringMatching(/^file:/) });
      expect(server.imagesOn(sku)).toHaveLength(3);
    }
    const again = await imported(url(), folder.path, '--json');
    expect([again.status, JSON.parse(again.stdout)]).toEqual([
      0, { created: 0, known: 2, failed: [], problems: [], skipped: 2 },
    ]);
  });

  it('takes URLs, files and themes from a list, and names each line that it cannot take', async () => {
    const { server, stand } = current;
    for (const sku of ['A-1', 'A,2', 'A-3']) stand.shop.files.addProduct(sku, sku);
    const { imageUrl } = stand.photos.put(photoBytes());
    const missing = stand.photos.answer('/gone.jpg', (response) => void response.writeHead(404).end());
    write({
      'photo.jpg': photoBytes(),
      'list.csv': [
        'sku,photo,theme', `A-1,${imageUrl},christmas`, '"A,2",photo.jpg', `../../etc,${imageUrl}`, 'A-3,',
        'A-3,missing.jpg', `A-3,${missing}`, 'A-3,list.csv', '',
      ].join('\r\n'),
    });
    const { status, stdout, stderr } = await imported(url(), join(folder.path, 'list.csv'), '--theme', 'dark');
    expect([status, stdout]).toEqual([1, '2 imported, 0 known already, 5 failed.\n']);
    for (const text of [
      'line 4: the sku "../../etc" must have no slash', 'line 5: there is no photo', 'line 6: there is no file',
      'line 7: http', 'answered 404', 'line 8: ', 'is not named like a photo',
    ]) expect(stderr).toContain(text);
    const { jobs } = (await server.ask('GET', '/api/jobs?kind=product-image&limit=2')).body.data;
    const themes = Object.fromEntries(jobs.map(({ sku, theme }: any) => [sku, theme]));
    expect(themes).toEqual({ 'A-1': 'christmas', 'A,2': 'dark' });
  });

  it('uploads a photo whose job failed before it arrived, and has it done, when it is run again', async () => {
    const { server, stand } = current;
    stand.shop.files.addProduct('LATE', 'LATE');
    const photo = photoBytes();
    const sha256 = createHash('sha256').update(photo).digest('hex');
    const { jobId: id } = (await server.ask('POST', '/api/product-images', { sku: 'LATE', sha256 })).body.data;
    await server.step(id, 'start');
    expect(await server.until(id)).toMatchObject({ status: 'FAILED', errorCode: 'DOWNLOAD_FAILED' });
    write({ 'LATE.jpg': photo });
    expect((await imported(url(), folder.path)).stdout).toBe('0 imported, 1 known already, 0 failed.\n');
    expect(await server.until(id)).toMatchObject({ status: 'DONE', attempt: 1 });
    expect(server.imagesOn('LATE')).toHaveLength(3);
    const { getUrl } = (await server.step(id, 'presign', { kind: 'original' })).body.data;
    expect(new Uint8Array(await (await fetch(getUrl)).arrayBuffer())).toEqual(photo);
    const known = await server.ask('POST', '/api/product-images', { sku: 'LATE', sha256 });
    expect(known.body.data.upload).toBeNull();
  });

  it('only looks with --dry-run, and asks no server', async () => {
    write({ 'A.jpg': photoBytes(), 'list.csv': 'B,https://example.com/b.jpg\n\n"C,photo\n' });
    const looked = await imported('http://127.0.0.1:1', folder.path, '--dry-run');
    expect([looked.status, looked.stdout]).toEqual([0, expect.stringMatching(/^SKU .*\nA +\S+A\.jpg *\n$/)]);
    const broken = await imported('http://127.0.0.1:1', join(folder.path, 'list.csv'), '--dry-run');
    expect([broken.status, broken.stderr]).toEqual([66, expect.stringContaining('line 3: a quote is opened')]);
    const gone = await imported('http://127.0.0.1:1', join(folder.path, 'nowhere'));
    expect([gone.status, gone.stderr]).toEqual([66, expect.stringContaining('there is no folder or file')]);
  });
});

describe('the import of product photos, without a pipeline', () => {
  let server: Awaited<ReturnType<typeof openTestServer>>;
  beforeAll(async () => {
    server = await openTestServer({ IMAGE_MAX_PER_SKU: '1', THEMES: 'default' });
  });
  afterAll(() => server.remove());
  const shop = new Shop(() => server.url);

  it('leaves the jobs to somebody outside, who finds their photos in the object store', async () => {
    const photo = photoBytes();
    write({ 'S-1.jpg': photo });
    expect((await imported(server.url, folder.path)).stdout).toBe('1 imported, 0 known already, 0 failed.\n');
    const { jobs: [job] } = (await shop.ask('GET', '/api/jobs?sku=S-1')).body.data;
    expect([job.status, job.imageSha256]).toEqual(['NEW', createHash('sha256').update(photo).digest('hex')]);
    const { urls } = (await shop.step(job.id, 'start')).body.data;
    const stored = await fetch(urls.original.getUrl);
    expect(stored.headers.get('content-type')).toBe('image/jpeg');
    expect(new Uint8Array(await stored.arrayBuffer())).toEqual(photo);
  });

  it('goes on where it broke off: a photo that did not arrive is uploaded', async () => {
    const photo = photoBytes();
    const sha256 = createHash('sha256').update(photo).digest('hex');
    const announced = await shop.ask('POST', '/api/product-images', { sku: 'S-2', sha256 });
    expect([announced.status, announced.body.data]).toMatchObject([201, {
      status: 'created', pipeline: false, upload: { key: `originals/S-2/${sha256}.jpg` },
    }]);
    write({ 'S-2.jpg': photo });
    expect((await imported(server.url, folder.path)).stdout).toBe('0 imported, 1 known already, 0 failed.\n');
    expect((await fetch(announced.body.data.upload.getUrl)).status).toBe(200);
    expect((await shop.ask('POST', '/api/product-images', { sku: 'S-2', sha256 })).status).toBe(200);
  });

  it('uploads the photo of a job that somebody failed before it arrived, and has it queued', async () => {
    const photo = photoBytes();
    const sha256 = createHash('sha256').update(photo).digest('hex');
    const { jobId: id } = (await shop.ask('POST', '/api/product-images', { sku: 'S-6', sha256 })).body.data;
    await shop.step(id, 'fail', { code: 'UNKNOWN', message: 'Nothing came.' });
    write({ 'S-6.jpg': photo });
    expect((await imported(server.url, folder.path)).stdout).toBe('0 imported, 1 known already, 0 failed.\n');
    expect(await shop.job(id)).toMatchObject({ status: 'QUEUED', attempt: 1 });
    await shop.step(id, 'fail', { code: 'UNKNOWN', message: 'It is not wanted.' });
    const { upload } = (await shop.ask('POST', '/api/product-images', { sku: 'S-6', sha256 })).body.data;
    expect(upload).toBeNull();
    const { putUrl } = (await shop.step(id, 'presign', { kind: 'original' })).body.data;
    expect(putUrl).toBeNull();
  });

  it('names a photo whose sku is full at once, and ends when no photo could be imported', async () => {
    write({ 'S-5.jpg': photoBytes(), 'S-5.png': photoBytes() });
    const began = Date.now();
    const { status, stdout, stderr } = await imported(server.url, folder.path);
    expect([status, stdout]).toEqual([1, '1 imported, 0 known already, 1 failed.\n']);
    expect(stderr).toContain('The sku S-5 has 1 images that have not failed, and may have 1.');
    expect([stderr.includes('Trying again'), Date.now() - began < 2_000]).toEqual([false, true]);
    const refused = await runHere(['product', 'import', folder.path], {
      WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'wb_wrong',
    });
    expect([refused.status, refused.stdout]).toEqual([77, '']);
  });

  it('refuses what the webhook would refuse', async () => {
    const sha256 = 'a'.repeat(64);
    const create = (body: object) => shop.ask('POST', '/api/product-images', body);
    expect((await create({ sku: 'S-3', sha256, theme: 'dark' })).status).toBe(400);
    expect((await create({ sku: '..', sha256 })).body.error.details.fields).toHaveProperty('sku');
    expect((await create({ sku: 'S-3', sha256, imageUrl: 'ftp://example.com/a.jpg' })).status).toBe(400);
    expect((await create({ sku: 'S-3', sha256 })).status).toBe(201);
    expect((await create({ sku: 'S-3', sha256: 'b'.repeat(64) })).status).toBe(429);
    const token = await shop.ask('POST', '/api/tokens', { name: 'eve', userId: 'eve', roles: ['user'] }, {
      authorization: 'Bearer admin',
    });
    const headers = { authorization: `Bearer ${token.body.data.key}` };
    expect((await shop.ask('POST', '/api/product-images', { sku: 'S-4', sha256 }, headers)).status).toBe(403);
    const listed = await shop.ask('GET', '/api/jobs?kind=product-image', undefined, headers);
    expect([listed.status, listed.body.error.message]).toEqual(
      [403, 'Only users with the role operator can list jobs of the kind product-image.'],
    );
    expect((await shop.ask('GET', '/api/jobs?kind=nothing', undefined, headers)).status).toBe(400);
  });
});

describe('a list of comma-separated values', () => {
  it.each([
    ['a,b\nc,d', [['a', 'b'], ['c', 'd']]],
    ['\ufeffa , b\r\n\r\n,\r\nc', [['a', 'b'], ['c']]],
    ['"a,1","say ""no"""\n"two\nlines",x', [['a,1', 'say "no"'], ['two\nlines', 'x']]],
    ['', []],
    ['a,', [['a', '']]],
  ])('is read: %j', (text, cells) => {
    expect(parseCsv(text).map((row) => row.cells)).toEqual(cells);
  });

  it('knows the line of each row, and of a quote that is not closed', () => {
    expect(parseCsv('"a\nb",c\n\nd').map(({ line }) => line)).toEqual([1, 4]);
    expect(() => parseCsv('a\n"b')).toThrow('line 2');
  });
});
