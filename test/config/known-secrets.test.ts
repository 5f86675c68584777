import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { knownWeakness } from '../../src/main/config/known-weakness.ts';
import { loadConfig } from '../../src/main/config/load.ts';

const good = {
  JWT_SECRET: 'Uq8-of-these-tests-and-nobody-else', GPU_CALLBACK_SECRET: 'w0rker-of-these-tests',
  WEBHOOK_SECRET: 'h00k-of-these-tests',
};
const messages = (env: Record<string, string>): string[] => {
  const loaded = loadConfig({ flags: {}, env: { ...good, ...env } });
  return loaded.ok ? [] : loaded.problems.map(({ message }) => message);
};

describe('a secret that anybody could guess', () => {
  test.each([
    'dev-callback-secret', 'test-gpu-callback-secret-for-local-dev', 'changeme', 'change-me-in-production-123',
    'CHANGEME_changeme_1', 'secret', 'secretsecretsecretsecretsecretsec', 'your-256-bit-secret',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'abcabcabcabcabcabcabcabcabcabcab', '0123456789abcdef', '12345678901234567890',
    'a-string-secret-at-least-256-bits-long', 'admin12345',
  ])('is refused when it is %s', (secret) => {
    expect(knownWeakness(secret)).not.toBeNull();
  });

  test('is not one that openssl made, or one that merely mentions secrets', () => {
    for (let round = 0; round < 1_000; round++) {
      for (const [bytes, encoding] of [[8, 'hex'], [32, 'hex'], [24, 'base64url']] as const) {
        const secret = randomBytes(bytes).toString(encoding);
        expect([secret, knownWeakness(secret)]).toEqual([secret, null]);
      }
    }
    expect(knownWeakness('the secret of the seven green boats')).toBeNull();
  });

  test.each([
    ['JWT_SECRET', 'changeme-changeme-changeme-changeme'],
    ['GPU_CALLBACK_SECRET', 'w0rker-of-these-tests,dev-callback-secret'],
    ['WEBHOOK_SECRET', 'h00k-of-these-tests,webhook-secret'],
    ['OBJECTS_SECRET', '0000000000000000'],
    ['SETUP_TOKEN', 'change-me-in-production'],
    ['METRICS_TOKEN', 'secretsecretsecret'],
  ])('is refused in production as %s, with a line that does not show it', (name, secret) => {
    const [message = '', ...others] = messages({ [name]: secret });
    expect(others).toEqual([]);
    expect(message).toMatch(new RegExp(`^${name} (is|says) .*: generate another with \`openssl rand -hex 32\`$`));
    expect(message).not.toContain(secret.slice(-10));
    expect(messages({ [name]: secret, WAYBILL_DEV: 'true' })).toEqual([]);
  });
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('WAYBILL_DEV=%s is a wrong value', (value) => {
  expect(messages({ WAYBILL_DEV: value })).toEqual([expect.stringContaining('WAYBILL_DEV is')]);
});

test('an administrator of the environment needs both an address and a password', () => {
  expect(messages({ ADMIN_USER: 'root' })).toEqual(['ADMIN_PASSWORD is not set: ADMIN_USER needs it']);
  expect(messages({ ADMIN_EMAIL: 'root@shop.example' })).toEqual([expect.stringContaining('ADMIN_EMAIL needs it')]);
  expect(messages({ ADMIN_PASSWORD: 'seven green boats' })).toHaveLength(1);
  const whole = { ADMIN_USER: 'root', ADMIN_PASSWORD: 'seven green boats' };
  expect(messages(whole)).toEqual([]);
  expect(messages({ ...whole, PASSWORD_LOGIN: 'false' })).toHaveLength(1);
  expect(messages({ ...whole, ADMIN_PASSWORD: 'changeme123' })).toHaveLength(1);
});
