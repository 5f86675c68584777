/** Every key is kept apart from every other, and a bad one is refused everywhere. */
import { expect, it } from 'vitest';
import { InvariantViolation } from '../../domain/errors.ts';
import { bytesOf, keysOf, minute, read, text, type Context } from './context.ts';

/** Keys that are escaped, normalized or cut wrongly by somebody somewhere. */
const oddKeys: readonly string[] = [
  'plain.txt',
  'with space and  two',
  "(a) 'b' +c *d !e ~f %g",
  'a+b%2Bc%20d',
  '%2e%2e%2fetc%2fpasswd',
  '&?#=;:@,$"<>[]{}|^`',
  'ключ/键/🔑.png',
  'caf\u00e9',
  'cafe\u0301',
  'Upper/UPPER/upper',
  'upper/UPPER/upper',
  '...',
  'dots/.hidden/..almost',
  'folder',
  'folder/inside',
  'folder.d/x.f',
  'folder.d.f',
];

const badKeys = ['', '/absolute', '../up', 'a/../b', 'a//b', 'a/./b', 'a/', 'nul\u0000', 'a\\b', 'line\nbreak'];

export function keyTests(c: Context): void {
  it.each(oddKeys)('keeps %j apart from every other key, inside and by URL', async (odd) => {
    const key = c.key(`odd/${odd}`);
    await c.store.put(key, bytesOf(`inside ${odd}`), text);
    const got = await c.send(await c.store.presignGet(key, minute));
    expect([got.status, await got.text()]).toEqual([200, `inside ${odd}`]);
    const put = await c.send(await c.store.presignPut(key, minute), { method: 'PUT', body: `by URL ${odd}` });
    expect(put.status).toBe(200);
    expect((await read(c.store, key))?.content).toBe(`by URL ${odd}`);
  });

  it('lists every odd key as it was put', async () => {
    await Promise.all(oddKeys.map((odd) => c.store.put(c.key(`listed/${odd}`), bytesOf(odd), text)));
    const listed = (await keysOf(c.store, c.key('listed/'), 5)).flat();
    expect(listed.toSorted()).toEqual(oddKeys.map((odd) => c.key(`listed/${odd}`)).toSorted());
    for (const odd of oddKeys) expect((await read(c.store, c.key(`listed/${odd}`)))?.content).toBe(odd);
    await c.store.delete(listed);
    expect(await keysOf(c.store, c.key('listed/'), 5)).toEqual([[]]);
  });

  it.each([...badKeys, 'x'.repeat(1025)])('refuses the key %j everywhere', async (key) => {
    await expect(c.store.put(key, bytesOf('x'), text)).rejects.toThrow(InvariantViolation);
    await expect((async () => c.store.get(key))()).rejects.toThrow(InvariantViolation);
    await expect((async () => c.store.head(key))()).rejects.toThrow(InvariantViolation);
    await expect(c.store.delete([c.key('good'), key])).rejects.toThrow(InvariantViolation);
    await expect(c.store.presignPut(key, minute)).rejects.toThrow(InvariantViolation);
    await expect(c.store.presignGet(key, minute)).rejects.toThrow(InvariantViolation);
  });

  it('takes a key of 1,024 bytes', async () => {
    const key = c.key(`${'long/'.repeat(300)}`).slice(0, 1023).concat('e');
    await c.store.put(key, bytesOf('long'), text);
    expect((await read(c.store, key))?.content).toBe('long');
    const got = await c.send(await c.store.presignGet(key, minute));
    expect(await got.text()).toBe('long');
  });

  it('takes the longest segment it says it takes, and refuses a longer one clearly', async () => {
    const longest = c.key('s'.repeat(c.can.maxSegmentBytes ?? 500));
    await c.store.put(longest, bytesOf('x'), text);
    expect(await c.store.head(longest)).not.toBeNull();
    if (c.can.maxSegmentBytes === null) return;
    await expect(c.store.put(`${longest}s`, bytesOf('x'), text)).rejects.toThrow(/segment longer than/);
    await expect(c.store.presignPut(`${longest}s/x`, minute)).rejects.toThrow(/segment longer than/);
  });
}
