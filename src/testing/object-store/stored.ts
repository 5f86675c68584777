/** Objects from inside: put, get, head, delete, list, check. */
import { expect, it } from 'vitest';
import { InvariantViolation } from '../../domain/errors.ts';
import { bytesOf, keysOf, read, text, type Context } from './context.ts';

/** A comparison of arrays would take seconds. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export function storedTests(c: Context): void {
  it('gives back what was put, with its type, size and time', async () => {
    const key = c.key('roundtrip');
    await c.store.put(key, bytesOf('hello'), { contentType: 'image/png; charset="x"' });
    const got = await read(c.store, key);
    expect(got).toMatchObject({ content: 'hello', info: { key, size: 5, contentType: 'image/png; charset="x"' } });
    expect(Math.abs((got?.info.modifiedAt ?? 0) - Date.now())).toBeLessThan(600_000);
    expect(await c.store.head(key)).toEqual(got?.info);
  });

  it('knows nothing of what was never put', async () => {
    expect(await c.store.get(c.key('never'))).toBeNull();
    expect(await c.store.head(c.key('never/in/a/folder'))).toBeNull();
  });

  it('keeps an object of no bytes', async () => {
    const key = c.key('empty');
    await c.store.put(key, new Uint8Array(0), text);
    expect(await read(c.store, key)).toMatchObject({ content: '', info: { size: 0 } });
  });

  it('stores what is made while it is sent, and nothing when that fails', async () => {
    const key = c.key('in parts');
    async function* parts(count: number): AsyncGenerator<Uint8Array> {
      for (let number = 1; number <= 3; number += 1) {
        if (number > count) throw new Error('there is no more');
        const part = bytesOf(`part ${number};`);
        yield part;
        // Its memory is used for something else.
        part.fill(0);
      }
    }
    await c.store.put(key, { byteLength: 21, parts: () => parts(3) }, text);
    expect(await read(c.store, key)).toMatchObject({ content: 'part 1;part 2;part 3;', info: { size: 21 } });
    await expect(c.store.put(key, { byteLength: 21, parts: () => parts(2) }, text)).rejects.toThrow();
    expect(await read(c.store, key)).toMatchObject({ content: 'part 1;part 2;part 3;' });
  });

  it('replaces contents and type together', async () => {
    const key = c.key('replaced');
    await c.store.put(key, bytesOf('a longer first version'), text);
    await c.store.put(key, bytesOf('{}'), { contentType: 'application/json' });
    expect(await read(c.store, key)).toMatchObject({
      content: '{}',
      info: { size: 2, contentType: 'application/json' },
    });
  });

  it('deletes many, twice if asked, and nothing else', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => c.key(`many/${index}`));
    await Promise.all([...keys, c.key('many-stays')].map((key) => c.store.put(key, bytesOf(key), text)));
    await c.store.delete([...keys, c.key('many/never')]);
    await c.store.delete(keys);
    expect((await keysOf(c.store, c.key('many'), 1000)).flat()).toEqual([c.key('many-stays')]);
    await c.store.delete([]);
  });

  it('lets a reader that does not want the rest go', async () => {
    const key = c.key('canceled');
    await c.store.put(key, new Uint8Array(2_000_000), text);
    const got = await c.store.get(key);
    const reader = got?.body.getReader();
    expect((await reader?.read())?.value?.byteLength).toBeGreaterThan(0);
    await reader?.cancel();
    expect((await c.store.head(key))?.size).toBe(2_000_000);
  });

  it('gives a part of an object, as much of it as there is', async () => {
    const key = c.key('parts');
    const large = Uint8Array.from({ length: 600_000 }, (_, index) => index % 251);
    await c.store.put(key, large, text);
    const part = async (offset: number, length: number) => {
      const got = await c.store.get(key, { offset, length });
      expect(got?.info).toMatchObject({ key, size: 600_000, contentType: 'text/plain' });
      return new Uint8Array(await new Response(got?.body).arrayBuffer());
    };
    const parts = [[0, 1], [0, 600_000], [250, 3], [599_999, 10], [100_000, 400_000], [0, 9e9], [600_000, 1], [9e9, 1]];
    for (const [offset = 0, length = 0] of parts) {
      expect(isSame(await part(offset, length), large.slice(offset, offset + length))).toBe(true);
    }
    expect(await c.store.get(c.key('never'), { offset: 0, length: 1 })).toBeNull();
    for (const range of [{ offset: -1, length: 1 }, { offset: 0, length: 0 }, { offset: 0.5, length: 1 }]) {
      await expect((async () => c.store.get(key, range))()).rejects.toThrow(InvariantViolation);
    }
  });

  it('says where an object is, as a URI', () => {
    expect(URL.canParse(c.store.uri(c.key('a folder/é?#%')))).toBe(true);
    expect(c.store.uri(c.key('a'))).not.toBe(c.store.uri(c.key('b')));
  });

  it('finds itself in order', async () => {
    await c.store.check();
  });
}

export function listTests(c: Context): void {
  it('lists in the order of the UTF-8 bytes, a folder among its neighbours', async () => {
    const names = ['A', 'a', 'a!', 'a-b', 'a/b', 'a/b/c', 'a0', 'b', 'z\uffee', 'z\u{1f511}', 'é'];
    await Promise.all(names.map((name) => c.store.put(c.key(`order/${name}`), bytesOf(name), text)));
    const expected = names.map((name) => c.key(`order/${name}`));
    for (const limit of [1, 3, 1000]) expect((await keysOf(c.store, c.key('order/'), limit)).flat()).toEqual(expected);
    const a = expected.filter((key) => key.startsWith(c.key('order/a')));
    expect((await keysOf(c.store, c.key('order/a'), 2)).flat()).toEqual(a);
    expect((await keysOf(c.store, c.key('order/a/'), 2)).flat()).toEqual([c.key('order/a/b'), c.key('order/a/b/c')]);
  });

  it('gives every object once over the pages, and no cursor after the last', async () => {
    const keys = Array.from({ length: 12 }, (_, index) => c.key(`paged/${String(index).padStart(2, '0')}`));
    await Promise.all(keys.map((key, index) => c.store.put(key, new Uint8Array(index), text)));
    const pages = await keysOf(c.store, c.key('paged/'), 5);
    expect(pages.map((page) => page.length)).toEqual([5, 5, 2]);
    expect(pages.flat()).toEqual(keys);
    expect((await keysOf(c.store, c.key('paged/'), 12)).length).toBe(1);
    const { objects } = await c.store.list(c.key('paged/'));
    expect(objects.map((object) => object.size)).toEqual(keys.map((_, index) => index));
    expect(Math.abs((objects[0]?.modifiedAt ?? 0) - Date.now())).toBeLessThan(600_000);
  });

  it('finds nothing where nothing is, or can be', async () => {
    for (const prefix of ['nothing/', '/', '//', '../', 'a/../', '\u0000', 'n'.repeat(300)]) {
      expect(await c.store.list(c.key(prefix))).toEqual({ objects: [], cursor: null });
    }
    expect((await c.store.list(`../${c.key('')}`)).objects).toEqual([]);
  });

  it('refuses a limit that is none', async () => {
    for (const limit of [0, 1001, 1.5, Number.NaN]) {
      await expect((async () => c.store.list('', { limit }))()).rejects.toThrow(InvariantViolation);
    }
  });
}
