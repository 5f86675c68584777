import { plain, table } from '../../../transports/cli/output.ts';
import type { KindText } from '../../../transports/cli/job/kind-text.ts';
import type { ImageSetView } from './client.ts';

export const imageSetText: KindText<ImageSetView> = {
  fields: ({ cancelReason }) => [['reason', cancelReason]],
  details: ({ items }) =>
    items.length === 0
      ? ''
      : table(
          ['ITEM', 'STATE', 'RESULT'],
          items.map(({ idx, state, error, outputUrl }) => [
            String(idx), state, plain(error ?? '') || (outputUrl ?? '-'),
          ]),
        ),
};
