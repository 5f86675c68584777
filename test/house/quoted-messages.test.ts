import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const guide = readFileSync(new URL('docs/guides/troubleshooting.md', root), 'utf8');

/** The code with strings of several lines in one piece, and one kind of quotes. */
function code(): string {
  const files = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(`src/${file}`, root), 'utf8').replaceAll(/['`"] \+\s+['`"]/g, ''))
    .join('\n').replaceAll("\\'", "'");
}

/** What programs are called with, and what others say, is no message of this code. */
const others = [
  'waybill', 'ss', 'node', 'proxy_pass', 'proxy_buffering', 'client_max_body_size', 'systemctl', 'database is locked',
  'Out of', 'GET', 'POST', 'Authorization:',
];

test('the guide to troubleshooting quotes messages that the code has', () => {
  const prose = guide.replaceAll(/^```.*?^```$/gms, '');
  const quoted = [...prose.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replaceAll(/\s+/g, ' '));
  const isMessage = (text: string): boolean =>
    text.includes(' ') && !others.some((other) => text.startsWith(`${other} `) || text === other);
  const messages = quoted.filter(isMessage);
  expect(messages.length).toBeGreaterThan(40);
  const all = code();
  const missing = messages.filter((message) => {
    const parts = message.split('…').map((part) => part.trim()).filter((part) => part.length > 3);
    return parts.length === 0 || parts.some((part) => !all.includes(part));
  });
  expect(missing).toEqual([]);
});
