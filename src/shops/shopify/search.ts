/**
 * A term of Shopify's search syntax, `sku:"BLUE-1"` (shopify.dev/docs/api/usage/search-syntax). In quotes only the
 * quote and the backslash are special. What is found still has to be compared: the search ignores case, and finds
 * parts of words.
 */
export function searchTerm(field: string, value: string): string {
  return `${field}:"${value.replace(/["\\]/g, '\\$&')}"`;
}
