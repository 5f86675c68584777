import { profileOfCodes } from './png.ts';

/** AVIF (ISO/IEC 23000-22, on 23008-12 and 14496-12), as far as it is understood beside the decoder. */

export interface AvifColour {
  /** Of the colour space that numbers name; null for sRGB, and where the file has a profile of its own. */
  readonly profile: Buffer | null;
  /** Its light is coded for screens of more than the usual brightness. */
  readonly isHdr: boolean;
  /** What is shown is a part of what is coded. */
  readonly isCropped: boolean;
  /** Its colours were multiplied by its alpha. */
  readonly isPremultiplied: boolean;
}

interface Box {
  readonly type: string;
  readonly data: Buffer;
}

/** The boxes in a buffer, until one does not fit in it. */
function* boxesIn(buffer: Buffer, from = 0): Generator<Box> {
  for (let at = from; at + 8 <= buffer.length; ) {
    const type = buffer.toString('latin1', at + 4, at + 8);
    let [size, head] = [buffer.readUInt32BE(at), 8];
    if (size === 1 && at + 16 <= buffer.length) [size, head] = [Number(buffer.readBigUInt64BE(at + 8)), 16];
    if (size === 0) size = buffer.length - at;
    if (size < head || at + size > buffer.length) return;
    yield { type, data: buffer.subarray(at + head, at + size) };
    at += size;
  }
}

const boxOf = (buffer: Buffer, type: string, from = 0): Buffer | undefined =>
  [...boxesIn(buffer, from)].find((box) => box.type === type)?.data;

/** PQ and HLG: ITU-T H.273, table 3. */
const HDR_CURVES = [16, 18];

/** What the decoder leaves to others. What is broken is for the decoder to refuse. */
export function avifColour(file: Buffer): AvifColour {
  const usual: AvifColour = { profile: null, isHdr: false, isCropped: false, isPremultiplied: false };
  try {
    const meta = boxOf(file, 'meta');
    const primary = meta && boxOf(meta, 'pitm', 4);
    if (meta === undefined || primary === undefined) return usual;
    const item = primary[0] === 0 ? primary.readUInt16BE(4) : primary.readUInt32BE(4);
    const properties = propertiesOf(meta, item);
    const colours = properties.filter(({ type }) => type === 'colr').map(({ data }) => data);
    const isCropped = properties.some(({ type }) => type === 'clap');
    const isPremultiplied = refersTo(boxOf(meta, 'iref', 4), 'prem', item);
    const numbers = colours.find((data) => data.toString('latin1', 0, 4) === 'nclx');
    if (numbers === undefined || colours.length > 1) return { ...usual, isCropped, isPremultiplied };
    const [primaries, curve] = [numbers.readUInt16BE(4), numbers.readUInt16BE(6)];
    const [profile, isHdr] = [profileOfCodes(primaries, curve), HDR_CURVES.includes(curve)];
    return { profile, isHdr, isCropped, isPremultiplied };
  } catch (error) {
    if (error instanceof RangeError) return usual;
    throw error;
  }
}

/** By the item property association box. Throws a RangeError where it is cut off. */
function propertiesOf(meta: Buffer, item: number): Box[] {
  const iprp = boxOf(meta, 'iprp', 4);
  const [container, association] = [iprp && boxOf(iprp, 'ipco'), iprp && boxOf(iprp, 'ipma')];
  if (container === undefined || association === undefined) return [];
  const all = [...boxesIn(container)];
  const [version, isWide] = [association[0]!, (association[3]! & 1) === 1];
  let at = 8;
  for (let left = association.readUInt32BE(4); left > 0; left -= 1) {
    const id = version === 0 ? association.readUInt16BE(at) : association.readUInt32BE(at);
    at += version === 0 ? 2 : 4;
    const count = association.readUInt8(at);
    at += 1;
    const step = isWide ? 2 : 1;
    if (id === item) {
      return Array.from({ length: count }, (_, index) =>
        // The highest bit says that it must be understood.
        isWide ? association.readUInt16BE(at + index * step) & 0x7fff : association.readUInt8(at + index) & 0x7f,
      ).flatMap((index) => all[index - 1] ?? []);
    }
    at += count * step;
  }
  return [];
}

const refersTo = (iref: Buffer | undefined, type: string, item: number): boolean =>
  iref !== undefined &&
  [...boxesIn(iref, 4)].some((box) => box.type === type && box.data.readUIntBE(0, iref[0] === 0 ? 2 : 4) === item);
