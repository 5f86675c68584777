import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { comparePositions } from '../../src/ports/store/event-feed.ts';
import { startTestServer } from './server.ts';

/** Far more than sockets and a follower's buffer hold. */
const [tasks, tasksAtOnce] = [100, 5];
const data = 'x'.repeat(200_000);

const withoutData = (text: string): string => text.replace(/x{1000,}/g, '');

interface Sent {
  readonly id: string;
  readonly event: string;
}

/** A client that reads nothing until it is told to. */
async function openUnread(url: string): Promise<{ readonly socket: Socket; rest(): Promise<Sent[]> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`GET /api/events HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer mira\r\n\r\n`);
  let text = '';
  const hear = (chunk: Buffer): void => void (text = withoutData(text + chunk.toString('latin1')));
  socket.on('data', hear);
  await expect.poll(() => /\nid: [\d.]+\r?\n/.test(text), { timeout: 10_000 }).toBe(true);
  socket.pause();
  return {
    socket,
    rest: async () => {
      socket.resume();
      await expect.poll(() => text.includes('\r\n0\r\n\r\n'), { timeout: 20_000, interval: 20 }).toBe(true);
      const sent = text.matchAll(/(?:^|\n)id: ([\d.]+)\nevent: (\w+)\n/g);
      return [...sent].map(([, id = '', event = '']) => ({ id, event }));
    },
  };
}

test('a follower that does not read is dropped without holding up others, and resumes without a loss',
  async () => {
    const server = await startTestServer({ UNREAD_ANSWER_SECONDS: '600' });
    const as = { authorization: 'Bearer mira' };
    const slow = await openUnread(server.url);
    const quick = await fetch(`${server.url}/api/events?type=TaskCreated`, { headers: as });
    let heard = 0;
    const counted = (async () => {
      const reader = quick.body!.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ''; heard < tasks; heard = text.match(/event: TaskCreated\n/g)?.length ?? 0) {
        text = withoutData(text + ((await reader.read()).value ?? ''));
      }
      await reader.cancel();
    })();
    const body = JSON.stringify({ action: 'create', jobs: Array(tasksAtOnce).fill({ type: 'large', data }) });
    const headers = { ...as, 'content-type': 'application/json' };
    for (let n = 0; n < tasks; n += tasksAtOnce) {
      const made = await fetch(`${server.url}/api/v1/jobs/bulk`, { method: 'POST', headers, body });
      expect(await made.json()).toMatchObject({ data: { failed: 0 } });
    }
    await counted;
    const events = await slow.rest();
    slow.socket.destroy();
    const dropped = events.at(-1);
    expect(dropped?.event).toBe('EventsDropped');
    const before = events.slice(0, -1);
    // Two are enough to know that it began; the buffers of sockets are large.
    expect(before.length).toBeGreaterThan(2);
    expect(before.length).toBeLessThan(tasks);
    expect(dropped?.id).toBe(before.at(-1)?.id);
    const again = await fetch(`${server.url}/api/events`, { headers: { ...as, 'last-event-id': dropped?.id ?? '' } });
    const ids = before.map(({ id }) => id);
    const reader = again.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ''; ids.length < tasks; ) {
      text = withoutData(text + ((await reader.read()).value ?? ''));
      ids.splice(before.length, Infinity, ...[...text.matchAll(/id: ([\d.]+)\nevent: /g)].map(([, id = '']) => id));
    }
    await reader.cancel();
    expect(ids).toHaveLength(tasks);
    expect([...new Set(ids)].toSorted(comparePositions)).toEqual(ids);
  }, 60_000);
