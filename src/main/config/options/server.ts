import { option } from './option.ts';
import { choice, httpUrl, integer, list, origin, text, yesOrNo } from '../values.ts';

export const serverOptions = {
  port: option('server', 'PORT', integer('PORT', 0, 65_535), '8787', 'Port to listen on; 0 picks a free one.'),
  host: option(
    'server',
    'WAYBILL_HOST',
    text('HOST', 'a host name or an IP address', /^[A-Za-z0-9.:_-]{1,255}$/),
    '127.0.0.1',
    'Address to listen on; 0.0.0.0 or :: for all interfaces. Must be a loopback address with --dev.',
  ),
  data: option(
    'server',
    'WAYBILL_DATA',
    text('DIR', 'a folder', /^[^\0]+$/),
    './data',
    'Folder for the SQLite database and the objects. Created if it does not exist.',
  ),
  dev: option(
    'server',
    'WAYBILL_DEV',
    yesOrNo,
    'false',
    'Development mode: `Bearer <user id>` authenticates as that user, `Bearer admin` as administrator; no secrets ' +
      'are required, and the server listens on loopback only.',
  ),
  console: option(
    'server',
    'WAYBILL_CONSOLE',
    yesOrNo,
    'true',
    'Serve the console, the web pages at `/`.',
  ),
  workers: option(
    'server',
    'WAYBILL_WORKERS',
    list(choice('images', 'pipeline'), 'a comma-separated list of: images, pipeline'),
    null,
    'Workers to run inside the server. `images` processes image sets on this machine. `pipeline` does the steps of ' +
      'product images, and needs a shop (SHOPIFY_STORE_DOMAIN): see docs/guides/product-images.md.',
  ),
  segmentModel: option(
    'server',
    'SEGMENT_MODEL',
    text('FILE', 'a file', /^[^\0]+$/),
    null,
    'A segmentation model (ONNX) of your own that finds the subjects of photos, for --workers images and `worker ' +
      'images`; FILE.json beside it describes it where necessary. See docs/guides/segmentation-models.md. Default: ' +
      'the built-in one.',
  ),
  modelRuntime: option(
    'server',
    'MODEL_RUNTIME',
    choice('auto', 'wasm', 'native'),
    'auto',
    'What runs the models: `wasm` (WebAssembly), or `native`, which is faster and needs the package ' +
      'onnxruntime-node. `auto` is native where that package is installed.',
  ),
  publicUrl: option(
    'server',
    'PUBLIC_URL',
    httpUrl,
    null,
    'URL at which clients and workers reach this server, if it differs from the address that it listens on.',
  ),
  allowedOrigins: option(
    'server',
    'ALLOWED_ORIGINS',
    list(origin, 'a comma-separated list of origins such as https://shop.example, or *'),
    null,
    'Origins whose web pages may call this server (CORS).',
  ),
  trustProxy: option(
    'server',
    'TRUST_PROXY',
    yesOrNo,
    'false',
    'Set it if all clients connect through a proxy: their address is then the last one in its X-Forwarded-For ' +
      'header, or metadata of gRPC.',
  ),
  verifyUploads: option(
    'server',
    'VERIFY_UPLOADS',
    yesOrNo,
    'false',
    'Always check that the files exist when an upload is confirmed, even if the request does not ask for it.',
  ),
  webhookAllowPrivate: option(
    'server',
    'WEBHOOK_ALLOW_PRIVATE',
    yesOrNo,
    null,
    'Allows webhooks to this machine and to private networks. Default: only with --dev. It lets everyone who can ' +
      'submit tasks send requests to services that only the server can reach, and see how their answers begin.',
  ),
  logLevel: option(
    'server',
    'LOG_LEVEL',
    choice('debug', 'info', 'warn', 'error'),
    'info',
    'Minimum level that is logged.',
  ),
  logFormat: option(
    'server',
    'LOG_FORMAT',
    choice('auto', 'json', 'text'),
    'auto',
    'Format of the log: JSON lines, text, or auto, which is text on a terminal and JSON otherwise.',
  ),
};
