import { testInterleavings } from './interleavings.ts';

testInterleavings(1, 1_000);
