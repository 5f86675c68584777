const mark = [
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">',
  '<rect width="32" height="32" rx="7" fill="#c2410c"/>',
  '<path d="M7 10l4 12 5-9 5 9 4-12" fill="none" stroke="white" stroke-width="3" stroke-linejoin="round" ',
  'stroke-linecap="round"/></svg>',
].join('');

/** As a data: URL, so that nothing is fetched for it. */
export const icon = `data:image/svg+xml,${encodeURIComponent(mark)}`;
