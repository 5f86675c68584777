import { objectKeyProblem } from '../../../domain/object-key.ts';
import type { Aspect } from '../../../domain/scene.ts';
import type { ProductImageFields } from './types.ts';

/** Object keys of a product's images, fixed by the contract. */

/** The most variants of a background. */
export const maxVariants = 100;

export type ObjectKind = 'original' | 'mask' | 'cutout' | 'bg' | 'composite' | 'thumb';

type Image = Pick<ProductImageFields, 'sku' | 'imageSha256' | 'theme'>;

/** Media types of images by the extension of their keys. */
export const imageTypes = {
  jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif', tif: 'image/tiff', avif: 'image/avif',
  heic: 'image/heic',
} as const;
export type ImageExtension = keyof typeof imageTypes;

const spellings: Readonly<Record<string, ImageExtension>> = { jpeg: 'jpg', jpe: 'jpg', tiff: 'tif', heif: 'heic' };

export function contentTypeOf(key: string): string {
  return imageTypes[key.slice(key.lastIndexOf('.') + 1) as ImageExtension];
}

/** Undefined for what is no picture. */
export function extensionOfType(type: string): ImageExtension | undefined {
  return (Object.keys(imageTypes) as ImageExtension[]).find((name) => imageTypes[name] === type);
}

