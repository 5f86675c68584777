import { testInterleavings } from './interleavings.ts';

testInterleavings(1, 3_000);
