/** By the first bytes, which do not lie as names do. */
export function photoType(head: Buffer): string | null {
  const hex = head.toString('hex');
  const ascii = head.toString('latin1');
  if (hex.startsWith('ffd8ff')) return 'image/jpeg';
  if (hex.startsWith('89504e470d0a1a0a')) return 'image/png';
  if (/^RIFF....WEBP/s.test(ascii)) return 'image/webp';
  if (/^(II\*\0|MM\0\*)/.test(ascii)) return 'image/tiff';
  if (/^GIF8[79]a/.test(ascii)) return 'image/gif';
  const brand = /^....ftyp(....)/s.exec(ascii)?.[1];
  if (brand === 'avif' || brand === 'avis') return 'image/avif';
  return brand !== undefined && /^(hei[cxms]|hev[cx]|mif1|msf1)$/.test(brand) ? 'image/heic' : null;
}
