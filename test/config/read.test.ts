import { describe, expect, test } from 'vitest';
import type { OptionName } from '../../src/main/config/options.ts';
import { readOptions } from '../../src/main/config/read.ts';

const nothing = { flags: {}, env: {} };

describe('the source of a value of the configuration', () => {
  test('a flag wins over the environment, which wins over the default', () => {
    const env = { PORT: '1111' };
    expect(readOptions(nothing).values.port).toBe(8787);
    expect(readOptions({ flags: {}, env }).values.port).toBe(1111);
    const both = readOptions({ flags: { port: '2222' }, env });
    expect([both.values.port, both.origins.port]).toEqual([2222, 'flag']);
  });

  test('an empty variable counts as not set, and an unknown one is nobody’s', () => {
    const { values, problems, origins } = readOptions({
      flags: {},
      env: { PORT: ' ', WAYBILL_PROT: '1', JWT_SECRET: '' },
    });
    expect(problems).toEqual([]);
    expect([values.port, values.jwtSecret, origins.jwtSecret]).toEqual([8787, undefined, 'unset']);
  });

  test('a flag takes back what the environment switches on', () => {
    expect(readOptions({ flags: { verifyUploads: 'false' }, env: { VERIFY_UPLOADS: '1' } }).values.verifyUploads).toBe(
      false,
    );
  });
});

describe('a value of the configuration', () => {
  test.each([
    ['yes', true],
    ['ON', true],
    ['1', true],
    ['True', true],
    ['no', false],
    ['off', false],
    ['0', false],
  ])('VERIFY_UPLOADS=%s is %s', (given, value) => {
    expect(readOptions({ flags: {}, env: { VERIFY_UPLOADS: given } }).values.verifyUploads).toBe(value);
  });

  test('several callback secrets are taken in order, each once', () => {
    const env = { GPU_CALLBACK_SECRET: 'the-new-one-of-them, the-old-one-of-them,the-new-one-of-them' };
    expect(readOptions({ flags: {}, env }).values.callbackSecrets).toEqual([
      'the-new-one-of-them',
      'the-old-one-of-them',
    ]);
  });

  test('a URL loses the slash at its end, an origin everything behind it', () => {
    const env = {
      PUBLIC_URL: 'https://waybill.example/api/',
      ALLOWED_ORIGINS: 'https://a.example/, http://b.example:8080',
    };
    const { values } = readOptions({ flags: {}, env });
    expect(values.publicUrl).toBe('https://waybill.example/api');
    expect(values.allowedOrigins).toEqual(['https://a.example', 'http://b.example:8080']);
  });
});

describe('a wrong value in the configuration', () => {
  const cases: readonly (readonly [OptionName, string, string, string])[] = [
    ['port', 'PORT', '70000', 'PORT is "70000": it must be a whole number from 0 to 65535'],
    ['port', 'PORT', '1e3', 'PORT is "1e3": it must be a whole number from 0 to 65535'],
    ['port', 'PORT', '-1', 'PORT is "-1": it must be a whole number from 0 to 65535'],
    ['dev', 'WAYBILL_DEV', 'maybe', 'WAYBILL_DEV is "maybe": it must be true or false'],
    ['workers', 'WAYBILL_WORKERS', 'images,gpu', 'a comma-separated list of: images'],
    ['publicUrl', 'PUBLIC_URL', 'waybill.example', 'it must be an http:// or https:// URL'],
    ['publicUrl', 'PUBLIC_URL', 'https://u:p@waybill.example', 'without query, fragment or credentials'],
    ['allowedOrigins', 'ALLOWED_ORIGINS', 'https://shop.example/path', 'it must be a comma-separated list of origins'],
    ['objects', 'OBJECTS', 'gcs', 'it must be one of filesystem, s3'],
    ['logLevel', 'LOG_LEVEL', 'verbose', 'it must be one of debug, info, warn, error'],
    ['s3Bucket', 'S3_BUCKET', 'a/b', "it must be a bucket's name"],
    ...[
      'task=1', 'task.stored', 'task.stored=x', 'task.stored=1,task.stored=2', 'gold.task.stored=1', 'a.b.c.d=1', '=1',
    ].map((given) => ['quotaJobs', 'QUOTA_JOBS', given, 'free.task.stored=1000 for one plan (free, pro)'] as const),
    ['maxDeliveries', 'MAX_DELIVERIES', '0', 'it must be a whole number from 1 to 100'],
  ];
  test.each(cases)('%s: %s=%s', (option, env, given, message) => {
    const { problems } = readOptions({ flags: {}, env: { [env]: given } });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.option).toBe(option);
    expect(problems[0]?.message).toContain(`${env} is ${JSON.stringify(given)}`);
    expect(problems[0]?.message).toContain(message);
  });

  test('a flag is named as a flag', () => {
    const { problems } = readOptions({ flags: { port: 'x' }, env: { PORT: '1' } });
    expect(problems[0]?.message).toBe('--port is "x": it must be a whole number from 0 to 65535');
  });

  test.each(['JWT_SECRET', 'GPU_CALLBACK_SECRET', 'OBJECTS_SECRET', 'S3_SECRET_ACCESS_KEY', 'DATABASE_URL'])(
    'the value of %s is never shown',
    (env) => {
      const { problems } = readOptions({ flags: {}, env: { [env]: 'tell\u00e9' } });
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toContain(env);
      expect(problems[0]?.message).not.toContain('tell');
    },
  );
});
