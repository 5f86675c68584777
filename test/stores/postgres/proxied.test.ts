import { afterAll, describe, expect, it } from 'vitest';
import { storeSuite, type StoreGroup } from '../../../src/testing/store-suite/index.ts';
import { newDatabase } from '../../postgres/database.ts';
import { startPoolingProxy, type PoolingProxy } from '../../postgres/pooling-proxy.ts';
import { open, openTestStore } from './open.ts';

const proxies = new Map<string, PoolingProxy>();

async function throughProxy(url: string): Promise<PoolingProxy> {
  const proxy = proxies.get(url) ?? (await startPoolingProxy(url));
  proxies.set(url, proxy);
  return proxy;
}

afterAll(async () => {
  for (const proxy of proxies.values()) await proxy.close();
});

const pooled = async (url: string) => ({ url: (await throughProxy(url)).url, proxied: true });

/**
 * What becomes of a connection's statements, transactions, locks and notifications, with each sort of value. The rest
 * is the same SQL, which the suite without a proxy has run.
 */
const throughIt: readonly StoreGroup[] = [
  'a commit', 'a commit in conflict', 'concurrent commits', 'the feed of events', 'records of declared tables',
  'labels of jobs', 'the outbox', 'message queues', 'work', 'leases', 'logs', 'a store that was opened again',
  'the check of the store',
];
storeSuite('PostgreSQL behind a proxy that pools transactions', () => openTestStore(pooled), throughIt);

describe('behind a proxy', () => {
  it('leaves nothing in a session: its transactions go by several of them', async () => {
    const { url } = await newDatabase();
    const proxy = await throughProxy(url);
    const store = await open(proxy.url, { proxied: true });
    for (let i = 0; i < 5; i++) await store.check();
    expect(proxy.used).toBe(3);
    expect(store.wakeUps).toBeUndefined();
    await store.close();
  });

  it('gets wake-ups through a connection that bypasses it', async () => {
    const { url } = await newDatabase();
    const proxy = await throughProxy(url);
    const options = { proxied: true, listenUrl: url };
    const [teller, hearer] = [await open(proxy.url, options), await open(proxy.url, options)];
    const heard = new Promise<string>((resolve) => {
      hearer.wakeUps?.listen((topic) => {
        if (topic === null) teller.wakeUps?.notify('queue');
        else resolve(topic);
      });
    });
    expect(await heard).toBe('queue');
    await Promise.all([teller.close(), hearer.close()]);
  });

  it('says which option is missing when it is taken for PostgreSQL itself', async () => {
    const { url } = await newDatabase();
    const proxy = await throughProxy(url);
    await expect(open(proxy.url)).rejects.toThrow('set DATABASE_PROXY=true');
  });
});
