/** Several writers, readers and deleters at once. */
import { expect, it } from 'vitest';
import { bytesOf, keysOf, minute, read, text, type Context } from './context.ts';

export function concurrencyTests(c: Context): void {
  const size = 400_000;
  const version = (letter: string) => bytesOf(letter.repeat(size));

  it('shows a reader one version whole, whoever writes meanwhile', async () => {
    const key = c.key('once/shared');
    await c.store.put(key, version('a'), { contentType: 'text/a' });
    const letters = ['a', 'b', 'c', 'd'];
    let writing = true;
    const writers = letters.map(async (letter) => {
      const contentType = `text/${letter}`;
      for (let round = 0; round < 6; round++) {
        if (round % 2 === 0) await c.store.put(key, version(letter), { contentType });
        else {
          const url = await c.store.presignPut(key, { ...minute, contentType, contentLength: size });
          const init = { method: 'PUT', headers: { 'Content-Type': contentType }, body: version(letter) };
          expect((await c.send(url, init)).status).toBe(200);
        }
      }
    });
    const seen: string[] = [];
    const readers = [0, 1].map(async (index) => {
      while (writing) {
        const got = index === 0 ? await read(c.store, key) : await readByUrl(c, key);
        const letter = got?.content[0] as string;
        if (got?.content !== letter.repeat(size) || got.info.contentType !== `text/${letter}`) seen.push('torn');
        else seen.push('whole');
      }
    });
    await Promise.all(writers).finally(() => (writing = false));
    await Promise.all(readers);
    expect(new Set(seen)).toEqual(new Set(['whole']));
    expect(letters.map((letter) => letter.repeat(size))).toContain((await read(c.store, key))?.content);
  });

  it('writes and deletes neighbours in one folder at once without losing any', async () => {
    const keys = Array.from({ length: 12 }, (_, index) => c.key(`once/folder/${index}`));
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        keys.map((key, index) =>
          index % 2 === round % 2 ? c.store.put(key, bytesOf(`${round}`), text) : c.store.delete([key]),
        ),
      );
      const there = (await keysOf(c.store, c.key('once/folder/'), 1000)).flat();
      expect(there.toSorted()).toEqual(keys.filter((_, index) => index % 2 === round % 2).toSorted());
    }
  });
}

async function readByUrl(c: Context, key: string): Promise<{ content: string; info: { contentType: string | null } }> {
  const response = await c.send(await c.store.presignGet(key, minute));
  return { content: await response.text(), info: { contentType: response.headers.get('content-type') } };
}
