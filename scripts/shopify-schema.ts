// Trims the introspection of Shopify's Admin API, as @shopify/dev-mcp ships it, to what the test server needs:
//   npm pack @shopify/dev-mcp && tar xzf shopify-dev-mcp-*.tgz package/dist/data/admin_2026-10.json.gz
//   node scripts/with-node.mjs scripts/shopify-schema.ts package/dist/data/admin_2026-10.json.gz
// It writes test/shops/shopify-server/schema.graphql. Descriptions are left out; everything else of what stays is as it
// was, deprecations included.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { buildClientSchema, printSchema, type IntrospectionQuery, type IntrospectionTypeRef } from 'graphql';

/** Fields of these types are kept as far as their types are here too, or are scalars or enums. */
const objects = [
  'Shop', 'AppInstallation', 'AccessScope', 'ProductVariantConnection', 'ProductVariant', 'Product', 'PageInfo',
  'MediaConnection', 'Media', 'MediaImage', 'Image', 'FileConnection', 'File', 'FileError', 'MediaError', 'Node',
  'StagedUploadsCreatePayload', 'StagedMediaUploadTarget', 'StagedUploadParameter', 'UserError', 'DisplayableError',
  'FileCreatePayload', 'FileUpdatePayload', 'FileDeletePayload', 'FilesUserError', 'MediaImageOriginalSource',
  'ProductCreateMediaPayload', 'ProductUpdateMediaPayload', 'ProductDeleteMediaPayload', 'ProductUpdatePayload',
  'MediaUserError',
];
const inputs = [
  'StagedUploadInput', 'FileCreateInput', 'FileUpdateInput', 'CreateMediaInput', 'UpdateMediaInput', 'ProductInput',
  'ProductUpdateInput',
];
/** Of these types only some fields. */
const onlyFields: Readonly<Record<string, readonly string[]>> = {
  Shop: ['id', 'name', 'myshopifyDomain'],
  Product: ['id', 'title', 'handle', 'media', 'images', 'status'],
  ProductVariant: ['id', 'sku', 'title', 'product', 'media'],
  ProductInput: ['id', 'title', 'handle', 'status'],
  ProductUpdateInput: ['id', 'title', 'handle', 'status'],
  QueryRoot: ['shop', 'currentAppInstallation', 'productVariants', 'product', 'files', 'node', 'nodes'],
  Mutation: [
    'stagedUploadsCreate', 'fileCreate', 'fileUpdate', 'fileDelete', 'productUpdate',
    // Only to be refused.
    'productCreateMedia', 'productUpdateMedia', 'productDeleteMedia',
  ],
};

const header = `# Types of Shopify's Admin GraphQL API, version 2026-10, trimmed by scripts/shopify-schema.ts from
# @shopify/dev-mcp 1.16.0, dist/data/admin_2026-10.json.gz, under this licence:
#
`;

const source = process.argv[2] ?? '';
const folder = source.slice(0, source.lastIndexOf('package/') + 'package/'.length);
const licence = readFileSync(`${folder}LICENSE`, 'utf8').trim().split('\n');
const { data } = JSON.parse(gunzipSync(readFileSync(source)).toString()) as { data: IntrospectionQuery };
const trimmed = printSchema(buildClientSchema(trim(data)));
const comment = licence.map((line) => `# ${line}`.trimEnd()).join('\n');
writeFileSync('test/shops/shopify-server/schema.graphql', `${header}${comment}\n\n${trimmed.trimEnd()}\n`);

function trim({ __schema: schema }: IntrospectionQuery): IntrospectionQuery {
  const kinds = new Map(schema.types.map(({ name, kind }) => [name, kind]));
  const kept = new Set([...objects, ...inputs, 'QueryRoot', 'Mutation']);
  const isKept = (type: IntrospectionTypeRef): boolean => {
    const name = nameOf(type);
    return kept.has(name) || /^(SCALAR|ENUM)$/.test(kinds.get(name) ?? '');
  };
  const keptInputs = (args: any[]): any[] => plainInputs(args.filter((arg) => isKept(arg.type)));
  const shortened = schema.types.flatMap((type): any[] => {
    if (!kept.has(type.name)) return [];
    const plain: any = { ...type, description: null };
    const wanted = onlyFields[type.name];
    if (plain.fields) {
      plain.fields = plain.fields
        .filter((field: any) => (wanted === undefined || wanted.includes(field.name)) && isKept(field.type))
        .filter((field: any) => field.args.every((arg: any) => isKept(arg.type) || !isRequired(arg)))
        .map((field: any) => ({ ...field, description: null, args: keptInputs(field.args) }));
    }
    if (plain.inputFields) {
      plain.inputFields = keptInputs(plain.inputFields).filter(({ name }) => wanted?.includes(name) ?? true);
    }
    if (plain.interfaces) plain.interfaces = plain.interfaces.filter(isKept);
    if (plain.possibleTypes) plain.possibleTypes = plain.possibleTypes.filter(isKept);
    return [plain];
  });
  const used = new Set(shortened.flatMap((type) => [...(type.fields ?? []), ...(type.inputFields ?? [])])
    .flatMap((field) => [field.type, ...(field.args ?? []).map((arg: any) => arg.type)]).map(nameOf));
  const leaves = schema.types
    .filter(({ name, kind }) => /^(SCALAR|ENUM)$/.test(kind) && (used.has(name) || name === 'Boolean'))
    .map((type: any) => ({ ...type, description: null, enumValues: type.enumValues && plainInputs(type.enumValues) }));
  return { __schema: { ...schema, types: [...shortened, ...leaves], subscriptionType: null } as any };
}

function isRequired({ type, defaultValue }: any): boolean {
  return type.kind === 'NON_NULL' && defaultValue === null;
}

function plainInputs(inputs: any[]): any[] {
  return inputs.map((each) => ({ ...each, description: null }));
}

function nameOf(type: any): string {
  return type.ofType ? nameOf(type.ofType) : type.name;
}
