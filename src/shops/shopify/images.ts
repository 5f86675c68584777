/**
 * Puts an image on a product exactly once, whatever is killed and when:
 *
 * 1. Look first: the file that an earlier call told of, an image of that name on the product, a file of that name.
 * 2. Otherwise upload the bytes and create a file. Its name is the same each time, and Shopify refuses a second file of
 *    one name (RAISE_ERROR): so what the look missed, because the search is behind or somebody else was faster, is
 *    found now, and the bytes never become two files.
 * 3. Wait until the file is ready, and add the product to it. A file is on a product once, however often it is added.
 * 4. Wait until the product shows it as ready.
 */
import { InvariantViolation } from '../../domain/errors.ts';
import type { Fetch } from '../../http/request.ts';
import type { RetryTime } from '../../http/retry.ts';
import { ShopFailure, type ImageProgress, type ShopImage } from '../../ports/shop.ts';
import type { AdminApi } from './admin-api.ts';
import { attachFile, createFile, deleteFile, fileById, filesByName, type ShopifyFile } from './documents.ts';
import { excerpt, refused } from './failures.ts';
import { filenameIn, imagesOf } from './products.ts';
import { searchTerm } from './search.ts';
import { upload } from './upload.ts';

export interface ImageParts {
  readonly api: AdminApi;
  readonly fetch: Fetch;
  readonly time: RetryTime;
  readonly allowHttp: boolean;
  /** How long to wait for each of: a file to be found by its name, to be ready, to be on its product. Milliseconds. */
  readonly waitLimitMs: number;
}

const pollMs = { first: 500, max: 5_000 };
const maxBytes = 20 * 1024 ** 2;
const maxAltLength = 512;
const extensions = { 'image/jpeg': 'jpe?g', 'image/png': 'png', 'image/webp': 'webp' } as const;

/** Of fileUpdate: somebody else is at it just now. */
const passing: ReadonlySet<string> = new Set(['NON_READY_STATE', 'FILE_LOCKED', 'MEDIA_CANNOT_BE_MODIFIED']);

export async function addImage(
  parts: ImageParts,
  image: ShopImage,
  on: ImageProgress,
  signal: AbortSignal,
): Promise<{ readonly mediaId: string }> {
  assertImage(image);
  const fileId = (await findExisting(parts, image, signal)) ?? (await create(parts, image, on, signal));
  const mediaId = await untilReady(parts, image, fileId, signal);
  await on.turn?.();
  await attach(parts, image, mediaId, signal);
  return { mediaId };
}

function assertImage({ filename, contentType, alt, bytes }: ShopImage): void {
  const isName = new RegExp(`^[A-Za-z0-9_-]{5,200}\\.${extensions[contentType]}$`).test(filename);
  if (!isName) throw new InvariantViolation(`${JSON.stringify(filename)} is no name for a file of ${contentType}`);
  if (alt.length > maxAltLength) throw new InvariantViolation(`the alt text has more than ${maxAltLength} characters`);
  if (bytes.length > 0 && bytes.length <= maxBytes) return;
  const message = `the image has ${bytes.length} bytes, and Shopify takes at most ${maxBytes}`;
  throw new ShopFailure('SHOPIFY_PUSH_FAILED', message, { retryable: false });
}

async function findExisting(parts: ImageParts, image: ShopImage, signal: AbortSignal): Promise<string | null> {
  const { api } = parts;
  if (image.knownFileId !== null) {
    const { node } = await api.run(fileById, { id: image.knownFileId }, signal);
    if (isFile(node)) {
      if (node.fileStatus !== 'FAILED') return node.id;
      // It would keep its name from the next one.
      await api.run(deleteFile, { ids: [node.id] }, signal);
    }
  }
  const images = await imagesOf(api, image.productId, signal);
  const onProduct = images.find(({ filename }) => filename === image.filename);
  return onProduct?.mediaId ?? findByName(parts, image.filename, { waitMs: 0 }, signal);
}

/**
 * A file has its name only once it is ready (in the address of its image), so files that are not are waited for.
 * Null when there is none within `waitMs`.
 */
async function findByName(
  { api, time }: ImageParts,
  filename: string,
  { waitMs }: { readonly waitMs: number },
  signal: AbortSignal,
): Promise<string | null> {
  const until = time.now() + waitMs;
  for (let pauseMs = pollMs.first; ; pauseMs = Math.min(pauseMs * 2, pollMs.max)) {
    const { files } = await api.run(filesByName, { query: searchTerm('filename', filename) }, signal);
    const found = files.nodes.find((node) => isFile(node) && filenameIn(node.image?.url) === filename);
    if (isFile(found)) return found.id;
    if (time.now() + pauseMs > until) return null;
    await time.pause(pauseMs, signal);
  }
}

