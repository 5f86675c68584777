import { testInterleavings } from './interleavings.ts';

testInterleavings(5_001, 5_000);
