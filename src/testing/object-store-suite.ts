/**
 * The contract of ObjectStore as tests: feed it a store and it says whether it keeps its word, from
 * inside and by its URLs. Web standards and vitest only, so that it runs in the Workers runtime too.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { concurrencyTests } from './object-store/concurrency.ts';
import {
  deleteAll,
  type Context,
  type ObjectStoreCapabilities,
  type ObjectStoreUnderTest,
} from './object-store/context.ts';
import { keyTests } from './object-store/keys.ts';
import { listTests, storedTests } from './object-store/stored.ts';
import { climbTests, tamperTests } from './object-store/tampering.ts';
import { partTests, signedUploadTests, signingTests, unsignedUploadTests, urlTests } from './object-store/urls.ts';

export type { ObjectStoreCapabilities, ObjectStoreUnderTest } from './object-store/context.ts';

export function objectStoreSuite(
  name: string,
  factory: () => Promise<ObjectStoreUnderTest>,
  capabilities: ObjectStoreCapabilities,
): void {
  describe(`${name}: the contract of objects`, () => {
    let under: ObjectStoreUnderTest;
    const run = `suite-${crypto.randomUUID()}`;
    const context: Context = {
      get store() {
        return under.store;
      },
      get under() {
        return under;
      },
      can: capabilities,
      send: (input, init) => (under.fetch ?? fetch)(input, init),
      key: (key) => `${run}/${key}`,
    };
    beforeAll(async () => {
      under = await factory();
    });
    afterAll(async () => {
      await deleteAll(under.store, run);
      await under.close();
    });
    describe('inside', () => storedTests(context));
    describe('keys', () => keyTests(context));
    describe('lists', () => listTests(context));
    describe('URLs', () => urlTests(context));
    describe('URLs under a condition', () => partTests(context));
    describe('signing', () => signingTests(context));
    describe('URLs that were changed', () => tamperTests(context));
    describe('paths that climb', () => climbTests(context));
    describe('what is signed with an upload', () => signedUploadTests(context));
    describe('uploads of which little is signed', () => unsignedUploadTests(context));
    describe('at once', () => concurrencyTests(context));
  });
}
