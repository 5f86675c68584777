import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorCodes, errorTraits } from '../../../src/contract/errors.ts';
import { openTarget, type Target } from '../target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

test.each(errorCodes)('the page of %s says what it is, why it is answered and what to do', async (code) => {
  const page = await fetch(`${target.url}/docs/errors/${code}`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const text = await page.text();
  expect(text).toContain(`<code>${code}</code>`);
  expect(text).toContain(`HTTP status ${errorTraits[code].http}`);
  expect(text).toMatch(/<h2>Causes<\/h2>\n<ul><li>.+<\/li><\/ul>\n<h2>What to do<\/h2>\n<ul><li>.+<\/li><\/ul>/s);
});

test.each([
  ['unauthenticated', '/api/user/me', {}],
  ['not_found', '/api/nothing', {}],
  ['invalid_request', '/api/jobs', { method: 'POST', headers: { authorization: 'Bearer mira' }, body: '{"preset":7}' }],
] as const)('an answer of %s leads to its page', async (code, path, request) => {
  const answer = await fetch(target.url + path, request);
  expect(((await answer.json()) as { error: { code: string } }).error.code).toBe(code);
  const [, link = ''] = /^<(.*)>; rel="help"$/.exec(answer.headers.get('link') ?? '') ?? [];
  expect(link).toMatch(new RegExp(`^https?://[^/]+/docs/errors/${code}$`));
  expect(await (await fetch(target.url + new URL(link).pathname)).text()).toContain(`<code>${code}</code>`);
});
