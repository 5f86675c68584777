import { plain, table } from '../../../transports/cli/output.ts';
import { saveBody } from '../../../transports/cli/job/save-file.ts';
import type { KindText } from '../../../transports/cli/job/kind-text.ts';
import { createProgress } from '../../../transports/cli/terminal/progress.ts';
import type { ImageSetRoutes, ImageSetView } from './client.ts';
import { saveResults } from './results.ts';

export const imageSetText: KindText<ImageSetView> = {
  fields: ({ cancelReason }) => [['reason', cancelReason]],
  details: ({ items }) =>
    items.length === 0
      ? ''
      : [
          table(
            ['ITEM', 'STATE', 'CONFIDENCE', 'RESULT'],
            items.map(({ idx, state, confidence, error, outputUrl }) => [
              String(idx), state, confidence?.toFixed(2) ?? '-', plain(error ?? '') || (outputUrl ?? '-'),
            ]),
          ),
          ...whyFailed(items),
        ].join('\n'),
  async download(context, job, folder) {
    const progress = createProgress(context.output, context.env);
    try {
      return await saveResults(context.client<ImageSetRoutes>(), job, [], { folder }, progress, context.signal);
    } finally {
      progress.end();
    }
  },
  async archive(context, { id }, path) {
    const { signal } = context;
    const { body } = await context.client<ImageSetRoutes>().downloadResults({ params: { id } }, { signal });
    await saveBody(body, path, signal);
  },
};

/** Beneath the table, since a URL would push its columns off the screen. */
function whyFailed(items: ImageSetView['items']): string[] {
  return items.flatMap(({ idx, state, previewUrl }) =>
    state === 'failed' && previewUrl !== null ? [`Why item ${idx} failed: ${previewUrl}`] : []);
}
