import { expect, test } from 'vitest';
import { routes } from '../../src/main/routes.ts';

const header = `import type { RouteIndex } from '../../../client/route-index.ts';
import type { Routes } from '../../routes.ts';

export const routeIndex: RouteIndex<Routes> = {
`;

test('the client knows the contract’s routes as they are', async () => {
  const entries = Object.values(routes).map(
    ({ name, method, path, auth, idempotent, repeatable, stream }) =>
      `  ${name}: {\n    method: '${method}', path: '${path}', auth: '${auth}',\n` +
      `    idempotent: ${idempotent}, repeatable: ${repeatable}, stream: ${stream},\n  },\n`,
  );
  const text = `${header}${entries.join('')}};\n`;
  const advice = 'make it again with: npm test -- test/client/route-index.test.ts -u';
  await expect(text, advice).toMatchFileSnapshot('../../src/main/client/generated/routes.ts');
});
