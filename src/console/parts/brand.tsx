/** The mark of Waybill. */
export function Brand({ size }: { readonly size: number }) {
  return (
    <svg class="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M7 10l4 12 5-9 5 9 4-12" fill="none" stroke-width="3" stroke-linejoin="round" stroke-linecap="round" />
    </svg>
  );
}
