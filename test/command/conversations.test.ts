import { describe, expect, it } from 'vitest';
import { startTestServer } from '../server/server.ts';
import { converse } from './conversations.ts';

describe('by the command line alone', () => {
  it('commands of every sort do what they should as processes of this machine', async () => {
    const { url, log } = await startTestServer();
    await converse(url, { P: 'process', PAUSE: '0.4' });
    expect(log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  }, 120_000);
});
