/** The files of a shop, their way from UPLOADED to READY or FAILED, and the products they are on. */
import type { StagedUploads } from './staged-uploads.ts';

export interface TestProduct {
  readonly id: string;
  readonly title: string;
  readonly variants: readonly { readonly sku: string | null }[];
  /** Of files, in order. */
  readonly media: string[];
  suspended: boolean;
}

export interface TestFile {
  readonly id: string;
  readonly filename: string;
  readonly alt: string;
  readonly createdAt: number;
  readonly bytes: Uint8Array | null;
  readonly fate: { readonly code: string; readonly message: string } | null;
  /** When it becomes READY or FAILED. */
  readonly endsAt: number;
}

interface FileInput {
  readonly originalSource: string;
  readonly filename?: string;
  readonly contentType?: string;
  readonly alt?: string;
  readonly duplicateResolutionMode?: string;
}

interface UserError {
  readonly code: string;
  readonly message: string;
  readonly field: readonly string[];
}

const beginnings: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  'image/jpeg': ([a, b, c]) => a === 0xff && b === 0xd8 && c === 0xff,
  'image/png': (bytes) => Buffer.from(bytes.subarray(1, 4)).toString() === 'PNG',
  'image/webp': (bytes) => Buffer.from(bytes.subarray(8, 12)).toString() === 'WEBP',
};

export class ShopFiles {
  readonly all = new Map<string, TestFile>();
  readonly products: TestProduct[] = [];
  /** How long a file takes until it is READY. */
  processingMs = 0;
  /** For how long the search does not find a new file. */
  searchLagMs = 0;
  /** Whether a second file of one name is accepted, and fails later. */
  duplicatesFailLate = false;
  /** What each of the next files fails with. */
  readonly failures: { readonly code: string; readonly message: string }[] = [];
  readonly #uploads: StagedUploads;
  readonly #now: () => number;
  #ids = 1_000;

  constructor(uploads: StagedUploads, now: () => number) {
    this.#uploads = uploads;
    this.#now = now;
  }

  addProduct(title: string, ...skus: readonly (string | null)[]): TestProduct {
    const id = `gid://shopify/Product/${++this.#ids}`;
    const product = { id, title, variants: skus.map((sku) => ({ sku })), media: [], suspended: false };
    this.products.push(product);
    return product;
  }

  /** Undefined when none has the sku. */
  productOf(sku: string): TestProduct | undefined {
    return this.products.find(({ variants }) => variants.some((one) => one.sku === sku));
  }

  /** File names of what is on a product. */
  imagesOn(product: TestProduct): string[] {
    return product.media.map((id) => this.all.get(id)?.filename ?? '');
  }

  status(file: TestFile): 'UPLOADED' | 'PROCESSING' | 'READY' | 'FAILED' {
    const left = file.endsAt - this.#now();
    if (left <= 0) return file.fate === null ? 'READY' : 'FAILED';
    return left > this.processingMs / 2 ? 'UPLOADED' : 'PROCESSING';
  }

  create(input: FileInput): TestFile | UserError {
    const { originalSource, filename, contentType, alt = '', duplicateResolutionMode } = input;
    const upload = this.#uploads.byKey.get(new URL(originalSource).pathname.replace(/^\/staged\//, ''));
    if (upload === undefined) return wrong('INVALID_IMAGE_SOURCE_URL', 'Image URL is invalid');
    if (contentType !== 'IMAGE') return wrong('UNACCEPTABLE_ASSET', 'contentType must be IMAGE for an image');
    if (alt.length > 512) return wrong('ALT_VALUE_LIMIT_EXCEEDED', 'The alt value exceeds 512 characters');
    const name = filename ?? upload.filename;
    if (ending(name) !== ending(upload.filename)) {
      return wrong('MISMATCHED_FILENAME_AND_ORIGINAL_SOURCE', 'The extension does not match that of the source');
    }
    const isTaken = [...this.all.values()].some((file) => file.filename === name);
    if (isTaken && duplicateResolutionMode !== 'RAISE_ERROR') throw new Error('this would make a second file');
    if (isTaken && !this.duplicatesFailLate) return wrong('FILENAME_ALREADY_EXISTS', 'The filename already exists');
    const id = `gid://shopify/MediaImage/${++this.#ids}`;
    const createdAt = this.#now();
    const fate = isTaken ? { code: 'DUPLICATE_FILENAME_ERROR', message: 'Duplicate filename' } : this.#fateOf(upload);
    const endsAt = createdAt + this.processingMs;
    const file = { id, filename: name, alt, createdAt, bytes: upload.bytes, fate, endsAt };
    this.all.set(id, file);
    return file;
  }

