import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { greyProfile, isProfileOf, rgbProfile, srgbPrimaries, type Curve, type Primaries } from './icc.ts';

/** PNG (W3C, third edition), as far as it is understood before the decoder. */

interface Chunk {
  readonly name: string;
  readonly data: Buffer;
  /** Where it begins and ends in the file. */
  readonly start: number;
  readonly end: number;
}

const SIGNATURE = 8;
const MOST_PROFILE_BYTES = 16 * 2 ** 20;

/** Chunks in front of the pixels, and the one with which they begin. */
function headOf(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = SIGNATURE; start + 12 <= file.length; ) {
    const length = file.readUInt32BE(start);
    const name = file.toString('latin1', start + 4, start + 8);
    const end = start + 12 + length;
    if (end > file.length && name !== 'IDAT') break;
    chunks.push({ name, data: file.subarray(start + 8, end - 4), start, end });
    if (name === 'IDAT' || name === 'IEND') break;
    start = end;
  }
  return chunks;
}

/** Whether more than a still picture is in the file. One frame that is the default image is a still picture. */
export function isAnimatedPng(file: Buffer): boolean {
  const chunks = headOf(file);
  const control = chunks.find(({ name }) => name === 'acTL');
  if (control === undefined) return false;
  const isFrame = chunks.some(({ name }) => name === 'fcTL');
  return !(control.data.length >= 4 && control.data.readUInt32BE() === 1 && isFrame);
}

/**
 * The file with its colour space told in one way, by a profile, or not at all where it is sRGB. In the order of
 * precedence of the specification: cICP, iCCP, sRGB, gAMA with cHRM. What is broken or does not fit is passed over.
 */
export function withColourAsProfile(file: Buffer): Buffer {
  const chunks = headOf(file);
  const [header] = chunks;
  if (header?.name !== 'IHDR' || header.data.length < 10) return file;
  const isGrey = (header.data[9]! & 2) === 0;
  const colour = chunks.filter(({ name }) => ['cICP', 'iCCP', 'sRGB', 'gAMA', 'cHRM'].includes(name));
  if (colour.length === 0) return file;
  const find = (name: string): Buffer | undefined => colour.find((chunk) => chunk.name === name)?.data;
  const profile = profileIn(find, isGrey);
  const parts = [file.subarray(0, header.end)];
  if (profile !== null) parts.push(profileChunk(profile));
  let at = header.end;
  for (const { start, end } of colour) {
    parts.push(file.subarray(at, start));
    at = end;
  }
  return Buffer.concat([...parts, file.subarray(at)]);
}

type Find = (name: string) => Buffer | undefined;

/** Null for sRGB. */
function profileIn(find: Find, isGrey: boolean): Buffer | null {
  const [cicp, iccp] = [find('cICP'), find('iCCP')];
  const codes = cicp === undefined ? undefined : codePoints(cicp);
  if (codes !== undefined) return codes === null ? null : profileFor(codes.primaries, codes.curve, isGrey);
  const embedded = iccp === undefined ? undefined : inflated(iccp);
  if (embedded !== undefined && isProfileOf(embedded, isGrey ? 'GRAY' : 'RGB ')) return embedded;
  if (find('sRGB') !== undefined) return null;
  const [gama, chrm] = [find('gAMA'), find('cHRM')];
  const gamma = gama === undefined || gama.length < 4 ? 0 : gama.readUInt32BE();
  const primaries = chrm === undefined || chrm.length < 32 ? srgbPrimaries : primariesIn(chrm);
  // 1/2.2 stands for sRGB's curve, by the specification.
  const curve = gamma === 0 || Math.abs(gamma - 45_455) <= 1 ? 'srgb' : 100_000 / gamma;
  return profileFor(primaries, curve, isGrey);
}

function profileFor(primaries: Primaries, curve: Curve, isGrey: boolean): Buffer | null {
  if (typeof curve === 'number' && !(curve > 0.1 && curve < 10)) return null;
  if (isGrey) return curve === 'srgb' ? null : greyProfile(curve);
  const near = Object.entries(srgbPrimaries).every(([name, point]: [string, readonly number[]]) =>
    point.every((value, axis) => Math.abs(value - primaries[name as keyof Primaries][axis]!) < 0.001));
  return near && curve === 'srgb' ? null : rgbProfile(primaries, curve);
}

function primariesIn(chrm: Buffer): Primaries {
  const point = (index: number) =>
    [chrm.readUInt32BE(index * 8) / 100_000, chrm.readUInt32BE(index * 8 + 4) / 100_000] as const;
  return { white: point(0), red: point(1), green: point(2), blue: point(3) };
}

const { white } = srgbPrimaries;
/** ITU-T H.273, tables 2 and 3. */
const codedPrimaries: Readonly<Record<number, Primaries>> = {
  1: srgbPrimaries,
  9: { white, red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046] },
  12: { white, red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] },
};
const codedCurves: Readonly<Record<number, Curve>> = {
  1: 'srgb', 4: 2.2, 5: 2.8, 6: 'srgb', 8: 1, 13: 'srgb', 14: 'srgb', 15: 'srgb',
};

/** Of primaries and a curve by their numbers in ITU-T H.273; null for sRGB, and for what is not known here. */
export function profileOfCodes(primaries: number, curve: number): Buffer | null {
  const known = codePoints(Uint8Array.of(primaries, curve));
  return known === undefined ? null : profileFor(known.primaries, known.curve, false);
}

/** A PNG that says nothing of its colours, with a profile. */
export function withProfile(file: Buffer, profile: Buffer): Buffer {
  const [header] = headOf(file);
  const end = header?.end ?? SIGNATURE;
  return Buffer.concat([file.subarray(0, end), profileChunk(profile), file.subarray(end)]);
}

const profileChunk = (profile: Buffer): Buffer =>
  chunk('iCCP', Buffer.concat([Buffer.from('colour\0\0'), deflateSync(profile)]));

/** Undefined where the code points are not known here, such as those of HDR. */
function codePoints(cicp: Uint8Array): { readonly primaries: Primaries; readonly curve: Curve } | undefined {
  const [primaries, curve] = [codedPrimaries[cicp[0] ?? 0], codedCurves[cicp[1] ?? 0]];
  return primaries === undefined || curve === undefined ? undefined : { primaries, curve };
}

function inflated(iccp: Buffer): Buffer | undefined {
  const name = iccp.indexOf(0);
  if (name === -1) return undefined;
  try {
    return inflateSync(iccp.subarray(name + 2), { maxOutputLength: MOST_PROFILE_BYTES });
  } catch {
    return undefined;
  }
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const out = Buffer.alloc(8 + body.length);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), 4 + body.length);
  return out;
}
