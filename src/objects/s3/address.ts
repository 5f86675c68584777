/** Where the bucket is. */
import { encodeKey } from './sigv4.ts';

export interface BucketAddress {
  /** "https://host[:port]", to be signed as the host. */
  readonly origin: string;
  /** The path of an object, or of the bucket itself when the key is null. Escaped. */
  path(key: string | null): string;
  /** `s3://bucket/key`, escaped. */
  uri(key: string): string;
}

/**
 * `endpoint` may have a path of its own. Path style is `<endpoint>/<bucket>/<key>`, the other one
 * `https://<bucket>.<host>/<key>`. Throws TypeError for what cannot be an endpoint or a bucket.
 */
export function bucketAddress(endpoint: string, bucket: string, forcePathStyle: boolean): BucketAddress {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) {
    throw new TypeError(
      `the S3 bucket name ${JSON.stringify(bucket)} is not valid: use 3 to 63 letters, digits, . _ -`,
    );
  }
  const url = parseEndpoint(endpoint);
  const base = url.pathname.replace(/\/+$/, '');
  const uri = (key: string): string => `s3://${bucket}/${encodeKey(key)}`;
  if (forcePathStyle) {
    const folder = `${base}/${bucket}`;
    return { origin: url.origin, path: (key) => (key === null ? folder : `${folder}/${encodeKey(key)}`), uri };
  }
  const origin = `${url.protocol}//${bucket}.${url.host}`;
  return { origin, path: (key) => (key === null ? `${base}/` : `${base}/${encodeKey(key)}`), uri };
}

function parseEndpoint(endpoint: string): URL {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw new TypeError(`the S3 endpoint ${JSON.stringify(endpoint)} is not a URL`);
  }
  const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!/^https?:$/.test(url.protocol) || !plain) {
    throw new TypeError(`the S3 endpoint must be an http or https URL without a query or credentials: ${url.origin}`);
  }
  return url;
}
