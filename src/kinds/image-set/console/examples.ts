import cutOutAfter from './examples/remove-background-after.webp';
import cutOutBefore from './examples/remove-background-before.webp';
import interiorAfter from './examples/interior-after.webp';
import interiorBefore from './examples/interior-before.webp';
import sellerAfter from './examples/seller-after.webp';
import sellerBefore from './examples/seller-before.webp';

/** By preset: a photo, and what the built-in worker makes of it. NOTICE says whose photos they are. */
export const examples: Readonly<Record<string, { readonly before: string; readonly after: string } | undefined>> = {
  interior: { before: interiorBefore, after: interiorAfter },
  seller: { before: sellerBefore, after: sellerAfter },
  'remove-background': { before: cutOutBefore, after: cutOutAfter },
};
