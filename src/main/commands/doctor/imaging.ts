import { fail, ok, reasonOf, type Finding } from './finding.ts';

/** Whether this machine can restyle photos: loads the model and the native parts. */
export async function checkImaging(): Promise<Finding> {
  const startedAt = performance.now();
  try {
    const { createRestyler } = await import('../../../imaging/local/index.ts');
    await createRestyler();
    return ok('imaging', `the model is there and loads in ${Math.round(performance.now() - startedAt)} ms`);
  } catch (error) {
    return fail('imaging', reasonOf(error), 'Install again (npm ci): the model and sharp come with the package.');
  }
}
