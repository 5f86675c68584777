import * as z from 'zod';
import { textFits } from './sizes.ts';

/** In UTF-8, since it is in an index: PostgreSQL's take 2,704 bytes in all. */
const urlBytes = 2_000;

export const webhookUrl = z
  .string()
  .refine((text) => textFits(text, urlBytes), { error: `must have at most ${urlBytes} bytes` })
  .refine(isHttpUrl, { error: 'must be an http:// or https:// URL' })
  .meta({ maxLength: urlBytes });

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hostname } = new URL(text);
  // Longer than any name that DNS knows, a host could also be longer than the URL: some characters stand for many.
  if (hostname.length > 253) return false;
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
