import { choice, httpUrl, integer, list, origin, secret, text, yesOrNo, type Value } from './values.ts';

/**
 * One thing that can be set. Help, docs/configuration.md, parsing and validation are all made from
 * the table below. A flag wins over the environment, which wins over the default; an environment
 * variable that is empty counts as not set.
 */
export interface Option<T> {
  readonly env: string;
  /** Without `--`; null for what must not show in a list of processes. */
  readonly flag: string | null;
  readonly value: Value<T>;
  /** As it would be written; null when there is none. */
  readonly default: string | null;
  /** Its value is never printed. */
  readonly secret: boolean;
  readonly group: Group;
  /** Sentences. */
  readonly about: string;
}

export const groups = {
  server: 'Server',
  secrets: 'Secrets',
  storage: 'Storage',
  limits: 'Limits',
} as const;
export type Group = keyof typeof groups;

const day = 86_400;
const mebibyte = 1024 ** 2;

const server = {
  port: option('server', 'PORT', integer('PORT', 0, 65_535), '8787', 'Port to listen on; 0 takes any free one.'),
  host: option(
    'server',
    'WAYBILL_HOST',
    text('HOST', 'a host name or an IP address', /^[A-Za-z0-9.:_-]{1,255}$/),
    '127.0.0.1',
    'Address to listen on. 0.0.0.0 or :: for every interface; not with --dev.',
  ),
  data: option(
    'server',
    'WAYBILL_DATA',
    text('DIR', 'a folder', /^[^\0]+$/),
    './data',
    'Folder of the SQLite file and of the objects. Made when it is not there.',
  ),
  dev: option(
    'server',
    'WAYBILL_DEV',
    yesOrNo,
    'false',
    'Development mode: `Bearer <user id>` is that user and `Bearer admin` the administrator, no secret has to be ' +
      'set, and the server listens on loopback only.',
  ),
  workers: option(
    'server',
    'WAYBILL_WORKERS',
    list(choice('images'), 'a comma-separated list of: images'),
    null,
    "Workers to run in the server's own process. `images` does the work of image sets on this machine.",
  ),
  publicUrl: option(
    'server',
    'PUBLIC_URL',
    httpUrl,
    null,
    'Where clients and workers reach this server, when that is not where it listens.',
  ),
  allowedOrigins: option(
    'server',
    'ALLOWED_ORIGINS',
    list(origin, 'a comma-separated list of origins such as https://shop.example, or *'),
    null,
    'Web pages whose scripts may call this server (CORS).',
  ),
  trustProxy: option(
    'server',
    'TRUST_PROXY',
    yesOrNo,
    'false',
    'Whether clients reach this server through a proxy only: then their address is the last one in its ' +
      'X-Forwarded-For header.',
  ),
  verifyUploads: option(
    'server',
    'VERIFY_UPLOADS',
    yesOrNo,
    'false',
    'Look whether every file is there when an upload is confirmed, also when the request does not ask for it.',
  ),
  webhookAllowPrivate: option(
    'server',
    'WEBHOOK_ALLOW_PRIVATE',
    yesOrNo,
    'false',
    'Whether webhooks may be sent to this machine and to private networks. Whoever may submit tasks can then make ' +
      'the server speak to what is reachable from it alone.',
  ),
  logLevel: option(
    'server',
    'LOG_LEVEL',
    choice('debug', 'info', 'warn', 'error'),
    'info',
    'The least that is logged.',
  ),
};

const secrets = {
  jwtSecret: hidden(
    'secrets',
    'JWT_SECRET',
    secret(32),
    'Signs (HS256) the tokens of logins, and checks those and the ones that other programs sign with it. ' +
      'Required without --dev, where each start makes its own unless it is set.',
  ),
  callbackSecrets: hidden(
    'secrets',
    'GPU_CALLBACK_SECRET',
    list(secret(16), 'one or more secrets of at least 16 characters, comma-separated'),
    'What workers prove themselves by. To rotate it, put the new one before the old one, and drop the old one once ' +
      'every worker has the new one. Required without --dev, where it is `dev-callback-secret` unless set.',
  ),
  objectsSecret: hidden(
    'secrets',
    'OBJECTS_SECRET',
    secret(16),
    'Signs the object URLs of OBJECTS=filesystem. Unless set, one is made and kept in the data folder.',
  ),
};

const storage = {
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

const limits = {
  uploadTimeLimitSeconds: option(
    'limits',
    'UPLOAD_TIME_LIMIT_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '86400',
    'How long a job waits for its upload to be confirmed and to be executed before it expires.',
  ),
  executionTimeLimitSeconds: option(
    'limits',
    'EXECUTION_TIME_LIMIT_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '21600',
    'How long a job may take once it is executed; items without a result by then have failed.',
  ),
  resultUrlSeconds: option(
    'limits',
    'RESULT_URL_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '3600',
    'How long a URL of a result is good.',
  ),
  maxUploadBytes: option(
    'limits',
    'MAX_UPLOAD_BYTES',
    integer('BYTES', 1, 5 * 1024 * mebibyte),
    '52428800',
    'Largest photo (50 MiB).',
  ),
  maxBodyBytes: option(
    'limits',
    'MAX_BODY_BYTES',
    integer('BYTES', 1024, 100 * mebibyte),
    '1048576',
    'Largest request to the API (1 MiB).',
  ),
  maxDeliveries: option(
    'limits',
    'MAX_DELIVERIES',
    integer('COUNT', 1, 100),
    '5',
    'How often a job is handed to a worker that does not come back before its items have failed.',
  ),
  retentionDays: option(
    'limits',
    'RETENTION_DAYS',
    integer('DAYS', 0, 3_650),
    '30',
    'How long tasks that have ended are kept, with their events and logs, and webhook deliveries; 0 keeps them for ' +
      'ever.',
  ),
  sessionHours: option(
    'limits',
    'SESSION_HOURS',
    integer('HOURS', 1, 8_760),
    '12',
    'How long a login with a password is good.',
  ),
  shutdownSeconds: option(
    'limits',
    'SHUTDOWN_SECONDS',
    integer('SECONDS', 0, 3_600),
    '30',
    'How long a server that is told to stop waits for what is under way.',
  ),
};

export const options = { ...server, ...secrets, ...storage, ...limits };
export type OptionName = keyof typeof options;

/** Undefined: neither set nor given a default. */
export type OptionValues = {
  readonly [Name in OptionName]: (typeof options)[Name] extends Option<infer T> ? T | undefined : never;
};

function option<T>(group: Group, env: string, value: Value<T>, standard: string | null, about: string): Option<T> {
  const flag = env
    .replace(/^WAYBILL_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  return { env, flag, value, default: standard, secret: false, group, about };
}

function hidden<T>(group: Group, env: string, value: Value<T>, about: string): Option<T> {
  return { env, flag: null, value, default: null, secret: true, group, about };
}
