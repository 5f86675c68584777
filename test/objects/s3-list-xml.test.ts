import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseError, parseListAnswer } from '../../src/objects/s3/list-xml.ts';

const entry = (key: string) =>
  `<Contents><Key>${key}</Key><LastModified>2026-11-22T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>` +
  '<Size>5</Size><StorageClass>STANDARD</StorageClass><Owner><ID>x</ID></Owner></Contents>';
const answer = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
  `<Name>b</Name><Prefix>p</Prefix>${inside}</ListBucketResult>`;
const keysOf = (xml: string) => parseListAnswer(xml).objects.map((object) => object.key);
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeXml = (text: string) => text.replace(/[&<>]/g, (character) => entities[character] ?? '');

describe("S3's list", () => {
  it('is read with its keys, sizes, dates and the next page', () => {
    const token = '<NextContinuationToken>a/&amp;=</NextContinuationToken>';
    const inside = `<IsTruncated>true</IsTruncated>${token}${entry('k')}`;
    expect(parseListAnswer(answer(inside))).toEqual({
      objects: [{ key: 'k', size: 5, modifiedAt: Date.UTC(2026, 10, 22) }],
      nextToken: 'a/&=',
    });
  });

  it('ends where it says so, whatever token it contains', () => {
    const token = '<NextContinuationToken>x</NextContinuationToken>';
    expect(parseListAnswer(answer(`<IsTruncated>false</IsTruncated>${token}`)).nextToken).toBeNull();
    expect(parseListAnswer(answer('<Contents/>'))).toEqual({ objects: [], nextToken: null });
  });

  it('has its keys unescaped as AWS, others, and servers that do not escape write them', () => {
    const encoded = '<EncodingType>url</EncodingType>';
    expect(keysOf(answer(`${encoded}${entry('a+b%2Bc%20d%26/%F0%9F%94%91')}`))).toEqual(['a b+c d&/🔑']);
    expect(keysOf(answer(entry('a+b%20&amp;lt;&#128273;&#x1F511;&apos;')))).toEqual(["a+b%20&lt;🔑🔑'"]);
  });

  it('gives any key back that was escaped into it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), (keys) => {
        const plain = keys.filter((key) => !/[\u0000-\u001f]/.test(key));
        expect(keysOf(answer(plain.map((key) => entry(escapeXml(key))).join('')))).toEqual(plain);
        const escaped = keys.map((key) => entry(encodeURIComponent(key))).join('');
        expect(keysOf(answer(`${escaped}<EncodingType>url</EncodingType>`))).toEqual(keys);
      }),
    );
  });

  it('does not let a key pretend to be another part of the list', () => {
    const key = escapeXml('</Key></Contents><IsTruncated>true</IsTruncated>');
    expect(parseListAnswer(answer(entry(key)))).toMatchObject({ nextToken: null, objects: [{ size: 5 }] });
    expect(keysOf(answer(entry('IsTruncated')))).toEqual(['IsTruncated']);
  });

  it.each([
    ['nothing', ''],
    ['a page of something else', '<html></html>'],
    ['a list cut short', answer(entry('k')).slice(0, -5)],
    ['an object without size', answer('<Contents><Key>k</Key></Contents>')],
    ['a size that is none', answer(entry('k').replace('<Size>5', '<Size>-5'))],
    ['more to come without a token', answer('<IsTruncated>true</IsTruncated>')],
    ['a key that is escaped badly', answer(`<EncodingType>url</EncodingType>${entry('%zz')}`)],
  ])('is refused when it is %s', (_, xml) => {
    expect(() => parseListAnswer(xml)).toThrow(SyntaxError);
  });

  it('expands nothing that a document declares', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>${answer(entry('&a;&f;'))}`;
    expect(keysOf(bomb)).toEqual(['&a;&f;']);
  });

  it('is read in time that grows with its length only', () => {
    // Of this thread: others of the machine take theirs.
    const begun = process.threadCpuUsage();
    expect(() => parseListAnswer('<ListBucketResult>'.repeat(200_000))).toThrow(SyntaxError);
    expect(() => parseListAnswer(answer('<Contents>'.repeat(300_000)))).not.toThrow();
    const { user, system } = process.threadCpuUsage(begun);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});

describe("S3's error", () => {
  it('has a code and a message, or is none', () => {
    const xml = '<Error><Code>NoSuchKey</Code><Message>&lt;gone&gt;</Message></Error>';
    expect(parseError(xml)).toEqual({ code: 'NoSuchKey', message: '<gone>' });
    expect(parseError('<html>502</html>')).toBeNull();
  });
});
