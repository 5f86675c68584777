/**
 * What an upload says of its own contents, checked as S3 does: Content-MD5, x-amz-content-sha256 and one of the
 * x-amz-checksum-* headers (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html). Problems begin with
 * S3's own code.
 */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Takes the contents piece by piece. */
export interface ContentChecks {
  update(bytes: Uint8Array): void;
  /** Of the first header that is not true of the contents; null when all are. Asked once, at the end. */
  problem(): string | null;
}

type Sum = Pick<ContentChecks, 'update'> & { digest(): Buffer };

const md5 = 'content-md5';
const contentSha256 = 'x-amz-content-sha256';
const sums: Readonly<Record<string, { readonly bytes: number; begin(): Sum }>> = {
  [md5]: { bytes: 16, begin: () => hashed(createHash('md5')) },
  'x-amz-checksum-crc32': { bytes: 4, begin: () => sumOf32((bytes, state) => crc32(bytes, state)) },
  'x-amz-checksum-crc32c': { bytes: 4, begin: () => sumOf32(crc32c) },
  'x-amz-checksum-crc64nvme': { bytes: 8, begin: crc64nvme },
  'x-amz-checksum-sha1': { bytes: 20, begin: () => hashed(createHash('sha1')) },
  'x-amz-checksum-sha256': { bytes: 32, begin: () => hashed(createHash('sha256')) },
};
/** Any of them may come with an upload. */
export const checksumHeaders: readonly string[] = [...Object.keys(sums), contentSha256];

/** The text of a problem that the headers have by themselves. */
export function checksIn(headers: Headers): ContentChecks | string {
  const expected: { readonly header: string; readonly digest: Buffer; readonly sum: Sum }[] = [];
  const unknown = [...headers.keys()].find((name) => name.startsWith('x-amz-checksum-') && !Object.hasOwn(sums, name));
  if (unknown !== undefined) return `InvalidRequest: ${unknown} is not a checksum that is known here`;
  if (Object.keys(sums).filter((header) => header !== md5 && headers.has(header)).length > 1) {
    return 'InvalidRequest: there may be one x-amz-checksum- header only';
  }
  for (const [header, { bytes, begin }] of Object.entries(sums)) {
    const value = headers.get(header);
    if (value === null) continue;
    const digest = Buffer.from(value, 'base64');
    if (digest.length !== bytes || digest.toString('base64') !== value) {
      return `${header === md5 ? 'InvalidDigest' : 'InvalidRequest'}: ${header} must be ${bytes} bytes in base64`;
    }
    expected.push({ header, digest, sum: begin() });
  }
  const sha256 = headers.get(contentSha256);
  if (sha256 !== null && sha256 !== 'UNSIGNED-PAYLOAD') {
    if (!/^[0-9a-f]{64}$/i.test(sha256)) {
      return `InvalidRequest: ${contentSha256} must be a SHA-256 in hexadecimal, or UNSIGNED-PAYLOAD`;
    }
    expected.push({ header: contentSha256, digest: Buffer.from(sha256, 'hex'), sum: hashed(createHash('sha256')) });
  }
  return {
    update: (bytes) => expected.forEach(({ sum }) => sum.update(bytes)),
    problem: () => {
      const wrong = expected.find(({ digest, sum }) => !sum.digest().equals(digest))?.header;
      if (wrong === undefined) return null;
      const code = wrong === contentSha256 ? 'XAmzContentSHA256Mismatch' : 'BadDigest';
      return `${code}: the body is not what its ${wrong} header says: upload it again`;
    },
  };
}

function hashed(hash: Hash): Sum {
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

function sumOf32(next: (bytes: Uint8Array, state: number) => number): Sum {
  let state = 0;
  return {
    update: (bytes) => void (state = next(bytes, state)),
    digest: () => {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(state);
      return out;
    },
  };
}

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const crc32cTable = Int32Array.from({ length: 256 }, (_, value) => {
  let entry = value;
  for (let bit = 0; bit < 8; bit += 1) entry = (entry & 1) === 1 ? (entry >>> 1) ^ 0x82f63b78 : entry >>> 1;
  return entry;
});

function crc32c(bytes: Uint8Array, before: number): number {
  let state = ~before;
  for (const byte of bytes) state = (state >>> 8) ^ crc32cTable[(state ^ byte) & 0xff]!;
  return ~state >>> 0;
}

/**
 * The polynomial of the NVM Express base specification, 2.0, 5.2.1.3.4, reflected; in two halves of 32 bits, since a
 * BigInt for each byte would take far longer.
 */
const [polynomialHigh, polynomialLow] = [0x9a6c9329, 0xac4bc9b5];
const crc64High = new Int32Array(256);
const crc64Low = new Int32Array(256);
for (let value = 0; value < 256; value += 1) {
  let [high, low] = [0, value];
  for (let bit = 0; bit < 8; bit += 1) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) [high, low] = [high ^ polynomialHigh, low ^ polynomialLow];
  }
  crc64High[value] = high;
  crc64Low[value] = low;
}

function crc64nvme(): Sum {
  let [high, low] = [-1, -1];
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ crc64Low[index]!;
        high = (high >>> 8) ^ crc64High[index]!;
      }
    },
    digest: () => {
      const out = Buffer.alloc(8);
      out.writeUInt32BE(~high >>> 0, 0);
      out.writeUInt32BE(~low >>> 0, 4);
      return out;
    },
  };
}
