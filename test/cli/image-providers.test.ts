import { afterEach, beforeEach, expect, test } from 'vitest';
import { parsePrices } from '../../src/main/config/prices.ts';
import { readOptions } from '../../src/main/config/read.ts';
import { TestReplicate, token } from '../imaging/replicate-server/server.ts';
import { makeFolder, runHere } from './program.ts';

let server: TestReplicate;
beforeEach(async () => (server = await new TestReplicate({ now: Date.now }).start()));
afterEach(() => server.close());

test('waybill doctor looks at the account at Replicate, makes no prediction and shows no token', async () => {
  const folder = makeFolder();
  try {
    const look = async (env: Record<string, string>) => {
      const all = { ...env, REPLICATE_API_BASE_URL: server.baseUrl };
      const { stdout } = await runHere(['doctor', '--dev', '--json', '--port', '0', '--data', folder.path], all);
      expect(stdout).not.toMatch(/r8_/);
      const { findings } = JSON.parse(stdout) as { findings: { part: string; status: string; message: string }[] };
      return findings.filter(({ part }) => part === 'replicate').map(({ status, message }) => `${status} ${message}`);
    };
    expect(await look({})).toEqual([]);
    const found = await look({ REPLICATE_API_KEY: token });
    expect(found).toEqual([expect.stringMatching(/^ok account tester; .* by cjwbw/)]);
    const prices = { AI_SEGMENT_MODEL: 'acme/cut-out', AI_PRICES: 'acme/cut-out=0.02/image' };
    const dear = await look({ REPLICATE_API_TOKEN: token, ...prices });
    expect(dear).toEqual([expect.stringContaining('cut-outs by acme/cut-out, about $0.020000 each')]);
    expect(await look({ REPLICATE_API_TOKEN: 'r8_mistaken' })).toEqual([expect.stringMatching(/^fail .*401/)]);
    expect(server.predictions).toEqual([]);
  } finally {
    folder.remove();
  }
});

test('Prices are read exactly, by the second or by the image', () => {
  expect(parsePrices('a/b=0.000225/s, c/d=0.04/image,e/f=2/s')).toEqual({
    'a/b': { perSecond: 225 }, 'c/d': { perImage: 40_000 }, 'e/f': { perSecond: 2_000_000 },
  });
});

test.each(['a/b', 'a/b=1', 'a/b=-1/s', 'a/b=0.0000001/s', 'a/b=1/s,a/b=2/s', 'b=1/s', 'a/b=1e3/s', ''])(
  'The prices %j are refused', (text) => expect(parsePrices(text)).toBeUndefined(),
);

test.each(['rembg', 'a/b:latest', 'https://replicate.com/a/b', '../b', 'a/../b'])('The model %s is refused', (text) => {
  const { problems } = readOptions({ flags: {}, env: { AI_BG_MODEL: text } });
  expect(problems.map(({ option }) => option)).toEqual(['aiBgModel']);
});
