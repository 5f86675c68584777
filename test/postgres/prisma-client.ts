import type { PrismaPg } from '@prisma/adapter-pg';
import { getPrismaClient, type GetPrismaClientConfig } from '@prisma/client/runtime/client';

/** What of a client this test uses. */
interface Prisma {
  $executeRaw(strings: TemplateStringsArray, ...values: unknown[]): Promise<number>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
  $transaction<T>(work: (transaction: Prisma) => Promise<T>): Promise<T>;
  $disconnect(): Promise<void>;
}

/** It has no types. */
const compiler = '@prisma/client/runtime/query_compiler_fast_bg.postgresql';

/** As `prisma generate` writes it for a schema without models: its query compiler is WebAssembly, and no binary. */
const config: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: '0edf323efd1d98336f3f0a68684b56f689b900d3',
  activeProvider: 'postgresql',
  inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: 'AAAA' },
  compilerWasm: {
    getRuntime: async () => import(`${compiler}.mjs`),
    getQueryCompilerWasmModule: async () => {
      const { wasm } = (await import(`${compiler}.wasm-base64.mjs`)) as { wasm: string };
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'));
    },
    importName: './query_compiler_fast_bg.js',
  },
};

interface PrismaOptions {
  readonly adapter: PrismaPg;
}

export const PrismaClient = getPrismaClient(config) as unknown as new (options: PrismaOptions) => Prisma;
