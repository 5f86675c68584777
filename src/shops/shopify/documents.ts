import { z } from 'zod';

/**
 * What is asked of Shopify's Admin GraphQL API. Nothing here is deprecated in versions 2025-10 to 2026-10; the tests
 * validate each document against the schema of 2026-10.
 */
export interface GraphqlDocument<T> {
  readonly text: string;
  /** Of the answer's `data`. */
  readonly data: z.ZodType<T>;
}

function document<T>(text: string, data: z.ZodType<T>): GraphqlDocument<T> {
  return { text: text.replace(/\s+/g, ' ').trim(), data };
}

const userErrors = z.array(z.object({ message: z.string(), code: z.string().nullish() }));
export type UserErrors = z.infer<typeof userErrors>;

const image = z.object({ url: z.string() }).nullable();
const file = z.object({
  id: z.string(),
  fileStatus: z.enum(['UPLOADED', 'PROCESSING', 'READY', 'FAILED']),
  image,
  fileErrors: z.array(z.object({ code: z.string(), message: z.string() })),
});
export type ShopifyFile = z.infer<typeof file>;

/** `... on MediaImage` leaves nothing of files of another type. */
const nothing = z.strictObject({});
const fileFields = '... on MediaImage { id fileStatus image { url } fileErrors { code message } }';

export const checkAccess = document(
  'query CheckAccess { shop { name } currentAppInstallation { accessScopes { handle } } }',
  z.object({
    shop: z.object({ name: z.string() }),
    currentAppInstallation: z.object({ accessScopes: z.array(z.object({ handle: z.string() })) }),
  }),
);

const variantPage = z.object({
  productVariants: z.object({
    nodes: z.array(z.object({
      sku: z.string().nullable(),
      product: z.object({ id: z.string(), title: z.string() }),
    })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
export type VariantPage = z.infer<typeof variantPage>;

export const variantsBySku = document(
  `query VariantsBySku($query: String!, $after: String) {
    productVariants(first: 50, after: $after, query: $query) {
      nodes { sku product { id title } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  variantPage,
);

const mediaPage = z.object({
  product: z.object({
    media: z.object({
      nodes: z.array(z.object({ id: z.string(), status: z.string(), image: image.optional() })),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    }),
  }).nullable(),
});
export type MediaPage = z.infer<typeof mediaPage>;

/** Costs as much as its page may hold, whatever the product has: few have more than one page. */
export const productMedia = document(
  `query ProductMedia($id: ID!, $after: String) {
    product(id: $id) {
      media(first: 50, after: $after) {
        nodes { id status ... on MediaImage { image { url } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }`,
  mediaPage,
);

export const filesByName = document(
  `query FilesByName($query: String!) { files(first: 20, query: $query) { nodes { ${fileFields} } } }`,
  z.object({ files: z.object({ nodes: z.array(z.union([file, nothing])) }) }),
);

export const fileById = document(
  `query FileById($id: ID!) { node(id: $id) { ${fileFields} } }`,
  z.object({ node: z.union([file, nothing]).nullable() }),
);

export const stageUpload = document(
  `mutation StageUpload($input: [StagedUploadInput!]!) {
    stagedUploadsCreate(input: $input) {
      stagedTargets { url resourceUrl parameters { name value } }
      userErrors { field message }
    }
  }`,
  z.object({
    stagedUploadsCreate: z.object({
      stagedTargets: z.array(z.object({
        url: z.string(),
        resourceUrl: z.string(),
        parameters: z.array(z.object({ name: z.string(), value: z.string() })),
      })).nullable(),
      userErrors,
    }),
  }),
);

export const createFile = document(
  `mutation CreateFile($files: [FileCreateInput!]!) {
    fileCreate(files: $files) { files { id } userErrors { field message code } }
  }`,
  z.object({
    fileCreate: z.object({ files: z.array(z.object({ id: z.string() })).nullable(), userErrors }),
  }),
);

export const attachFile = document(
  `mutation AttachFile($files: [FileUpdateInput!]!) {
    fileUpdate(files: $files) { files { id } userErrors { field message code } }
  }`,
  z.object({ fileUpdate: z.object({ userErrors }) }),
);

export const deleteFile = document(
  'mutation DeleteFile($ids: [ID!]!) { fileDelete(fileIds: $ids) { userErrors { field message code } } }',
  z.object({ fileDelete: z.object({ userErrors }) }),
);