  /** Puts an image on a product that the shop fetches from an address. */
  async add(product: TestProduct, { originalSource, alt = '' }: FileInput): Promise<UserError | null> {
    const response = await fetch(originalSource);
    if (!response.ok) return wrong('INVALID_IMAGE_SOURCE_URL', 'Image URL is invalid');
    const filename = decodeURIComponent(new URL(originalSource).pathname.split('/').at(-1) ?? '');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const fate = this.#fateOf({ bytes, mimeType: response.headers.get('content-type') ?? '' });
    const id = `gid://shopify/MediaImage/${++this.#ids}`;
    const createdAt = this.#now();
    this.all.set(id, { id, filename, alt, createdAt, bytes, fate, endsAt: createdAt + this.processingMs });
    product.media.push(id);
    return null;
  }

  attach(id: string, productIds: readonly string[]): UserError | null {
    const file = this.all.get(id);
    if (file === undefined) return wrong('FILE_DOES_NOT_EXIST', 'File does not exist');
    if (this.status(file) === 'FAILED') return wrong('INVALID_FAILED_MEDIA_STATE', 'File is in a failed state');
    if (this.status(file) !== 'READY') return wrong('NON_READY_STATE', 'File is not in the READY state');
    for (const productId of productIds) {
      const product = this.products.find((each) => each.id === productId);
      if (product === undefined) return wrong('REFERENCE_TARGET_DOES_NOT_EXIST', 'The product does not exist');
      if (product.suspended) return wrong('PRODUCT_SUSPENDED', 'The product is suspended');
      if (product.media.length >= 250) return wrong('PRODUCT_MEDIA_LIMIT_EXCEEDED', 'Exceeded 250 media');
      if (!product.media.includes(id)) product.media.push(id);
    }
    return null;
  }

  delete(id: string): UserError | null {
    if (!this.all.delete(id)) return wrong('FILE_DOES_NOT_EXIST', 'File does not exist');
    for (const { media } of this.products) if (media.includes(id)) media.splice(media.indexOf(id), 1);
    return null;
  }

  /** Finds parts of names as well, and nothing that is newer than the lag. */
  search(name: string): TestFile[] {
    const words = name.toLowerCase();
    const until = this.#now() - this.searchLagMs;
    return [...this.all.values()].filter(
      (file) => file.createdAt <= until && file.filename.toLowerCase().includes(words.replace(/\.[a-z]+$/, '')),
    );
  }

  #fateOf({ bytes, mimeType }: { readonly bytes: Uint8Array | null; readonly mimeType: string }): TestFile['fate'] {
    if (bytes === null) return { code: 'IMAGE_DOWNLOAD_FAILURE', message: 'The image could not be downloaded' };
    if (!beginnings[mimeType]?.(bytes)) return { code: 'UNSUPPORTED_IMAGE_FILE_TYPE', message: 'Not such an image' };
    return this.failures.shift() ?? null;
  }
}

function wrong(code: string, message: string): UserError {
  return { code, message, field: ['files', '0'] };
}

function ending(name: string): string {
  return name.slice(name.lastIndexOf('.')).toLowerCase();
}
