import { hidden, option } from './option.ts';
import { choice, httpUrl, integer, secret, text, yesOrNo } from '../values.ts';

export const storageOptions = {
  databaseUrl: hidden(
    'storage',
    'DATABASE_URL',
    text('URL', 'sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE', /^[a-z]+:.+$/),
    'Database: `sqlite:PATH`, or PostgreSQL (14 or later), which several servers can share. Default: ' +
      'waybill.sqlite in the data folder.',
  ),
  sqliteCheckpoints: option(
    'storage',
    'SQLITE_CHECKPOINTS',
    choice('own', 'external'),
    'own',
    "Who writes SQLite's log back into the database: this server, or another program that must see all of the log, " +
      'such as Litestream (docs/guides/backup.md).',
  ),
  databasePoolSize: option(
    'storage',
    'DATABASE_POOL_SIZE',
    integer('COUNT', 2, 500),
    '10',
    'Maximum number of connections from this server to PostgreSQL; one more listens for wake-ups.',
  ),
  databaseProxy: option(
    'storage',
    'DATABASE_PROXY',
    yesOrNo,
    'false',
    'Set it if DATABASE_URL is that of a transaction-pooling proxy, such as PgBouncer.',
  ),
  databaseDirectUrl: hidden(
    'storage',
    'DATABASE_DIRECT_URL',
    text('URL', 'postgres://USER:PASSWORD@HOST/DATABASE', /^postgres(ql)?:.+$/),
    'The same database without the proxy, for the one connection by which servers wake each other up. Without it, ' +
      'servers behind a proxy poll once a second.',
  ),
  diskReserveBytes: option(
    'storage',
    'DISK_RESERVE_BYTES',
    integer('BYTES', 0, 2 ** 50),
    null,
    'Space to keep free on the disk of the data folder. With less, uploads and new jobs are refused (503), so that ' +
      'accepted jobs can finish. Default: 2 % of the disk, at most 512 MiB (64 MiB with --dev); 0: none.',
  ),
  objects: option(
    'storage',
    'OBJECTS',
    choice('filesystem', 's3'),
    'filesystem',
    'Object store: files in the data folder, or an S3-compatible bucket.',
  ),
  s3Endpoint: option('storage', 'S3_ENDPOINT', httpUrl, null, 'Endpoint of the S3 service. Required with OBJECTS=s3.'),
  s3Region: option('storage', 'S3_REGION', text('REGION', "a region's name", /^[\w-]+$/), 'us-east-1', 'Its region.'),
  s3Bucket: option(
    'storage',
    'S3_BUCKET',
    text('NAME', "a bucket's name: 3 to 63 letters, digits, . _ -", /^[A-Za-z0-9][\w.-]{1,61}[A-Za-z0-9]$/),
    null,
    'Name of the bucket, which must exist. Required with OBJECTS=s3.',
  ),
  s3AccessKeyId: hidden('storage', 'S3_ACCESS_KEY_ID', secret(1), 'Required with OBJECTS=s3.'),
  s3SecretAccessKey: hidden('storage', 'S3_SECRET_ACCESS_KEY', secret(1), 'Required with OBJECTS=s3.'),
  s3ForcePathStyle: option(
    'storage',
    'S3_FORCE_PATH_STYLE',
    yesOrNo,
    'true',
    'Puts the bucket name in the path of URLs (true) or in the host name (false).',
  ),
  s3PublicEndpoint: option(
    'storage',
    'S3_PUBLIC_ENDPOINT',
    httpUrl,
    null,
    'Endpoint for browsers and workers, if it differs from S3_ENDPOINT.',
  ),
};