async function create(parts: ImageParts, image: ShopImage, on: ImageProgress, signal: AbortSignal): Promise<string> {
  const { api, waitLimitMs } = parts;
  const { filename, alt } = image;
  const originalSource = await upload(parts, image, signal);
  const file = { originalSource, contentType: 'IMAGE', alt, filename, duplicateResolutionMode: 'RAISE_ERROR' };
  const { files, userErrors } = (await api.run(createFile, { files: [file] }, signal)).fileCreate;
  let fileId: string | null | undefined = files?.[0]?.id;
  if (userErrors.some(({ code }) => code === 'FILENAME_ALREADY_EXISTS')) {
    fileId = await findByName(parts, filename, { waitMs: waitLimitMs }, signal);
    if (fileId === null) throw cannotFind(filename);
  } else if (userErrors.length > 0) {
    throw refused('the file', userErrors);
  }
  if (!fileId) throw new ShopFailure('SHOPIFY_PUSH_FAILED', 'Shopify created no file', { retryable: true });
  await on.fileCreated(fileId);
  return fileId;
}

/** The file's id: that of another one if this turned out to be a second one of its name. */
async function untilReady(
  parts: ImageParts,
  image: ShopImage,
  fileId: string,
  signal: AbortSignal,
): Promise<string> {
  const { api, time, waitLimitMs } = parts;
  const until = time.now() + waitLimitMs;
  for (let pauseMs = pollMs.first; ; pauseMs = Math.min(pauseMs * 2, pollMs.max)) {
    const { node } = await api.run(fileById, { id: fileId }, signal);
    if (!isFile(node)) {
      throw new ShopFailure('SHOPIFY_PUSH_FAILED', `the file ${fileId} is gone from the shop`, { retryable: true });
    }
    if (node.fileStatus === 'READY') return node.id;
    if (node.fileStatus === 'FAILED') return insteadOf(parts, image, node, signal);
    if (time.now() + pauseMs > until) {
      throw tookTooLong(`the image ${image.filename} was not ready`, waitLimitMs);
    }
    await time.pause(pauseMs, signal);
  }
}

async function insteadOf(parts: ImageParts, { filename }: ShopImage, failed: ShopifyFile, signal: AbortSignal) {
  if (failed.fileErrors.some(({ code }) => code === 'DUPLICATE_FILENAME_ERROR')) {
    const first = await findByName(parts, filename, { waitMs: parts.waitLimitMs }, signal);
    if (first !== null) return first;
    throw cannotFind(filename);
  }
  const reasons = failed.fileErrors.map(({ code, message }) => `${message} (${code})`).join('; ');
  const message = `Shopify could not use the image ${filename}: ${excerpt(reasons) || 'it did not say why'}`;
  const codes = failed.fileErrors.map(({ code }) => code);
  const canPass = codes.every((code) => /DOWNLOAD_FAILURE|PROCESSING_FAILURE|TIMEOUT|SIGNED_URL|UNKNOWN/.test(code));
  throw new ShopFailure('SHOPIFY_PUSH_FAILED', message, { retryable: canPass });
}

async function attach(parts: ImageParts, image: ShopImage, mediaId: string, signal: AbortSignal): Promise<void> {
  const { api, time, waitLimitMs } = parts;
  const until = time.now() + waitLimitMs;
  let isAdded = false;
  for (let pauseMs = pollMs.first; ; pauseMs = Math.min(pauseMs * 2, pollMs.max)) {
    const there = (await imagesOf(api, image.productId, signal)).find((each) => each.mediaId === mediaId);
    if (there?.isReady) return;
    if (there === undefined && !isAdded) {
      isAdded = await add(api, image.productId, mediaId, signal);
      if (isAdded) continue;
    }
    if (time.now() + pauseMs > until) {
      throw tookTooLong(`the image ${image.filename} was not on the product`, waitLimitMs);
    }
    await time.pause(pauseMs, signal);
  }
}

/** False when it has to be tried again a little later. */
async function add(api: AdminApi, productId: string, id: string, signal: AbortSignal): Promise<boolean> {
  const file = { id, referencesToAdd: [productId] };
  const { userErrors } = (await api.run(attachFile, { files: [file] }, signal)).fileUpdate;
  if (userErrors.length === 0) return true;
  if (userErrors.every(({ code }) => passing.has(code ?? ''))) return false;
  throw refused('the image on the product', userErrors);
}

function isFile(node: ShopifyFile | object | null | undefined): node is ShopifyFile {
  return node !== null && node !== undefined && 'fileStatus' in node;
}

function cannotFind(filename: string): ShopFailure {
  const message = `Shopify says that a file named ${filename} exists, but does not find it: look for it in the admin ` +
    'under Content > Files';
  return new ShopFailure('SHOPIFY_PUSH_FAILED', message, { retryable: true });
}

function tookTooLong(what: string, waitedMs: number): ShopFailure {
  return new ShopFailure('PROVIDER_TIMEOUT', `${what} after ${waitedMs / 1_000} s`, { retryable: true });
}
