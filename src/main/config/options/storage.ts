import { hidden, option } from './option.ts';
import { choice, httpUrl, integer, secret, text, yesOrNo } from '../values.ts';

export const storageOptions = {
  databaseUrl: hidden(
    'storage',
    'DATABASE_URL',
    text('URL', 'sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE', /^[a-z]+:.+$/),
    'The store: `sqlite:PATH`, or PostgreSQL (14 or later), which several servers may share. Unless set, the file ' +
      'waybill.sqlite in the data folder.',
  ),
  databasePoolSize: option(
    'storage',
    'DATABASE_POOL_SIZE',
    integer('COUNT', 2, 500),
    '10',
    'Connections of this server to PostgreSQL at once, at most; one more listens for wake-ups.',
  ),
  databaseProxy: option(
    'storage',
    'DATABASE_PROXY',
    yesOrNo,
    'false',
    'Whether DATABASE_URL leads through a proxy that pools transactions, such as PgBouncer.',
  ),
  databaseDirectUrl: hidden(
    'storage',
    'DATABASE_DIRECT_URL',
    text('URL', 'postgres://USER:PASSWORD@HOST/DATABASE', /^postgres(ql)?:.+$/),
    'The same database past that proxy: one connection, by which servers wake each other. Unless set, with ' +
      'DATABASE_PROXY, each looks for work by itself once a second.',
  ),
  diskReserveBytes: option(
    'storage',
    'DISK_RESERVE_BYTES',
    integer('BYTES', 0, 2 ** 50),
    null,
    'What is kept free on the disk of the data folder: with less, uploads and new jobs are refused (503), so that ' +
      'what was accepted comes to its end. Unless set, 2 % of the disk and at most 512 MiB (64 MiB with --dev); 0 ' +
      'keeps nothing free.',
  ),
  objects: option(
    'storage',
    'OBJECTS',
    choice('filesystem', 's3'),
    'filesystem',
    'Where photos and results are kept: files in the data folder, or an S3-compatible bucket.',
  ),
  s3Endpoint: option('storage', 'S3_ENDPOINT', httpUrl, null, "The bucket's service. Required with OBJECTS=s3."),
  s3Region: option('storage', 'S3_REGION', text('REGION', "a region's name", /^[\w-]+$/), 'us-east-1', 'Its region.'),
  s3Bucket: option(
    'storage',
    'S3_BUCKET',
    text('NAME', "a bucket's name: 3 to 63 letters, digits, . _ -", /^[A-Za-z0-9][\w.-]{1,61}[A-Za-z0-9]$/),
    null,
    'The bucket; it must be there. Required with OBJECTS=s3.',
  ),
  s3AccessKeyId: hidden('storage', 'S3_ACCESS_KEY_ID', secret(1), 'Required with OBJECTS=s3.'),
  s3SecretAccessKey: hidden('storage', 'S3_SECRET_ACCESS_KEY', secret(1), 'Required with OBJECTS=s3.'),
  s3ForcePathStyle: option(
    'storage',
    'S3_FORCE_PATH_STYLE',
    yesOrNo,
    'true',
    'Whether the bucket is in the path (true) or in the host name (false) of its URLs.',
  ),
  s3PublicEndpoint: option(
    'storage',
    'S3_PUBLIC_ENDPOINT',
    httpUrl,
    null,
    "How browsers and workers reach the service, when that is another way than the server's.",
  ),
};
