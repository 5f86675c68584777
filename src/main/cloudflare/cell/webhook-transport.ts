import { joined } from '../../../application/logs/web-gzip.ts';
import { keptAnswerBytes, type WebhookAnswer, type WebhookTransport } from '../../../ports/webhook-transport.ts';
import { webhookUrlProblem } from '../../webhook-address.ts';

/**
 * By `fetch`, which from Cloudflare reaches nothing but the Internet: names that lead to private addresses are refused
 * there. `allowPrivate` is for development, where it reaches what this machine does.
 */
export function createEdgeWebhookTransport(allowPrivate: boolean): WebhookTransport {
  const urlProblem = (url: string): string | null => webhookUrlProblem(url, allowPrivate);
  return {
    urlProblem,
    async post({ url, headers, body, timeoutMs }) {
      const problem = urlProblem(url);
      if (problem !== null) return { status: null, error: `The URL ${problem}.` };
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
        return await answerOf(response);
      } catch (error) {
        const late = signal.aborted ? `No answer within ${timeoutMs / 1_000} s.` : 'The connection failed';
        return { status: null, error: signal.aborted ? late : `${late} (${String(error).slice(0, 200)}).` };
      }
    },
  };
}

/** An answer whose body does not come to its end is an answer. */
async function answerOf(response: Response): Promise<WebhookAnswer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined && bytes < keptAnswerBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bytes += value.byteLength;
    }
  } catch {
    // What has come is kept.
  }
  await reader?.cancel().catch(() => {});
  const body = new TextDecoder().decode(joined(parts).subarray(0, keptAnswerBytes));
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
}
