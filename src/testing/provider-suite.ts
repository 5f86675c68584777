/**
 * Conformance tests for Provider. The provider under test runs a shell as its agent; the tests check that workers start
 * once, stop when told to, leave nothing behind and are reported when they end.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { aloneTests } from './provider-suite/alone.ts';
import { listenToAgents, type Agents } from './provider-suite/agents.ts';
import {
  createContext,
  type ProviderUnderTest,
  type ProviderUnderTestCapabilities,
} from './provider-suite/context.ts';
import { endTests } from './provider-suite/ends.ts';
import { failureTests } from './provider-suite/failures.ts';
import { listTests } from './provider-suite/lists.ts';
import { provisionTests } from './provider-suite/provisioning.ts';
import { terminateTests } from './provider-suite/terminating.ts';
import { watchTests } from './provider-suite/watching.ts';

export type { ProviderUnderTest, ProviderUnderTestCapabilities } from './provider-suite/context.ts';

const cleaningMs = 120_000;

export function providerSuite(
  name: string,
  factory: () => Promise<ProviderUnderTest>,
  capabilities: ProviderUnderTestCapabilities,
): void {
  describe(`${name}: the contract of providers`, () => {
    let under: ProviderUnderTest;
    let agents: Agents;
    const context = createContext(() => under, () => agents, capabilities);
    beforeAll(async () => {
      under = await factory();
      agents = await listenToAgents(under.listenOn);
    });
    afterAll(async () => {
      await context.terminateAll();
      await agents.close();
      await under.close();
    }, cleaningMs);
    describe('provisioning', () => provisionTests(context));
    describe('environment', () => aloneTests(context));
    describe('ends', () => endTests(context));
    describe('terminating', () => terminateTests(context));
    describe('lists', () => listTests(context));
    if (capabilities.watches) describe('watches', () => watchTests(context));
    describe('failures', () => failureTests(context));
  });
}
