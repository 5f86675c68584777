import { crc32, deflateSync } from 'node:zlib';

/** Files written byte by byte, as no encoder at hand writes them. */

export function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const out = Buffer.alloc(8 + data.length + 4);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), 8 + data.length);
  return out;
}

export interface PngOptions {
  readonly depth?: 1 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly type?: 0 | 2 | 3 | 4 | 6;
  /** Samples of each pixel, of 8 bits; widened where the depth is 16. */
  readonly pixel?: readonly number[];
  readonly width?: number;
  readonly height?: number;
  /** Chunks between the header and the pixels. */
  readonly extra?: readonly Buffer[];
}

/** A PNG of one colour, 64 x 64 unless it is told otherwise. */
export function png({ depth = 8, type = 0, pixel = [0], width = 64, height = 64, extra = [] }: PngOptions): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, type, 0, 0, 0], 8);
  const samples = depth === 16 ? pixel.flatMap((value) => [value, value]) : [...pixel];
  const rowBytes = depth === 1 ? Math.ceil(width / 8) : width * samples.length;
  const row = Buffer.alloc(1 + rowBytes, Buffer.from(samples));
  row.copyWithin(1, 0, rowBytes);
  row[0] = 0;
  const rows = deflateSync(Buffer.alloc(row.length * height, row), { level: 9 });
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature, chunk('IHDR', header), ...extra, chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0)),
  ]);
}

export function numbers(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => out.writeUInt32BE(value, index * 4));
  return out;
}

export const iccp = (profile: Uint8Array): Buffer =>
  chunk('iCCP', Buffer.concat([Buffer.from('a name\0\0'), deflateSync(profile)]));

const segment = (marker: number, data: Buffer): Buffer => {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
};

/**
 * A baseline JPEG, 64 x 64, of one colour. `stored` are the bytes as the file has them, one for each component;
 * `adobe` is the transform that Adobe's marker names, null for a file without one.
 */
export function jpeg(stored: readonly number[], adobe: number | null, profile?: Uint8Array): Buffer {
  const components = stored.flatMap((_, index) => [index + 1, 0x11, 0]);
  const scan = stored.flatMap((_, index) => [index + 1, 0]);
  // Difference categories 0 to 8 have codes of 4 bits, and a block's end has the one code of 1 bit.
  const dc = [0x00, 0, 0, 0, 9, ...Array<number>(12).fill(0), ...Array(9).keys()];
  const ac = [0x10, 1, ...Array<number>(15).fill(0), 0];
  let bits = '';
  const last = stored.map(() => 0);
  for (let block = 0; block < 64; block += 1) {
    stored.forEach((value, index) => {
      const difference = value - 128 - last[index]!;
      last[index] = value - 128;
      const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
      const code = difference < 0 ? difference + 2 ** size - 1 : difference;
      bits += size.toString(2).padStart(4, '0') + (size === 0 ? '' : code.toString(2).padStart(size, '0')) + '0';
    });
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = (bits.match(/.{8}/g) ?? []).flatMap((byte) => {
    const value = Number.parseInt(byte, 2);
    return value === 0xff ? [0xff, 0] : [value];
  });
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...(adobe === null ? [] : [segment(0xee, Buffer.from([...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, adobe]))]),
    ...(profile === undefined ? [] : [segment(0xe2, Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01'), profile]))]),
    segment(0xdb, Buffer.from([0, ...Array<number>(64).fill(8)])),
    segment(0xc0, Buffer.from([8, 0, 64, 0, 64, stored.length, ...components])),
    segment(0xc4, Buffer.from(dc)),
    segment(0xc4, Buffer.from(ac)),
    segment(0xda, Buffer.from([stored.length, ...scan, 0, 63, 0])),
    Buffer.from(bytes),
    Buffer.from([0xff, 0xd9]),
  ]);
}
