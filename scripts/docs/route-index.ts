import { routes } from '../../src/main/routes.ts';

const header = `// Written by npm run docs.
import type { RouteIndex } from '../../../client/route-index.ts';
import type { Routes } from '../../routes.ts';

export const routeIndex: RouteIndex<Routes> = {
`;

const mediaOf = (media: string | null): string => (media === null ? '' : ` media: '${media}',`);
const fileOf = (file: readonly string[] | null): string => (file === null ? '' : ' file: true,');

/** The client's table of routes: what a call needs to know of each, without the schemas. */
export function routeIndexFile(): string {
  const entries = Object.values(routes).map(
    ({ name, method, path, auth, idempotent, repeatable, stream, media, file }) =>
      `  ${name}: {\n    method: '${method}', path: '${path}', auth: '${auth}',\n` +
      `    idempotent: ${idempotent}, repeatable: ${repeatable}, stream: ${stream},` +
      `${mediaOf(media)}${fileOf(file)}\n  },\n`,
  );
  return `${header}${entries.join('')}};\n`;
}
