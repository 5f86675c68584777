import { imageSetMessage } from '../contract/queue.ts';

type Parsed = ReturnType<typeof imageSetMessage.parse>;

/** One executed set: its photos without a result yet, and what is to be done with them. */
export type ImageSetMessage = Readonly<Parsed>;
export type MessageItem = Readonly<Parsed['items'][number]>;

/** Or, when it is no such message, what is wrong with it in one sentence. */
export function readMessage(body: unknown): ImageSetMessage | string {
  const parsed = imageSetMessage.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'is wrong'}`;
}
