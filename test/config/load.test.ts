import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parcelModule } from '../server/parcel/module.ts';
import { loadConfig } from '../../src/main/config/load.ts';
import { parseConfig } from '../../src/main/config/parse.ts';

const secrets = {
  JWT_SECRET: 'Uq8-of-these-tests-and-nobody-else', GPU_CALLBACK_SECRET: 'w0rker-of-these-tests', PRODUCT_IMAGES: 'no',
};
const bucket = {
  OBJECTS: 's3',
  S3_ENDPOINT: 'http://127.0.0.1:9000/',
  S3_BUCKET: 'photos',
  S3_ACCESS_KEY_ID: 'id',
  S3_SECRET_ACCESS_KEY: 'key',
};

function messages(env: Record<string, string>, flags = {}): readonly string[] {
  const loaded = loadConfig({ flags, env });
  return loaded.ok ? [] : loaded.problems.map(({ message }) => message);
}

describe('production', () => {
  test('needs both secrets, and says how to make one', () => {
    expect(messages({ PRODUCT_IMAGES: 'no' })).toEqual([
      expect.stringMatching(/^JWT_SECRET is not set: .*openssl rand/),
      expect.stringMatching(/^GPU_CALLBACK_SECRET is not set: .*--dev/),
    ]);
    expect(messages(secrets)).toEqual([]);
  });

  test('listens where it is told to', () => {
    expect(parseConfig(['--host', '0.0.0.0'], secrets).host).toBe('0.0.0.0');
  });

  test('takes no list of callback secrets without one in it', () => {
    expect(messages({ ...secrets, GPU_CALLBACK_SECRET: ' , ' })).toEqual(['GPU_CALLBACK_SECRET has no secret in it']);
  });
});

describe('product images', () => {
  const { PRODUCT_IMAGES: _, ...others } = secrets;

  test('need a secret in production, and the line says how to do without them', () => {
    expect(messages(others)).toEqual([expect.stringMatching(/^WEBHOOK_SECRET is not set: .*PRODUCT_IMAGES=false/)]);
    expect(messages({ ...others, WEBHOOK_SECRET: 's3cr3t' })).toEqual([]);
    expect(messages({ ...others, WEBHOOK_SECRET: ',' })).toEqual(['WEBHOOK_SECRET has no secret in it']);
    expect(parseConfig([], secrets).productImages).toBeNull();
  });

  test('have two secrets while one takes over from the other', () => {
    const config = parseConfig([], { ...others, WEBHOOK_SECRET: 'n3w, s3cr3t' });
    expect(config.productImages?.secrets).toEqual(['n3w', 's3cr3t']);
  });

  test('take webhooks without a signature in development mode only, with a note', () => {
    const loaded = loadConfig({ flags: {}, env: { WAYBILL_DEV: 'true' } });
    expect(loaded.ok && loaded.notes.filter((note) => note.includes('WEBHOOK_SECRET'))).toHaveLength(1);
    expect(loaded.ok && loaded.config.productImages?.secrets).toBeNull();
  });

  test('have a default theme that is one of their themes', () => {
    expect(messages({ ...secrets, PRODUCT_IMAGES: 'yes', WEBHOOK_SECRET: 's3cr3t', THEMES: 'a,b', DEFAULT_THEME: 'c' }))
      .toEqual(['DEFAULT_THEME is "c": it must be one of THEMES']);
  });
});

describe('gRPC', () => {
  test('is encrypted by a certificate with its key, and asks clients for theirs only then', () => {
    const [cert, key] = [{ GRPC_TLS_CERT: 'c.pem' }, { GRPC_TLS_KEY: 'k.pem' }];
    const [ca, clientCa] = [{ GRPC_TLS_CA: 'a.pem' }, { GRPC_TLS_CLIENT_CA: 'a.pem' }];
    expect(messages({ ...secrets, ...cert })).toEqual(['GRPC_TLS_KEY is not set: GRPC_TLS_CERT needs it']);
    expect(messages({ ...secrets, ...key })).toEqual(['GRPC_TLS_CERT is not set: GRPC_TLS_KEY needs it']);
    expect(messages({ ...secrets, ...clientCa })).toEqual(['GRPC_TLS_CERT is not set: GRPC_TLS_CLIENT_CA needs it']);
    expect(messages({ ...secrets, ...ca })).toEqual(['GRPC_TLS_CERT is not set: GRPC_TLS_CA needs it']);
    expect(parseConfig([], { ...secrets, ...cert, ...key, ...clientCa }).grpc).toEqual({
      enabled: true, port: 50_051, anyPort: true,
      tls: { cert: 'c.pem', key: 'k.pem', ca: null, clientCa: 'a.pem' },
    });
    expect(parseConfig(['--grpc-enabled=off'], secrets).grpc).toEqual({
      enabled: false, port: 50_051, anyPort: true, tls: null,
    });
  });
});

