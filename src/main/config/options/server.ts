import { option } from './option.ts';
import { choice, httpUrl, integer, list, origin, text, yesOrNo } from '../values.ts';

export const serverOptions = {
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
    null,
    'Whether webhooks may be sent to this machine and to private networks: as with --dev unless set. Whoever may ' +
      'submit tasks can then make the server speak to what is reachable from it alone.',
  ),
  logLevel: option(
    'server',
    'LOG_LEVEL',
    choice('debug', 'info', 'warn', 'error'),
    'info',
    'The least that is logged.',
  ),
  logFormat: option(
    'server',
    'LOG_FORMAT',
    choice('auto', 'json', 'text'),
    'auto',
    'How the log is written: JSON lines, text for people, or text on a terminal and JSON anywhere else.',
  ),
};
