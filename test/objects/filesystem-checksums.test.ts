import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startObjectServer, type ObjectServer } from './filesystem-server.ts';

let server: ObjectServer;
beforeAll(async () => {
  server = await startObjectServer({});
});
afterAll(() => server.close());

const minute = { expiresInSeconds: 60 };
const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

/** Of "123456789": the check values of the catalogue of parametrised CRC algorithms, and digests by OpenSSL. */
const body = '123456789';
const right: Readonly<Record<string, string>> = {
  'Content-MD5': base64('25f9e794323b453885f5181f1b624d0b'),
  'x-amz-checksum-crc32': base64('cbf43926'),
  'x-amz-checksum-crc32c': base64('e3069283'),
  'x-amz-checksum-crc64nvme': base64('ae8b14860a799888'),
  'x-amz-checksum-sha1': base64('f7c3bc1d808e04732adf679965ccc34ca7ae3441'),
  'x-amz-checksum-sha256': base64('15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'),
  'x-amz-content-sha256': '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
};

let count = 0;
async function put(headers: Record<string, string>, contents: RequestInit['body'] = body) {
  const key = `checked/${(count += 1)}`;
  const response = await fetch(await server.objects.presignPut(key, minute), {
    method: 'PUT', body: contents, headers, duplex: 'half',
  } as RequestInit);
  const error = response.ok ? null : ((await response.json()) as { error: { message: string } }).error;
  const isStored = (await server.objects.head(key)) !== null;
  return { status: response.status, message: error?.message ?? null, isStored };
}

describe('an upload that says what it contains', () => {
  it.each(Object.entries(right))('is stored when %s is true of it', async (name, value) => {
    expect(await put({ [name]: value })).toEqual({ status: 200, message: null, isStored: true });
  });

  it.each(Object.entries(right))('is refused, and nothing is stored, when %s is not', async (name, value) => {
    const refused = await put({ [name]: value }, '123456780');
    expect(refused).toMatchObject({ status: 400, isStored: false });
    const code = name === 'x-amz-content-sha256' ? 'XAmzContentSHA256Mismatch' : 'BadDigest';
    expect(refused.message).toBe(
      `${code}: the body is not what its ${name.toLowerCase()} header says: upload it again`,
    );
    expect(await readdir(join(server.folder, 'incoming'))).toEqual([]);
  });

  it('is added up over all pieces in which it comes', async () => {
    const pieces = Array.from({ length: 40 }, (_, index) => new Uint8Array(4_099 + index).fill(index));
    const md5 = createHash('md5');
    for (const piece of pieces) md5.update(piece);
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const next = pieces.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(next);
      },
    });
    expect(await put({ 'Content-MD5': md5.digest('base64') }, stream)).toMatchObject({ status: 200, isStored: true });
  });

  it('may be empty', async () => {
    expect(await put({ 'x-amz-checksum-crc32': base64('00000000') }, '')).toMatchObject({ status: 200 });
    expect(await put({ 'x-amz-checksum-crc64nvme': base64('0000000000000000') }, '')).toMatchObject({ status: 200 });
  });

  it('does not replace an object when it is not what it says', async () => {
    const key = 'checked/kept';
    await server.objects.put(key, new TextEncoder().encode('first'), { contentType: 'text/plain' });
    const url = await server.objects.presignPut(key, minute);
    const headers = { 'Content-MD5': right['Content-MD5']! };
    const response = await fetch(url, { method: 'PUT', body: 'second', headers });
    expect(response.status).toBe(400);
    expect(await (await fetch(await server.objects.presignGet(key, minute))).text()).toBe('first');
  });

  it.each([
    ['Content-MD5', '25f9e794323b453885f5181f1b624d0b', 'InvalidDigest: content-md5 must be 16 bytes in base64'],
    ['Content-MD5', 'AAAA', 'InvalidDigest: content-md5 must be 16 bytes in base64'],
    ['x-amz-checksum-crc32', 'y/Q5Jg', 'InvalidRequest: x-amz-checksum-crc32 must be 4 bytes in base64'],
    ['x-amz-checksum-sha256', '', 'InvalidRequest: x-amz-checksum-sha256 must be 32 bytes in base64'],
    ['x-amz-checksum-md4', 'AAAA', 'InvalidRequest: x-amz-checksum-md4 is not a checksum that is known here'],
    ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'InvalidRequest: x-amz-content-sha256 must be a SHA-256 in hexadecimal, or UNSIGNED-PAYLOAD'],
  ])('is refused before it is read when %s is %j', async (name, value, message) => {
    expect(await put({ [name]: value })).toEqual({ status: 400, message, isStored: false });
  });

  it('has one x-amz-checksum- header only, and Content-MD5 beside it if it likes', async () => {
    const { 'x-amz-checksum-crc32': crc32 = '', 'x-amz-checksum-sha1': sha1 = '', 'Content-MD5': md5 = '' } = right;
    expect(await put({ 'x-amz-checksum-crc32': crc32, 'x-amz-checksum-sha1': sha1 })).toEqual({
      status: 400, message: 'InvalidRequest: there may be one x-amz-checksum- header only', isStored: false,
    });
    expect(await put({ 'x-amz-checksum-crc32': crc32, 'Content-MD5': md5 })).toMatchObject({ status: 200 });
  });

  it('may say that it does not say', async () => {
    expect(await put({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })).toMatchObject({ status: 200, isStored: true });
  });
});
