import type { Restyle } from '../../src/kinds/image-set/worker/restyle.ts';

/** Restyles by putting a word before the bytes. */
export const prefixing: Restyle = async ({ image }) => ({
  result: Buffer.concat([Buffer.from('result of '), image]),
  preview: Buffer.concat([Buffer.from('preview of '), image]),
});
