/** Hashes that are being made: they run beside the event loop, so that nothing else says when they are there. */
let hashing = 0;
const digest = crypto.subtle.digest.bind(crypto.subtle);
crypto.subtle.digest = (...args) => {
  hashing += 1;
  return digest(...args).finally(() => (hashing -= 1));
};

/** Resolves when everything that was set going and waits for nobody has come to rest. */
export async function rest(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (hashing > 0);
}
