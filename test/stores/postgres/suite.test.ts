import { storeSuite } from '../../../src/testing/store-suite/index.ts';
import { openTestStore } from './open.ts';

storeSuite('PostgreSQL', openTestStore);
