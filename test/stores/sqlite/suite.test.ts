import { afterAll } from 'vitest';
import { storeSuite } from '../../../src/testing/store-suite/index.ts';
import { storesInOneFile } from './open.ts';

const stores = storesInOneFile();
afterAll(() => stores.remove());

storeSuite('SQLite in a file', stores.open);
