import { describe, expect, test } from 'vitest';
import type { ShopImage } from '../../src/ports/shop.ts';
import type { TestProduct } from './shopify-server/files.ts';
import type { Fault } from './shopify-server/server.ts';
import { faulty } from '../http/faulty.ts';
import { clientOf, imageOf, jpeg, shopForEach, signal } from './shopify-set-up.ts';

const shop = shopForEach();
const filename = 'waybill-abc123-1x1-1.jpg';

/** What `fileCreated` told. */
let told: string[] = [];

function addShirt(): TestProduct {
  told = [];
  return shop.server.files.addProduct('Shirt', 'A');
}

function add(product: TestProduct, changes: Partial<ShopImage> = {}) {
  const on = { fileCreated: async (fileId: string) => void told.push(fileId) };
  return clientOf(shop).addImage(imageOf(product.id, changes), on, signal);
}

const created = (): number => shop.server.operations.filter((each) => each === 'CreateFile').length;

describe('An image', () => {
  test('is on its product, with its bytes, once it is ready', async () => {
    const { files } = shop.server;
    files.processingMs = 5_000;
    const product = addShirt();
    const { mediaId } = await add(product);
    expect(product.media).toEqual([mediaId]);
    expect(told).toEqual([mediaId]);
    expect(files.all.get(mediaId)).toMatchObject({ filename, alt: 'A shirt', bytes: jpeg });
    expect(files.status(files.all.get(mediaId)!)).toBe('READY');
  });

  test('is put on its product once, however often that is asked', async () => {
    const product = addShirt();
    const first = await add(product);
    expect(await add(product)).toEqual(first);
    expect(await add(product, { knownFileId: first.mediaId })).toEqual(first);
    expect([shop.server.files.imagesOn(product), created()]).toEqual([[filename], 1]);
  });

  test('is one of several on its product', async () => {
    const product = addShirt();
    await add(product);
    await add(product, { filename: 'waybill-abc123-1x1-2.jpg' });
    expect(shop.server.files.imagesOn(product)).toEqual([filename, 'waybill-abc123-1x1-2.jpg']);
  });

  test('is on its product once when two ask for it at once', async () => {
    shop.server.files.processingMs = 3_000;
    const product = addShirt();
    const [one, two] = await Promise.all([add(product), add(product)]);
    expect(one).toEqual(two);
    expect(shop.server.files.imagesOn(product)).toEqual([filename]);
    expect(shop.server.files.all.size).toBe(1);
  });

  test('is put on its product when its turn has come, and not before', async () => {
    const product = addShirt();
    const turn = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const on = {
      fileCreated: async () => {},
      turn: () => {
        asked.resolve();
        return turn.promise;
      },
    };
    const adding = clientOf(shop).addImage(imageOf(product.id), on, signal);
    await asked.promise;
    expect(shop.server.files.imagesOn(product)).toEqual([]);
    turn.resolve();
    await adding;
    expect(shop.server.files.imagesOn(product)).toEqual([filename]);
  });

  test('is found when Shopify finds out later that two have one name', async () => {
    shop.server.files.duplicatesFailLate = true;
    shop.server.files.searchLagMs = 10_000;
    const other = addShirt();
    const first = await add(other);
    const product = addShirt();
    expect(await add(product)).toEqual(first);
    expect(shop.server.files.imagesOn(product)).toEqual([filename]);
  });
});

