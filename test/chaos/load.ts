/** What is submitted, and how: every request is repeated with its Idempotency-Key until it is answered. */
const concurrencyKeys = 6;
/** Attempts at once with one key; see `limitKeys`. */
export const runningPerKey = 2;

const headers = { authorization: 'Bearer client', 'content-type': 'application/json' };
const operator = { ...headers, authorization: 'Bearer operator' };
const patienceMs = 60_000;

export async function limitKeys(server: string): Promise<void> {
  const body = JSON.stringify({ limits: { maxRunningPerKey: runningPerKey } });
  const response = await fetch(`${server}/api/v1/types/chaos`, { method: 'PUT', headers: operator, body });
  if (!response.ok) throw new Error(`the limits were answered with ${response.status}: ${await response.text()}`);
}

/** Submits the task with this number; answers its id once a server has acknowledged it. */
export async function submit(servers: readonly string[], number: number, random: () => number): Promise<string> {
  const keyed = random() < 0.5;
  const body = JSON.stringify({
    type: 'chaos',
    data: { ms: 5 + Math.floor(random() * 55) },
    maxAttempts: 100,
    backoff: { firstMs: 50, maxMs: 500 },
    priority: Math.floor(random() * 3),
    ...(keyed && { concurrencyKey: `key-${Math.floor(random() * concurrencyKeys)}` }),
  });
  const key = `chaos-${number}`;
  for (const until = Date.now() + patienceMs; Date.now() < until; ) {
    for (const server of servers) {
      const answer = await say(`${server}/api/v1/jobs`, body, key);
      if (answer !== null) return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no server took task ${number} within ${patienceMs} ms`);
}

/** Null when it is not known whether it counted. */
async function say(url: string, body: string, key: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(3_000);
    const repeatable = { ...headers, 'idempotency-key': key };
    const response = await fetch(url, { method: 'POST', headers: repeatable, body, signal });
    const answer = (await response.json()) as { data?: { id: string } };
    if (response.status === 201 && answer.data !== undefined) return answer.data.id;
    if (response.status < 500 && response.status !== 409) {
      throw new Refused(`task refused with ${response.status}: ${JSON.stringify(answer)}`);
    }
    return null;
  } catch (error) {
    if (error instanceof Refused) throw error;
    return null;
  }
}

class Refused extends Error {}
