/** Vectors: Amazon S3 API Reference, "Signature calculations … examples" and "… query parameters". */
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectKeyProblem } from '../../src/domain/object-key.ts';
import { createS3Objects } from '../../src/objects/s3/index.ts';
import { createSigV4Signer, encodeKey, type CanonicalRequest } from '../../src/objects/s3/sigv4.ts';

const credentials = {
  region: 'us-east-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const at = Date.UTC(2013, 4, 24);
const host = 'examplebucket.s3.amazonaws.com';
const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const stamped = { host, 'x-amz-content-sha256': ofNothing, 'x-amz-date': '20130524T000000Z' };

describe('the SigV4 signer agrees with the published examples', () => {
  it('for a presigned GET', async () => {
    const objects = createS3Objects({
      ...credentials,
      endpoint: 'https://s3.amazonaws.com',
      bucket: 'examplebucket',
      forcePathStyle: false,
      clock: { now: () => at },
    });
    expect(await objects.presignGet('test.txt', { expiresInSeconds: 86_400 })).toBe(
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
        '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  const examples: [string, CanonicalRequest, string][] = [
    [
      'a GET of a part',
      {
        method: 'GET',
        path: '/test.txt',
        query: [],
        headers: { ...stamped, range: 'bytes=0-9' },
        payloadHash: ofNothing,
      },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'a PUT of a key that is escaped',
      {
        method: 'PUT',
        path: `/${encodeKey('test$file.text')}`,
        query: [],
        headers: {
          ...stamped,
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        },
        payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'a query parameter without value',
      { method: 'GET', path: '/', query: [['lifecycle', '']], headers: stamped, payloadHash: ofNothing },
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'a list',
      {
        method: 'GET',
        path: '/',
        query: [
          ['prefix', 'J'],
          ['max-keys', '2'],
        ],
        headers: stamped,
        payloadHash: ofNothing,
      },
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ];

  it.each(examples)('for %s', async (_, request, signature) => {
    expect(await createSigV4Signer(credentials).signature(request, at)).toBe(signature);
  });
});

describe('the SigV4 signer', () => {
  const day = 86_400_000;
  const anyText = (unit: 'grapheme' | 'grapheme-ascii') => fc.string({ unit, minLength: 1, maxLength: 40 });

  it('agrees with the definition for any key, time, type and length, also many at once', async () => {
    const signer = createSigV4Signer(credentials);
    const request = fc.record({
      key: fc.oneof(anyText('grapheme'), anyText('grapheme-ascii')).filter((key) => objectKeyProblem(key) === null),
      at: fc.integer({ min: at, max: at + 40 * day }),
      type: fc.option(fc.constantFrom('image/png', 'text/plain; charset=utf-8', 'a  b'), { nil: undefined }),
      length: fc.option(fc.nat(), { nil: undefined }),
      expiresInSeconds: fc.integer({ min: 1, max: 604_800 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 6 }), async (requests) => {
        const signed = await Promise.all(
          requests.map((one) =>
            signer.presign({
              method: 'PUT',
              origin: 'http://127.0.0.1:9000',
              path: `/bucket/${encodeKey(one.key)}`,
              headers: {
                ...(one.type === undefined ? {} : { 'content-type': one.type }),
                ...(one.length === undefined ? {} : { 'content-length': String(one.length) }),
              },
              expiresInSeconds: one.expiresInSeconds,
              at: one.at,
            }),
          ),
        );
        for (const [index, url] of signed.entries()) {
          const { key, type, length, at: signedAt } = requests[index] as (typeof requests)[number];
          expect(decodeURIComponent(new URL(url).pathname)).toBe(`/bucket/${key}`);
          expect(url).toMatch(/^[\w:/.~%?&=-]+$/);
          const stamp = new Date(Math.floor(signedAt / 1000) * 1000).toISOString().replace(/[-:]|\.000/g, '');
          expect(new URL(url).searchParams.get('X-Amz-Date')).toBe(stamp);
          expect(new URL(url).searchParams.get('X-Amz-Signature')).toBe(byDefinition(url, { type, length }));
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([0, 604_801, 1.5, Number.NaN])('refuses an expiry of %d seconds', async (expiresInSeconds) => {
    const request = { method: 'GET', origin: 'https://s3.test', path: '/b/k', expiresInSeconds, at };
    await expect(createSigV4Signer(credentials).presign(request)).rejects.toThrow(/604800/);
  });
});

/** The signature as the reference defines it, from the finished URL, with nothing shared with the signer. */
function byDefinition(url: string, sent: { type: string | undefined; length: number | undefined }): string {
  const [address = '', query = ''] = url.split('?');
  const parameters = query.split('&').filter((pair) => !pair.startsWith('X-Amz-Signature='));
  const value = (name: string) => new URLSearchParams(query).get(name) ?? '';
  const headers = [
    ...(sent.length === undefined ? [] : [`content-length:${sent.length}`]),
    ...(sent.type === undefined ? [] : [`content-type:${sent.type.replace(/ +/g, ' ')}`]),
    'host:127.0.0.1:9000',
  ];
  const canonical = [
    'PUT',
    address.slice('http://127.0.0.1:9000'.length),
    parameters.toSorted().join('&'),
    ...headers,
    '',
    headers.map((header) => header.split(':')[0]).join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const scope = value('X-Amz-Credential').slice(credentials.accessKeyId.length + 1);
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', value('X-Amz-Date'), scope, hash].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${credentials.secretAccessKey}`,
    );
  return createHmac('sha256', key).update(text).digest('hex');
}
