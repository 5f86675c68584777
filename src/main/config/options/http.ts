import { option } from './option.ts';
import { integer } from '../values.ts';

const mebibyte = 1024 ** 2;

export const httpOptions = {
  metricsPort: option(
    'http',
    'METRICS_PORT',
    integer('PORT', 0, 65_535),
    null,
    'A port of its own for `/metrics`, on the same address; 0 takes any free one. Unless set, it is on the main port.',
  ),
  maxConnections: option(
    'http',
    'MAX_CONNECTIONS',
    integer('COUNT', 1, 1_000_000),
    '10000',
    'Connections at once.',
  ),
  maxConnectionsPerAddress: option(
    'http',
    'MAX_CONNECTIONS_PER_ADDRESS',
    integer('COUNT', 0, 1_000_000),
    '1000',
    'Connections at once of one IP address (of IPv6: of one network of 64 bits); with TRUST_PROXY, requests at once ' +
      'of one address behind the proxy. 0: no limit.',
  ),
  maxRequestsPerUser: option(
    'http',
    'MAX_REQUESTS_PER_USER',
    integer('COUNT', 0, 1_000_000),
    '100',
    'Requests at once of one user, streams and long polls left out. 0: no limit.',
  ),
  maxWaitingPerUser: option(
    'http',
    'MAX_WAITING_PER_USER',
    integer('COUNT', 0, 1_000_000),
    '1000',
    'Long polls at once of one user, as workers ask for tasks. 0: no limit.',
  ),
  requestBodySeconds: option(
    'http',
    'REQUEST_BODY_SECONDS',
    integer('SECONDS', 1, 3_600),
    '30',
    'How long the body of a request to the API may take to come.',
  ),
  unreadAnswerSeconds: option(
    'http',
    'UNREAD_ANSWER_SECONDS',
    integer('SECONDS', 1, 3_600),
    '30',
    'How long a client may read nothing of an answer before its connection is cut; streams of events included.',
  ),
  maxUnreadBytes: option(
    'http',
    'MAX_UNREAD_BYTES',
    integer('BYTES', mebibyte, 1024 ** 4),
    '268435456',
    'Memory for answers that clients have not read yet (256 MiB): beyond it, those that wait longest are cut.',
  ),
  maxUploads: option(
    'http',
    'MAX_UPLOADS',
    integer('COUNT', 1, 100_000),
    '256',
    'Uploads to this server at once (OBJECTS=filesystem).',
  ),
  maxUploadsPerUser: option(
    'http',
    'MAX_UPLOADS_PER_USER',
    integer('COUNT', 1, 100_000),
    '32',
    "Those of one user's sets, the results that workers upload included.",
  ),
  uploadLeastBytesPerSecond: option(
    'http',
    'UPLOAD_LEAST_BYTES_PER_SECOND',
    integer('BYTES', 0, 1024 ** 3),
    '1024',
    'An upload that is slower is broken off. 0: any speed will do.',
  ),
  uploadGraceSeconds: option(
    'http',
    'UPLOAD_GRACE_SECONDS',
    integer('SECONDS', 1, 3_600),
    '10',
    'The stretch of time over which that speed is measured.',
  ),
};
