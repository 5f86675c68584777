/** What the server answers: plain objects for graphql's default resolvers. */
import { GraphQLError } from 'graphql';
import type { ShopFiles, TestFile, TestProduct } from './files.ts';
import type { StagedUploads } from './staged-uploads.ts';

export interface ShopData {
  readonly files: ShopFiles;
  readonly uploads: StagedUploads;
  readonly baseUrl: string;
  readonly scopes: ReadonlySet<string>;
  /** Says what a real shop might let pass, but a client of ours should not do. */
  breach(what: string): void;
}

/** Of Shopify's own documentation of each field. */
const scopesOf: Readonly<Record<string, readonly string[]>> = {
  productVariants: ['read_products', 'write_products'],
  product: ['read_products', 'write_products'],
  files: ['read_files', 'write_files'],
  fileCreate: ['write_files'],
  fileUpdate: ['write_files'],
  fileDelete: ['write_files'],
  productUpdate: ['write_products'],
};

export function rootOf(shop: ShopData): Readonly<Record<string, unknown>> {
  const { files, scopes } = shop;
  const asFile = (file: TestFile) => fileObject(files, file);
  const guarded = <A>(field: string, resolve: (args: A) => unknown) => (args: A) => {
    const any = scopesOf[field] ?? [];
    if (any.some((scope) => scopes.has(scope))) return resolve(args);
    const message = `Access denied for ${field} field. Required access: \`${any[0]}\` access scope.`;
    throw new GraphQLError(message, { extensions: { code: 'ACCESS_DENIED' } });
  };
  const page = (nodes: readonly unknown[]) => ({ nodes, pageInfo: { hasNextPage: false, endCursor: null } });
  return {
    shop: { id: 'gid://shopify/Shop/1', name: 'Test shop', myshopifyDomain: 'test-shop.myshopify.com' },
    currentAppInstallation: { accessScopes: [...scopes].map((handle) => ({ handle, description: handle })) },
    productVariants: guarded('productVariants', ({ query, first, after }: ConnectionArgs) => {
      const sku = termOf(shop, 'sku', query);
      const words = sku.toLowerCase();
      const hits = files.products.flatMap((product) => product.variants
        .filter((variant) => variant.sku?.toLowerCase().includes(words))
        .map((variant) => ({ ...variant, product: productObject(files, product) })));
      const from = Number(after ?? 0);
      const nodes = hits.slice(from, from + first);
      const end = from + nodes.length;
      return { nodes, pageInfo: { hasNextPage: end < hits.length, endCursor: nodes.length > 0 ? String(end) : null } };
    }),
    product: guarded('product', ({ id }: { id: string }) => {
      const product = files.products.find((each) => each.id === id);
      return product === undefined ? null : productObject(files, product);
    }),
    files: guarded('files', ({ query, first }: ConnectionArgs) =>
      page(files.search(termOf(shop, 'filename', query)).slice(0, first).map(asFile))),
    node: ({ id }: { id: string }) => {
      const file = files.all.get(id);
      return file === undefined ? null : asFile(file);
    },
    stagedUploadsCreate: ({ input }: { input: readonly StagedInput[] }) => stage(shop, input),
    fileCreate: guarded('fileCreate', ({ files: inputs }: { files: readonly any[] }) => {
      if (inputs.length !== 1) shop.breach('one file at a time is easier to repeat');
      const [made] = inputs.map((input) => files.create(input));
      return made !== undefined && 'id' in made
        ? { files: [asFile(made)], userErrors: [] }
        : { files: null, userErrors: [made] };
    }),
    fileUpdate: guarded('fileUpdate', ({ files: inputs }: { files: readonly any[] }) => {
      const errors = inputs.flatMap(({ id, referencesToAdd = [] }) => files.attach(id, referencesToAdd) ?? []);
      const updated = errors.length > 0 ? null : inputs.map(({ id }) => asFile(files.all.get(id)!));
      return { files: updated, userErrors: errors };
    }),
    fileDelete: guarded('fileDelete', ({ fileIds }: { fileIds: readonly string[] }) => {
      const errors = fileIds.flatMap((id) => files.delete(id) ?? []);
      return { deletedFileIds: errors.length > 0 ? null : fileIds, userErrors: errors };
    }),
    productUpdate: guarded('productUpdate', async ({ product: { id }, media = [] }: ProductUpdate) => {
      const product = files.products.find((each) => each.id === id);
      if (product === undefined) {
        return { product: null, userErrors: [{ field: ['id'], message: 'Product does not exist' }] };
      }
      const userErrors: unknown[] = [];
      for (const each of media) userErrors.push(...[await files.add(product, each) ?? []].flat());
      return { product: productObject(files, product), userErrors };
    }),
  };
}

