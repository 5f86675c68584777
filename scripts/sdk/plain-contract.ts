/**
 * What the contract's modules declare to those who have no zod: only types are left of them, those of routes as
 * `plainRoutes` writes them.
 */
import { basename } from 'node:path';
import { routes } from '../../src/main/routes.ts';
import { plainRoutes } from './plain-routes.ts';

/** In place of `contract/route.d.ts`. */
const route = `import type { ErrorCode } from './error-codes.js';
/** What a route is called with (\`Input\`) and answers. */
export interface PlainRoute<
    Input, Answer, Stream extends boolean, Media extends string | null
> extends Omit<Route, 'input' | 'answer' | 'stream' | 'media'> {
    readonly input: Input;
    readonly answer: Answer;
    readonly stream: Stream;
    readonly media: Media;
}
export interface Route {
    readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    readonly path: string;
    readonly auth: 'none' | 'user' | 'operator' | 'admin' | 'worker' | 'signature';
    readonly idempotent: boolean;
    readonly repeatable: boolean;
    readonly stream: boolean;
    readonly media: string | null;
    readonly errors: readonly ErrorCode[];
    readonly input: unknown;
    readonly answer: unknown;
}
export type RouteTable = Readonly<Record<string, Route>>;
export type RouteInput<R extends Route> = R['input'];
export type RouteAnswer<R extends Route> = R['answer'];
/** A file that is the body of a request. */
export interface RequestFile<T extends string = string> {
    readonly type: T;
    readonly bytes: Uint8Array<ArrayBuffer>;
}
`;

/** By their paths below dist. */
const whole: Readonly<Record<string, string>> = {
  'contract/route.d.ts': route,
  'main/routes.d.ts': "export type { RouteName, Routes } from '../contract/types.js';\n",
  'contract/events.d.ts': "export type { Routes as EventRoutes } from './types.js';\n",
  'kinds/task/contract/work-report.d.ts':
    "export type { WorkReport as SentReport } from '../../../contract/types.js';\n",
  'kinds/task/contract/exchange.d.ts':
    "import type { Routes, WorkReport } from '../../../contract/types.js';\n" +
    "export declare const exchangeTasks: Routes['exchangeTasks'];\n" +
    "export type SentEntry = readonly [id: string, token: number, type: WorkReport['type'], content?: unknown];\n",
};

/** Of all routes; the file that `plainContract` refers to. */
export const typesFile = 'contract/types.d.ts';

/** What stands in place of this declaration file; null where it stays as it is. */
export function plainContract(path: string, text: string): string | null {
  if (path === typesFile) return plainRoutes();
  const known = whole[path];
  if (known !== undefined) return known;
  if (!/from ['"]zod['"]/.test(text)) return null;
  const names = [...text.matchAll(/^export declare const (\w+):/gm)].map(([, name = '']) => name)
    .filter((name) => name in routes);
  if (names.length === 0) throw new Error(`${path} has zod and no route: ${basename(import.meta.url)} has to know it`);
  const up = '../'.repeat(path.split('/').length - 1);
  return `import type { Routes } from '${up}${typesFile.replace('.d.ts', '.js')}';\n` +
    names.map((name) => `export declare const ${name}: Routes['${name}'];\n`).join('');
}
