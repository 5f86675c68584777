import { expect, test } from 'vitest';
import { routes } from '../../src/main/routes.ts';

const header = `import type { RouteName } from '../../main/routes.ts';

/**
 * What a call needs to know of each route, taken from the contract. The contract itself brings the
 * schemas, which cost a program 90 ms at its start and a web page their size.
 */
export interface RouteEntry {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly auth: 'none' | 'user' | 'operator' | 'admin' | 'worker';
  readonly idempotent: boolean;
  /** Whether it answers with Server-Sent Events. */
  readonly stream?: true;
}

export const routeIndex = {
`;

test('the client knows the contract’s routes as they are', async () => {
  const entries = Object.values(routes).map(
    ({ name, method, path, auth, idempotent, stream }) =>
      `  ${name}: { method: '${method}', path: '${path}', auth: '${auth}', idempotent: ${idempotent}` +
      `${stream ? ', stream: true' : ''} },\n`,
  );
  const text = `${header}${entries.join('')}} as const satisfies Record<RouteName, RouteEntry>;\n`;
  const advice = 'make it again with: npm test -- test/client/route-index.test.ts -u';
  await expect(text, advice).toMatchFileSnapshot('../../src/client/generated/routes.ts');
});
