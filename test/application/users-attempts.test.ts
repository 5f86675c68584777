import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { networkOf } from '../../src/application/users/network.ts';
import { createPeople, passphrase } from './people.ts';
import { accepted, admin, as, outcome } from './platform.ts';

let people: ReturnType<typeof createPeople>;

beforeEach(async () => {
  people = createPeople();
  await accepted(people.users.create(admin, { userId: 'mira', password: passphrase, roles: ['user'] }));
});
afterEach(() => people.remove());

const wrong = 'the wrong password';
const minute = 60_000;

async function times(count: number, attempt: (at: number) => Promise<string>): Promise<string[]> {
  const codes: string[] = [];
  for (let at = 0; at < count; at++) codes.push(await attempt(at));
  return [...new Set(codes)];
}

describe('the limit of login attempts for one user from one address', () => {
  test('lets 10 attempts in 15 minutes through, and hashes nothing for the 11th, right or wrong', async () => {
    const { users, clock, hasher, login } = people;
    expect(await times(10, () => login('mira', wrong))).toEqual(['unauthenticated']);
    clock.advance(5 * minute);
    hasher.asked.length = 0;
    const refused = await users.login({ userId: 'mira', password: passphrase, address: null });
    expect(refused).toMatchObject({
      ok: false, refusal: { code: 'rate_limit', retryable: true, details: { retryAfterSeconds: 600 } },
    });
    expect(hasher.asked).toEqual([]);
    clock.advance(10 * minute);
    expect(await login('mira', passphrase)).toBe('ok');
  });

  test('counts attempts whether there is such a user or not, and in any case of its letters', async () => {
    const { login } = people;
    expect(await times(10, (at) => login(at % 2 === 0 ? 'nobody' : 'NOBODY', wrong))).toEqual(['unauthenticated']);
    expect(await login('Nobody', wrong)).toBe('rate_limit');
    expect(await login('mira', passphrase)).toBe('ok');
  });

  test('starts anew after a success', async () => {
    const { login } = people;
    await times(9, () => login('mira', wrong));
    expect(await login('mira', passphrase)).toBe('ok');
    expect(await times(10, () => login('mira', wrong))).toEqual(['unauthenticated']);
    expect(await login('mira', passphrase)).toBe('rate_limit');
  });

  test('counts the attempts at all servers together, also when they come at once', async () => {
    const servers = [people.users, people.another()];
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, at) =>
        servers[at % 2]!.login({ userId: 'mira', password: wrong, address: null }),
      ),
    );
    const codes = results.map(outcome);
    expect(codes.filter((code) => code === 'unauthenticated')).toHaveLength(10);
    expect(codes.filter((code) => code === 'rate_limit')).toHaveLength(6);
  });
});

describe('the limit of login attempts from one address', () => {
  test('lets 50 attempts through, whichever users they are for', async () => {
    const { login } = people;
    expect(await times(50, (at) => login(`user-${at}`, wrong, '192.0.2.7'))).toEqual(['unauthenticated']);
    expect(await login('mira', passphrase, '192.0.2.7')).toBe('rate_limit');
    expect(await login('mira', passphrase, '192.0.2.8')).toBe('ok');
  });

  test('counts no success, and keeps the attempts for other users after one', async () => {
    const { login } = people;
    await times(40, (at) => login(`u${at}`, wrong, 'fe80::1'));
    expect(await times(30, () => login('mira', passphrase, 'fe80::1'))).toEqual(['ok']);
    expect(await times(10, (at) => login(`v${at}`, wrong, 'fe80::1'))).toEqual(['unauthenticated']);
    expect(await login('mira', passphrase, 'fe80::1')).toBe('rate_limit');
  });
});

describe('the limit of login attempts from all addresses', () => {
  /** Ten wrong passwords from each of so many addresses. */
  const attack = (addresses: number) =>
    times(10 * addresses, (at) => people.login('mira', wrong, `198.51.100.${Math.floor(at / 10)}`));

  test('is not reached by 10 wrong passwords from one address', async () => {
    await attack(1);
    expect(await people.login('mira', wrong, '198.51.100.0')).toBe('rate_limit');
    expect(await people.login('mira', passphrase, '192.0.2.7')).toBe('ok');
  });

  test('lets 100 attempts for one user through, and then those from addresses that it has logged in from', async () => {
    const { clock, login } = people;
    expect(await login('mira', passphrase, '192.0.2.7')).toBe('ok');
    expect(await attack(10)).toEqual(['unauthenticated']);
    expect(await login('mira', passphrase, '198.51.100.77')).toBe('rate_limit');
    expect(await login('mira', passphrase, '192.0.2.7')).toBe('ok');
    // Which does not open it to the others, nor to wrong passwords without end.
    expect(await login('mira', passphrase, '198.51.100.77')).toBe('rate_limit');
    await times(10, () => login('mira', wrong, '192.0.2.7'));
    expect(await login('mira', passphrase, '192.0.2.7')).toBe('rate_limit');
    clock.advance(15 * minute);
    expect(await login('mira', passphrase, '198.51.100.77')).toBe('ok');
  });

  test('treats an address as unknown again 90 days after the last login', async () => {
    const { clock, login } = people;
    await login('mira', passphrase, '192.0.2.7');
    clock.advance(90 * 24 * 60 * minute + 1);
    await attack(10);
    expect(await login('mira', passphrase, '192.0.2.7')).toBe('rate_limit');
  });
});

describe('an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:1:aaaa::1', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:bbbb:0:0:2', '2001:db8:0:1::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

test('lets the holder of a login guess its password 10 times, without keeping anybody from logging in', async () => {
  const { users, login } = people;
  const input = { current: wrong, next: 'a new passphrase' };
  const guess = async () => outcome(await users.changePassword(as('mira'), input));
  expect(await times(10, guess)).toEqual(['invalid_request']);
  expect(await guess()).toBe('rate_limit');
  expect(await login('mira', passphrase)).toBe('ok');
});
