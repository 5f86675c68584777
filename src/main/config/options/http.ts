import { option } from './option.ts';
import { choice, integer } from '../values.ts';

const mebibyte = 1024 ** 2;

export const httpOptions = {
  metricsPort: option(
    'http',
    'METRICS_PORT',
    integer('PORT', 0, 65_535),
    null,
    'Separate port for `/metrics`, on the same address; 0 picks a free one. Default: the main port.',
  ),
  mcp: option(
    'http',
    'MCP',
    choice('on', 'read-only', 'off'),
    'on',
    'The Model Context Protocol at `POST /mcp`, for assistants and agents with a token (docs/guides/mcp.md). ' +
      '`read-only`: only tools that change nothing, whoever asks.',
  ),
  maxConnections: option(
    'http',
    'MAX_CONNECTIONS',
    integer('COUNT', 1, 1_000_000),
    '10000',
    'Maximum number of concurrent connections.',
  ),
  maxConnectionsPerAddress: option(
    'http',
    'MAX_CONNECTIONS_PER_ADDRESS',
    integer('COUNT', 0, 1_000_000),
    '1000',
    'Maximum number of concurrent connections from one IP address (IPv6: from one /64 network); with TRUST_PROXY, ' +
      'of concurrent requests from one address behind the proxy. 0: no limit.',
  ),
  maxRequestsPerUser: option(
    'http',
    'MAX_REQUESTS_PER_USER',
    integer('COUNT', 0, 1_000_000),
    '100',
    'Maximum number of concurrent requests of one user, not counting streams and long polls. 0: no limit.',
  ),
  maxWaitingPerUser: option(
    'http',
    'MAX_WAITING_PER_USER',
    integer('COUNT', 0, 1_000_000),
    '1000',
    'Maximum number of concurrent long polls of one user, such as those of workers. 0: no limit.',
  ),
  requestBodySeconds: option(
    'http',
    'REQUEST_BODY_SECONDS',
    integer('SECONDS', 1, 3_600),
    '30',
    'Timeout for receiving the body of an API request.',
  ),
  unreadAnswerSeconds: option(
    'http',
    'UNREAD_ANSWER_SECONDS',
    integer('SECONDS', 1, 3_600),
    '30',
    'How long a client may stop reading a response before its connection is closed; applies to event streams, too.',
  ),
  maxUnreadBytes: option(
    'http',
    'MAX_UNREAD_BYTES',
    integer('BYTES', mebibyte, 1024 ** 4),
    '268435456',
    'Memory for responses that clients have not read yet (256 MiB). Beyond it, the connections that have waited ' +
      'longest are closed.',
  ),
  maxUploads: option(
    'http',
    'MAX_UPLOADS',
    integer('COUNT', 1, 100_000),
    '256',
    'Maximum number of concurrent uploads to this server (OBJECTS=filesystem).',
  ),
  maxUploadsPerUser: option(
    'http',
    'MAX_UPLOADS_PER_USER',
    integer('COUNT', 1, 100_000),
    '32',
    'Maximum number of concurrent uploads for the image sets of one user, including results uploaded by workers.',
  ),
  uploadLeastBytesPerSecond: option(
    'http',
    'UPLOAD_LEAST_BYTES_PER_SECOND',
    integer('BYTES', 0, 1024 ** 3),
    '1024',
    'Slower uploads are aborted. 0: no minimum.',
  ),
  uploadGraceSeconds: option(
    'http',
    'UPLOAD_GRACE_SECONDS',
    integer('SECONDS', 1, 3_600),
    '10',
    'Period over which the upload speed is measured.',
  ),
};
