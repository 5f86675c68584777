/**
 * Handlers of two types of task. In TypeScript, with `import { DoNotRetry, RetryAfter } from 'waybill/worker'`,
 * the errors are those classes; by their names they are known without importing anything.
 */
export default {
  /** Data: `{ "csv": "name,email\n…" }`. Counts what can be imported, and notes what cannot. */
  async import_voters(job, ctx) {
    const [header, ...rows] = String(job.data?.csv ?? '').trim().split('\n');
    if (header !== 'name,email') throw named('DoNotRetry', 'the first line must be: name,email');
    let imported = 0;
    for (const [index, row] of rows.entries()) {
      ctx.signal.throwIfAborted();
      const [name, email = ''] = row.split(',');
      if (email.includes('@')) imported += 1;
      else ctx.error(`row ${index + 2}`, `${name} has no email address`);
      await ctx.progress(index + 1, rows.length);
    }
    ctx.log(`${imported} of ${rows.length} rows imported`);
    return { imported };
  },

  /** Data: `{ "seconds": 2 }`. Something long that stops when it is told to. */
  async wait(job, ctx) {
    const total = Math.round(Number(job.data?.seconds ?? 2) * 10);
    for (let tick = 1; tick <= total; tick++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await ctx.progress(tick, total);
    }
    return { seconds: total / 10 };
  },
};

function named(name, message) {
  return Object.assign(new Error(message), { name });
}
