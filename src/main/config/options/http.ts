import { option } from './option.ts';
import { integer } from '../values.ts';

export const httpOptions = {
  metricsPort: option(
    'http',
    'METRICS_PORT',
    integer('PORT', 0, 65_535),
    null,
    'A port of its own for `/metrics`, on the same address; 0 takes any free one. Unless set, it is on the main port.',
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