describe('development mode', () => {
  const devSecrets = ['dev-callback-secret', 'test-gpu-callback-secret-for-local-dev'];

  test('needs no secret, and says what it uses instead', () => {
    const loaded = loadConfig({ flags: { dev: 'true' }, env: {} });
    if (!loaded.ok) throw new Error('it was refused');
    expect(loaded.config).toMatchObject({ dev: true, callbackSecrets: devSecrets });
    expect(loaded.config.jwtSecret).toMatch(/^[0-9a-f]{64}$/);
    expect(loaded.notes.join(' ')).toMatch(/Bearer admin.*dev-callback-secret/);
    expect(loaded.notes.join(' ')).not.toContain(loaded.config.jwtSecret);
  });

  test('uses the callback secret that is set, and does not print it', () => {
    const loaded = loadConfig({ flags: { dev: 'true' }, env: { GPU_CALLBACK_SECRET: 'my-own-callback-secret' } });
    if (!loaded.ok) throw new Error('it was refused');
    expect(loaded.config.callbackSecrets).toEqual(['my-own-callback-secret']);
    expect(loaded.notes.join(' ')).not.toContain('my-own');
  });

  test.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('listens on %s', (host) => {
    expect(messages({}, { dev: 'true', host })).toEqual([]);
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', '127.evil.example', 'waybill.example'])(
    'refuses to listen on %s',
    (host) => {
      expect(messages({}, { dev: 'true', host })).toEqual([
        expect.stringContaining(`"${host}", and --dev listens on loopback`),
      ]);
    },
  );
});

describe('the store', () => {
  test('is a SQLite file, by default in the data folder', () => {
    expect(parseConfig(['--dev', '--data', 'somewhere'], {})).toMatchObject({
      dataDir: resolve('somewhere'),
      databaseUrl: null,
    });
    expect(parseConfig(['--dev'], { DATABASE_URL: 'sqlite:/tmp/x.sqlite' }).databaseUrl).toBe('sqlite:/tmp/x.sqlite');
  });

  test.each(['postgres://user:pass@db/waybill', 'postgresql://user:pass@db/waybill'])(
    'is PostgreSQL where the URL says so: %s',
    (url) => {
      const config = parseConfig(['--dev', '--database-pool-size', '7'], { DATABASE_URL: url });
      expect(config.databaseUrl).toBe(url);
      expect(config.database).toEqual({
        externalCheckpoints: false, poolSize: 7, proxied: false, directUrl: null,
      });
    },
  );

  test('may be behind a proxy, with a way past it', () => {
    const direct = 'postgres://user:pass@db/waybill';
    const env = { DATABASE_URL: 'postgres://user:pass@proxy/waybill', DATABASE_DIRECT_URL: direct };
    expect(parseConfig(['--dev', '--database-proxy'], env).database).toEqual({
      poolSize: 10,
      proxied: true,
      directUrl: direct,
      externalCheckpoints: false,
    });
    const [message] = messages({ ...secrets, DATABASE_DIRECT_URL: 'geheim' });
    expect(message).toMatch(/^DATABASE_DIRECT_URL has a wrong value \(not shown\)/);
  });

  test('is neither of them for any other URL', () => {
    expect(messages({ ...secrets, DATABASE_URL: 'mysql://db' })).toEqual([
      'DATABASE_URL begins with "mysql:": it must be sqlite:PATH or postgres://…',
    ]);
  });
});

describe('objects in a bucket', () => {
  test('need the bucket’s place and keys, each one that is missing being named', () => {
    expect(messages({ ...secrets, OBJECTS: 's3' }).map((each) => each.split(' ')[0])).toEqual([
      'S3_ENDPOINT',
      'S3_BUCKET',
      'S3_ACCESS_KEY_ID',
      'S3_SECRET_ACCESS_KEY',
    ]);
  });

  test('are described by the S3 variables', () => {
    expect(parseConfig(['--dev', '--s3-public-endpoint', 'https://cdn.example'], bucket).objects).toEqual({
      type: 's3',
      endpoint: 'http://127.0.0.1:9000',
      region: 'us-east-1',
      bucket: 'photos',
      accessKeyId: 'id',
      secretAccessKey: 'key',
      forcePathStyle: true,
      publicEndpoint: 'https://cdn.example',
    });
  });
});

describe('limits', () => {
  test('are set with their unit in the name', () => {
    const config = parseConfig(['--dev', '--upload-time-limit-seconds', '60'], { SHUTDOWN_SECONDS: '0' });
    expect(config.limits).toEqual({
      uploadTimeLimitMs: 60_000,
      executionTimeLimitMs: 21_600_000,
      resultUrlSeconds: 3600,
      maxUploadBytes: 50 * 1024 ** 2,
      imageMemoryBytes: 2 * 1024 ** 3,
      maxBodyBytes: 1024 ** 2,
      diskReserveBytes: null,
      quotas: { free: { jobs: {} }, pro: { jobs: {} } },
      objectRetention: { results: 30 * 86_400_000, inputs: 7 * 86_400_000, discarded: 86_400_000 },
      maxDeliveries: 5,
      maxLostDeliveries: 2,
      batchConcurrency: 4,
      keepAuditMs: 365 * 86_400_000,
      keepJobsMs: 30 * 86_400_000,
      keepWithObjectsMs: 30 * 86_400_000,
      sessionMs: 12 * 3_600_000,
      typesPerOwner: 100,
      shutdownMs: 0,
    });
  });
});

describe('what is kept of the jobs of a kind', () => {
  const quotas = (given: string) => parseConfig(['--dev', '--quota-jobs', given], {}).limits.quotas;

  test('is limited for all plans, or for one, which goes before', () => {
    expect(quotas('free.task.stored=5, task.stored=10,image-set.stored=0,pro.task.bytes=7')).toEqual({
      free: { jobs: { task: { stored: 5 }, 'image-set': { stored: null } } },
      pro: { jobs: { task: { stored: 10, bytes: 7 }, 'image-set': { stored: null } } },
    });
    const { limits } = parseConfig(['--dev'], { QUOTA_OBJECT_BYTES: 'pro=1000', QUOTA_JOBS: 'task.unfinished=1' });
    expect(limits.quotas).toEqual({
      free: { jobs: { task: { unfinished: 1 } } }, pro: { jobs: { task: { unfinished: 1 } }, objectBytes: 1_000 },
    });
  });

  test.each(['tasks.stored=1', 'task.kept=1', 'image-set.bytes=1', '__proto__.stored=1'])(
    'is refused for %s, which no kind limits, with what they limit',
    (given) => {
      expect(messages({ ...secrets, QUOTA_JOBS: given })).toEqual([
        `QUOTA_JOBS names "${given.slice(0, -2)}", which no kind of job limits: it must be one of ` +
          'image-set.stored, task.unfinished, task.stored, task.bytes, command.unfinished, command.stored, ' +
          'command.bytes',
      ]);
    },
  );

  test('may be of a kind beside Waybill’s own', () => {
    const env = { ...secrets, QUOTA_JOBS: 'parcel.stored=1' };
    expect(loadConfig({ flags: {}, env }, { parcel: parcelModule }).ok).toBe(true);
    expect(messages(env)[0]).toContain('names "parcel.stored"');
  });
});

describe('a command-line flag', () => {
  test('that is unknown is refused, with the one that was probably meant', () => {
    expect(() => parseConfig(['--dev', '--prot', '1'], {})).toThrow('there is no flag --prot: did you mean --port?');
  });

  test('is there for no secret', () => {
    expect(() => parseConfig(['--jwt-secret', 'x'], {})).toThrow('there is no flag --jwt-secret');
  });

  test('without its value is refused', () => {
    expect(() => parseConfig(['--port', '--dev'], {})).toThrow('--port needs a value: --port PORT');
  });

  test('with a wrong value is reported in one line', () => {
    expect(() => parseConfig(['--dev', '--port=99999'], {})).toThrow(
      /^--port is "99999": it must be a whole number from 0 to 65535$/,
    );
  });
});