describe('An image whose upload was broken off', () => {
  const places = ['StageUpload', 'upload', 'CreateFile', 'FileById', 'ProductMedia', 'AttachFile'];
  const moments: Fault['when'][] = ['before', 'after'];

  test.each(places.flatMap((on) => moments.map((when) => [when, on] as const)))(
    'is on its product once when the connection breaks %s %s',
    async (when, on) => {
      shop.server.files.processingMs = 2_000;
      shop.server.files.searchLagMs = 5_000;
      const product = addShirt();
      shop.server.faults.push({ on, when, answer: faulty.cut });
      await add(product);
      expect(shop.server.faults).toEqual([]);
      expect([shop.server.files.imagesOn(product), shop.server.files.all.size]).toEqual([[filename], 1]);
    },
  );

  test.each(places.flatMap((on) => moments.map((when) => [when, on] as const)))(
    'is on its product once when the process dies %s %s, and its file id was not stored',
    async (when, on) => {
      shop.server.files.processingMs = 2_000;
      shop.server.files.searchLagMs = 5_000;
      const product = addShirt();
      const stop = new AbortController();
      const dies: Fault['answer'] = (response) => {
        stop.abort(new Error('killed'));
        response.destroy();
      };
      shop.server.faults.push({ on, when, answer: dies });
      const dying = clientOf(shop).addImage(imageOf(product.id), { fileCreated: async () => {} }, stop.signal);
      await expect(dying).rejects.toThrow('killed');
      await add(product);
      expect([shop.server.files.imagesOn(product), shop.server.files.all.size]).toEqual([[filename], 1]);
    },
  );

  test('goes on with the file whose id was stored, without another upload', async () => {
    shop.server.files.processingMs = 2_000;
    const product = addShirt();
    const stop = new AbortController();
    const on = { fileCreated: async (fileId: string) => void (told.push(fileId), stop.abort(new Error('killed'))) };
    await expect(clientOf(shop).addImage(imageOf(product.id), on, stop.signal)).rejects.toThrow('killed');
    const [knownFileId] = told as [string];
    expect(await add(product, { knownFileId })).toEqual({ mediaId: knownFileId });
    expect(shop.server.operations.filter((each) => each === 'upload')).toHaveLength(1);
  });

  test('is uploaded again when somebody has deleted its file', async () => {
    const product = addShirt();
    const { mediaId } = await add(product);
    shop.server.files.delete(mediaId);
    const again = await add(product, { knownFileId: mediaId });
    expect(again.mediaId).not.toBe(mediaId);
    expect(shop.server.files.imagesOn(product)).toEqual([filename]);
  });
});

describe('An image that Shopify does not take', () => {
  test('is tried again with another file, after its processing has failed', async () => {
    shop.server.files.failures.push({ code: 'IMAGE_PROCESSING_FAILURE', message: 'Try again' });
    const product = addShirt();
    const failure = { code: 'SHOPIFY_PUSH_FAILED', retryable: true, message: expect.stringContaining('Try again') };
    await expect(add(product)).rejects.toMatchObject(failure);
    await add(product, { knownFileId: told[0] ?? null });
    expect([shop.server.files.imagesOn(product), shop.server.files.all.size]).toEqual([[filename], 1]);
  });

  test.each([
    ['a picture that is none', { bytes: new TextEncoder().encode('a text') }, 'UNSUPPORTED_IMAGE_FILE_TYPE'],
    ['more than 20 MiB', { bytes: new Uint8Array(20 * 1024 ** 2 + 1) }, 'Shopify takes at most 20971520'],
    ['no bytes', { bytes: new Uint8Array() }, 'has 0 bytes'],
  ])('fails for good with %s', async (_, changes, reason) => {
    const failure = { code: 'SHOPIFY_PUSH_FAILED', retryable: false, message: expect.stringContaining(reason) };
    await expect(add(addShirt(), changes)).rejects.toMatchObject(failure);
  });

  test('fails for good when its product is suspended', async () => {
    const product = addShirt();
    product.suspended = true;
    const failure = { retryable: false, message: expect.stringContaining('PRODUCT_SUSPENDED') };
    await expect(add(product)).rejects.toMatchObject(failure);
  });

  test('fails without an upload when its product is gone', async () => {
    const gone = { ...addShirt(), id: 'gid://shopify/Product/1' };
    await expect(add(gone)).rejects.toMatchObject({ code: 'PRODUCT_NOT_FOUND', retryable: false });
    expect(shop.server.operations).not.toContain('StageUpload');
  });

  test('fails in a way that can pass when it is not ready within two minutes', async () => {
    shop.server.files.processingMs = 600_000;
    await expect(add(addShirt())).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT', retryable: true });
    expect(shop.time.pauses.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(120_000);
  });

  test.each(['../a.jpg', 'a.jpg', 'abcdef.png', 'abc def.jpg', `${'a'.repeat(201)}.jpg`, 'abcdef.jpg.exe'])(
    'takes the file name %s for a bug', async (name) => {
      await expect(add(addShirt(), { filename: name })).rejects.toThrow('is no name for a file of image/jpeg');
    });
});

test('A throttled upload waits as long as it has to, and makes each image once', async () => {
  const { bucket, files } = shop.server;
  files.processingMs = 5_000;
  bucket.size = { maximumAvailable: 300, restoreRate: 20 };
  bucket.drainTo(0);
  const product = addShirt();
  await add(product);
  expect(shop.server.throttled).toBeGreaterThanOrEqual(2);
  expect(files.imagesOn(product)).toEqual([filename]);
});
