import * as z from 'zod';
import { defineTask } from '../../src/main/embedded/index.ts';

export const greet = defineTask({
  type: 'greet', input: z.object({ name: z.string().min(1) }), output: z.object({ text: z.string() }),
});
export const greeting = greet.handle(async ({ data }) => ({ text: `Hello, ${data.name}` }));