/** By what the URL's path ends in; jpg where that says nothing. */
export function extensionOf(url: string): ImageExtension {
  const path = /^[^?#]*/.exec(url)?.[0] ?? '';
  const ending = /\.([A-Za-z]{1,5})$/.exec(path)?.[1]?.toLowerCase() ?? '';
  if (ending in imageTypes) return ending as ImageExtension;
  return spellings[ending] ?? 'jpg';
}

/** Whether the photo is uploaded, and not fetched: the job's `imageUrl` is then its place in the object store. */
export function isUploaded({ imageUrl }: Pick<ProductImageFields, 'imageUrl'>): boolean {
  return !/^https?:/.test(imageUrl);
}

export function originalKey({ sku, imageSha256 }: Image, extension: ImageExtension): string {
  return `originals/${sku}/${imageSha256}.${extension}`;
}

export function maskKey({ sku, imageSha256 }: Image): string {
  return `masks/${sku}/${imageSha256}.png`;
}

/** `variant` from 1. */
export function backgroundKey(
  { sku, imageSha256, theme }: Image,
  variant: number,
  extension: ImageExtension = 'jpg',
): string {
  return `backgrounds/${theme}/${sku}/${imageSha256}_${variant}.${extension}`;
}

export function compositeKey({ sku, imageSha256, theme }: Image, aspect: Aspect, variant: number): string {
  return `composites/${theme}/${sku}/${imageSha256}_${aspect}_${variant}_master.jpg`;
}

export function thumbKey({ sku, imageSha256, theme }: Image, aspect: Aspect, variant: number): string {
  return `thumbs/${theme}/${sku}/${imageSha256}_${aspect}_${variant}_400.jpg`;
}

/** The product cut out, with transparency: the same for all themes. */
export function cutOutKey({ sku, imageSha256 }: Image): string {
  return `cutouts/${sku}/${imageSha256}.png`;
}

/** Where the derivatives of an image in its theme lie. */
function derivativesFolder({ sku, imageSha256, theme }: Image): string {
  return `derivatives/${sku}/${imageSha256}/${theme}/`;
}

/** Lists the derivatives that there are. */
export function manifestKey(image: Image): string {
  return `${derivativesFolder(image)}manifest.json`;
}

/** `of`: the key of the composite or cut-out that it is made of, the `at`-th of them from 0. */
export function derivativeKey(image: Image, of: string, at: number, width: number, extension: string): string {
  return `${derivativesFolder(image)}${derivedName(image, of, at)}_${width}.${extension}`;
}

/** Of a key that was reported from outside, its name may be too long for one with a width behind it. */
function derivedName(image: Image, of: string, at: number): string {
  if (of === cutOutKey(image)) return 'cutout';
  const named = compositeOf(image, of);
  return named === null ? `composite${at + 1}` : `${named.aspect}_${named.variant}`;
}

/** Which of an image's composites has this key; null where it is not named as they usually are. */
export function compositeOf(image: Image, key: string): { readonly aspect: Aspect; readonly variant: number } | null {
  const [, aspect, digits] = /_(1x1|4x5|16x9)_(\d{1,3})_master\.jpg$/.exec(key) ?? [];
  if (aspect === undefined) return null;
  const named = { aspect: aspect as Aspect, variant: Number(digits) };
  return key === compositeKey(image, named.aspect, named.variant) ? named : null;
}

/** Where the objects of an image lie whatever its theme, and those that are its theme's alone: beginnings of keys. */
export function keyPrefixes(image: Image): { readonly shared: string[]; readonly own: string[] } {
  const { sku, imageSha256, theme } = image;
  return {
    shared: ['originals', 'masks', 'cutouts'].map((folder) => `${folder}/${sku}/${imageSha256}.`),
    own: [
      ...['backgrounds', 'composites', 'thumbs'].map((folder) => `${folder}/${theme}/${sku}/${imageSha256}_`),
      derivativesFolder(image),
    ],
  };
}

/** What a URL may have been signed for, read from a key; null: for nothing of this kind. */
export function readKey(key: string): { readonly sku: string; readonly sha256: string } | null {
  const folder = /^(?:originals|masks|cutouts|(?:backgrounds|composites|thumbs)\/[^/]+)\//.exec(key)?.[0] ?? '';
  const parts = /^([^/]+)\/([0-9a-f]{6,128})[._][^/]*$/.exec(folder === '' ? '' : key.slice(folder.length));
  return parts === null ? null : { sku: parts[1]!, sha256: parts[2]! };
}

/** Every key that may be this kind's begins so. */
export const keyFolders: readonly string[] = [
  'originals/', 'masks/', 'cutouts/', 'backgrounds/', 'composites/', 'thumbs/', 'derivatives/',
];

/** File systems take 255 bytes for a name, of which stores need some themselves. */
const maxNameBytes = 240;

const encoder = new TextEncoder();

/**
 * Why a sku is refused, or null; completes "it …". It becomes a folder of object keys: nothing that could leave it,
 * written plainly or percent-encoded.
 */
export function skuProblem(sku: string): string | null {
  if (sku === '') return 'must not be empty';
  if (sku.length > 200) return 'must have at most 200 characters';
  if (encoder.encode(sku).length > maxNameBytes) return `must have at most ${maxNameBytes} bytes of UTF-8`;
  if (/[/\\]/.test(sku)) return 'must have no slash and no backslash';
  // U+FFFD stands for what could not be read.
  if (!sku.isWellFormed() || /[\p{C}\p{Zl}\p{Zp}\ufffd]/u.test(sku)) return 'must have printable characters only';
  if (sku.trim() !== sku) return 'must not begin or end with a space';
  return isTricky(sku) ? 'must not be what could leave its folder' : null;
}

/** Dot segments, and percent-encoded dots, slashes, backslashes and controls, however often encoded. */
function isTricky(name: string): boolean {
  return /^\.{1,2}$/.test(name) || /%(?:25)*(?:2e|2f|5c|[01][0-9a-f]|7f)/i.test(name);
}

const folders = {
  mask: ({ sku }: Image) => [`masks/${sku}/`],
  bg: ({ sku, theme }: Image) => [`backgrounds/${theme}/${sku}/`],
  composite: ({ sku, theme }: Image) => [`composites/${theme}/${sku}/`],
  // One thumbnail per image, without a theme, was usual before.
  thumb: ({ sku, theme }: Image) => [`thumbs/${theme}/${sku}/`, `thumbs/${sku}/`],
} as const;

/** Why a key that was reported is not taken for this image, or null; completes "it …". */
export function reportedKeyProblem(kind: keyof typeof folders, image: Image, key: string): string | null {
  const allowed = folders[kind](image);
  const folder = allowed.find((prefix) => key.startsWith(prefix));
  if (folder === undefined) return `must begin with ${allowed.join(' or ')}`;
  const name = key.slice(folder.length);
  if (name === '' || name.includes('/')) return `must be a file in ${folder}`;
  if (encoder.encode(name).length > maxNameBytes) return `must have a file name of at most ${maxNameBytes} bytes`;
  if (objectKeyProblem(key) !== null || /[\p{C}\p{Zl}\p{Zp}]/u.test(name) || isTricky(name)) {
    return 'must have a plain file name: no control characters, backslashes or encoded slashes and dots';
  }
  return null;
}