interface ConnectionArgs {
  readonly query?: string;
  readonly first: number;
  readonly after?: string;
}

interface ProductUpdate {
  readonly product: { readonly id: string };
  readonly media?: readonly { readonly originalSource: string; readonly alt?: string }[];
}

interface StagedInput {
  readonly filename: string;
  readonly mimeType: string;
  readonly resource: string;
  readonly httpMethod: string;
  readonly fileSize?: unknown;
}

function stage({ uploads, baseUrl, breach }: ShopData, [input, ...more]: readonly StagedInput[]): unknown {
  const refuse = (message: string) => ({ stagedTargets: null, userErrors: [{ field: ['input'], message }] });
  if (input === undefined || more.length > 0) return refuse('one file is expected');
  const { filename, mimeType, resource, httpMethod, fileSize } = input;
  if (resource !== 'IMAGE' || httpMethod !== 'POST') return refuse('an IMAGE by POST is expected');
  // The scalar is a string of digits, although a number might be coerced.
  if (typeof fileSize !== 'string' || !/^\d+$/.test(fileSize)) breach(`fileSize is ${JSON.stringify(fileSize)}`);
  if (Number(fileSize) > 20 * 1024 ** 2) return refuse('The file is too large: 20 MB is the most');
  const key = uploads.stage({ filename, mimeType, fileSize: Number(fileSize) });
  const target = {
    url: `${baseUrl}/staged/`, resourceUrl: `${baseUrl}/staged/${key}`, parameters: uploads.byKey.get(key)?.parameters,
  };
  return { stagedTargets: [target], userErrors: [] };
}

function productObject(files: ShopFiles, { id, title, media }: TestProduct): unknown {
  return {
    id,
    title,
    media: ({ first = 0, after, last }: { first?: number; after?: string; last?: number }) => {
      if (Math.max(first, last ?? 0) > 250) throw new GraphQLError('first or last is more than 250');
      const from = last === undefined ? Number(after ?? 0) : Math.max(0, media.length - last);
      const nodes = media.slice(from, from + (last ?? first)).map((each) => fileObject(files, files.all.get(each)!));
      const end = from + nodes.length;
      return { nodes, pageInfo: { hasNextPage: end < media.length, endCursor: nodes.length > 0 ? String(end) : null } };
    },
  };
}

function fileObject(files: ShopFiles, file: TestFile): unknown {
  const status = files.status(file);
  const url = `https://cdn.shopify.com/s/files/1/0001/files/${file.filename}?v=${Math.floor(file.createdAt / 1_000)}`;
  return {
    __typename: 'MediaImage',
    id: file.id,
    alt: file.alt,
    fileStatus: status,
    status,
    image: status === 'READY' ? { url } : null,
    fileErrors: status === 'FAILED' && file.fate !== null ? [{ ...file.fate, details: null }] : [],
  };
}

/** Of one quoted term, in which quotes and backslashes are escaped. */
function termOf({ breach }: ShopData, field: string, query = ''): string {
  const [, quoted] = new RegExp(`^${field}:"((?:[^"\\\\]|\\\\["\\\\])*)"$`).exec(query) ?? [];
  if (quoted === undefined) breach(`the search ${query} is no quoted term of ${field}`);
  return (quoted ?? '').replace(/\\(["\\])/g, '$1');
}
