import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createPasswordHasher } from '../../src/main/password-hasher.ts';
import { HasherBusy } from '../../src/ports/password-hasher.ts';

const hasher = createPasswordHasher({ logN: 4 });

describe('a hashed password', () => {
  test('matches that password and no other', async () => {
    const stored = await hasher.hash('grüne Boote');
    expect(await hasher.verify('grüne Boote', stored)).toBe(true);
    for (const wrong of ['', 'grüne Boot', 'grüne Boote ']) expect(await hasher.verify(wrong, stored)).toBe(false);
  });

  test('is an scrypt hash with a salt of its own, and its text names the parameters', async () => {
    const [a, b] = [await hasher.hash('the same'), await hasher.hash('the same')];
    expect(a).not.toBe(b);
    const [, salt = '', hash = ''] = /^\$scrypt\$ln=4,r=8,p=1\$([^$]{22})\$([^$]{43})$/.exec(a) ?? [];
    const expected = scryptSync('the same', Buffer.from(salt, 'base64'), 32, { N: 16, r: 8, p: 1 });
    expect(expected.toString('base64')).toBe(`${hash}=`);
  });

  test('still matches after the cost of new hashes has changed', async () => {
    const stored = await hasher.hash('grüne Boote');
    expect(await createPasswordHasher({ logN: 5 }).verify('grüne Boote', stored)).toBe(true);
  });

  test('takes 128 MiB by default', () => {
    expect(createPasswordHasher().decoy).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/);
  });

  test.each([
    '', 'plain', '$scrypt$ln=4,r=8,p=1$AAAA$AAAA', `$scrypt$ln=30,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
    `$argon2id$ln=4,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
  ])('as %j is nobody’s', async (stored) => {
    expect(await hasher.verify('', stored)).toBe(false);
  });
});

test('the decoy hash matches no password, and costs as much to check as a real one', async () => {
  expect(await hasher.verify('grüne Boote', hasher.decoy)).toBe(false);
  expect(hasher.decoy.length).toBe((await hasher.hash('x')).length);
});

test('a password hasher with its queue full refuses further passwords, and takes them again afterwards', async () => {
  const small = createPasswordHasher({ logN: 14, atOnce: 2, maxWaiting: 3 });
  const results = await Promise.allSettled(Array.from({ length: 7 }, () => small.hash('x')));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  expect(refused).toEqual([expect.any(HasherBusy), expect.any(HasherBusy)]);
  expect(await small.hash('x')).toMatch(/^\$scrypt/);
});
