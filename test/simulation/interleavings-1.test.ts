import { testInterleavings } from './interleavings.ts';

testInterleavings(1, 5_000);
