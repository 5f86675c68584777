import { testInterleavings } from './interleavings.ts';

testInterleavings(3_001, 3_000);
