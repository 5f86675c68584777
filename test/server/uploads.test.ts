import { expect, test } from 'vitest';
import { request } from '../contract/user.ts';
import { beginRequest } from '../objects/raw-http.ts';
import { startTestServer } from './server.ts';

/** Where to upload the photos of a new set. */
async function uploadUrls(server: { readonly url: string }, user: string, count: number): Promise<string[]> {
  const headers = { authorization: `Bearer ${user}` };
  const { body } = await request(`${server.url}/api/jobs`, 'POST', { preset: 'seller', itemCount: count }, headers);
  return body.data.urls.map(({ url }: { url: string }) => url);
}

/** An upload of which the first byte has been taken and the last does not come. */
function hold(url: string) {
  const upload = beginRequest(url, { method: 'PUT', headers: { 'content-length': 2 } });
  upload.request.write('a');
  return upload;
}

/** What the server says to one more upload, of which it takes no byte; null while it waits for its body. */
async function answerTo(url: string): Promise<[number, string] | null> {
  const upload = hold(url);
  const waits = request(`${new URL(url).origin}/livez`, 'GET').then(() => new Promise((done) => setTimeout(done, 100)));
  const answer = await Promise.race([upload.answer, waits.then(() => null)]);
  upload.request.destroy();
  if (answer === null) return null;
  expect(answer.headers['retry-after']).toBe('1');
  return [answer.status, JSON.parse(answer.text).error.code];
}

test('neither one URL nor one user can take up all uploads at once', async () => {
  const server = await startTestServer({ MAX_UPLOADS: '8', MAX_UPLOADS_PER_USER: '6' });
  const [first = '', second = '', third = ''] = await uploadUrls(server, 'mallory', 3);
  const [other = ''] = await uploadUrls(server, 'mira', 1);
  const held = [1, 2, 3, 4].map(() => hold(first));
  await expect.poll(() => answerTo(first)).toEqual([429, 'rate_limit']);
  held.push(hold(second), hold(second));
  await expect.poll(() => answerTo(third)).toEqual([429, 'rate_limit']);
  const mine = await fetch(other, { method: 'PUT', body: 'photo' });
  expect(mine.status).toBe(200);
  held.push(hold(other), hold(other));
  await expect.poll(() => answerTo(other)).toEqual([503, 'unavailable']);
  for (const upload of held) upload.request.end('b');
  for (const { answer } of held) expect((await answer).status).toBe(200);
  expect((await fetch(third, { method: 'PUT', body: 'photo' })).status).toBe(200);
});

test('an upload that is too slow is ended, however alive its connection is', async () => {
  const server = await startTestServer({ UPLOAD_LEAST_BYTES_PER_SECOND: '1000', UPLOAD_GRACE_SECONDS: '1' });
  const [url = '', other = ''] = await uploadUrls(server, 'mallory', 2);
  const send = (to: string, bytes: number) => {
    const upload = beginRequest(to, { method: 'PUT', headers: { 'content-length': 100_000 } });
    const timer = setInterval(() => upload.request.write('x'.repeat(bytes)), 50);
    return { ...upload, stop: () => clearInterval(timer) };
  };
  const [slow, quick] = [send(url, 10), send(other, 2_000)];
  const { status, text } = await slow.answer;
  slow.stop();
  expect([status, JSON.parse(text).error.message]).toEqual([408, 'it was slower than 1000 bytes a second']);
  quick.stop();
  quick.request.destroy();
});
