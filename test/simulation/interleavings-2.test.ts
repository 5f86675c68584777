import { testInterleavings } from './interleavings.ts';

testInterleavings(1_001, 1_000);
