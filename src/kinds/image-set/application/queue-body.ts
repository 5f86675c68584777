import { messageKey } from '../domain/keys.ts';
import type { ImageSetJob } from '../domain/types.ts';
import { type ImageSetMessage, imageSetMessage, messageSeconds } from './message.ts';
import type { Dependencies } from '../../../application/dependencies.ts';

/** In place of a message that is too large for its queue: where to read it. */
export interface ImageSetMessageElsewhere {
  readonly job_id: string;
  readonly user_id: string;
  /** Presigned GET. */
  readonly message_url: string;
}

const utf8 = new TextEncoder();

/** What is put on a queue that takes `maxBytes` a message: a set of 200 photos has 800 URLs, some 400 KB. */
export async function queueBody(
  deps: Pick<Dependencies, 'objects' | 'settings'>,
  job: ImageSetJob,
  maxBytes: number,
): Promise<ImageSetMessage | ImageSetMessageElsewhere> {
  const message = await imageSetMessage(deps, job);
  const bytes = utf8.encode(JSON.stringify(message));
  if (bytes.length <= maxBytes) return message;
  const { id: job_id, ownerId: user_id } = job;
  const key = messageKey(user_id, job_id);
  await deps.objects.put(key, bytes, { contentType: 'application/json' });
  const message_url = await deps.objects.presignGet(key, { expiresInSeconds: messageSeconds(deps.settings) });
  return { job_id, user_id, message_url };
}
