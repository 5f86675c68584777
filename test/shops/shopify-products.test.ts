import { describe, expect, test } from 'vitest';
import { clientOf, imageOf, shopForEach, signal } from './shopify-set-up.ts';

const shop = shopForEach();
const find = (sku: string) => clientOf(shop).findBySku(sku, signal);

describe('The look-up of a sku', () => {
  test('finds its product among skus that only contain it', async () => {
    const { files } = shop.server;
    files.addProduct('Two of them', 'BLUE-SHIRT-001-X2');
    const shirt = files.addProduct('Shirt', 'BLUE-SHIRT-001', 'BLUE-SHIRT-002');
    files.addProduct('Small letters', 'blue-shirt-001');
    const found = await find('BLUE-SHIRT-001');
    expect(found).toEqual({ productId: shirt.id, title: 'Shirt', sku: 'BLUE-SHIRT-001', images: [] });
  });

  test.each([
    'TESTING_ONLY_TESTING_ITEM_#2_2012_750ML', 'A "quoted" one', 'back\\slash', "it's", 'a:b (c) OR *', 'Ünïcode 瓶',
    '" OR sku:"B',
  ])('finds %s as it is written', async (sku) => {
    const product = shop.server.files.addProduct('Thing', sku);
    shop.server.files.addProduct('Other', 'B');
    expect((await find(sku)).productId).toBe(product.id);
  });

  test('reads on where many skus contain this one', async () => {
    for (let i = 0; i < 120; i++) shop.server.files.addProduct(`Part ${i}`, `PART-${i}x`);
    const product = shop.server.files.addProduct('The part', 'PART-');
    expect((await find('PART-')).productId).toBe(product.id);
  });

  test('takes two variants of one product as one', async () => {
    const product = shop.server.files.addProduct('Shirt', 'A', 'A');
    expect((await find('A')).productId).toBe(product.id);
  });

  test('refuses a sku that several products have, and names them', async () => {
    shop.server.files.addProduct('Shirt', 'A');
    shop.server.files.addProduct('Trousers', 'A');
    await expect(find('A')).rejects.toMatchObject({
      code: 'SKU_AMBIGUOUS', retryable: false, message: expect.stringMatching(/"Shirt" \(\d+\), "Trousers" \(\d+\)/),
    });
  });

  test('refuses to choose where more skus contain this one than it reads', async () => {
    for (let i = 0; i < 501; i++) shop.server.files.addProduct(`Part ${i}`, `PART-${i}x`);
    await expect(find('PART-')).rejects.toMatchObject({ code: 'SKU_AMBIGUOUS' });
  });

  test.each(['A', 'a', 'B ', ''.padEnd(200, 'x')])('finds no product for %j, which nobody has', async (sku) => {
    shop.server.files.addProduct('Shirt', 'B', null);
    await expect(find(sku)).rejects.toMatchObject({ code: 'PRODUCT_NOT_FOUND', retryable: false });
  });

  test.each(['', 'x'.repeat(201)])('takes a sku of a wrong length for a bug', async (sku) => {
    await expect(find(sku)).rejects.toThrow('a sku has 1 to 200 characters');
  });

  test('lists the images of the product by their file names', async () => {
    const product = shop.server.files.addProduct('Shirt', 'A');
    const { mediaId } = await clientOf(shop).addImage(imageOf(product.id), { fileCreated: async () => {} }, signal);
    expect((await find('A')).images).toEqual([{ mediaId, filename: 'waybill-abc123-1x1-1.jpg' }]);
  });

  test('lists all images of a product that has many', async () => {
    const product = shop.server.files.addProduct('Shirt', 'A');
    for (let i = 0; i < 120; i++) {
      const id = `gid://shopify/MediaImage/${i + 1}`;
      shop.server.files.all.set(id, {
        id, filename: `front-${i}.jpg`, alt: '', createdAt: 0, bytes: null, fate: null, endsAt: 0,
      });
      product.media.push(id);
    }
    expect((await find('A')).images.map(({ filename }) => filename)).toEqual(
      Array.from({ length: 120 }, (_, i) => `front-${i}.jpg`),
    );
  });
});
