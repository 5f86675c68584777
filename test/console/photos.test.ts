import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { rememberingPrograms } from '../imaging/remembered.ts';
import { startTestServer } from '../server/server.ts';
import { expectAccessible, noBrowser, openConsole, useBrowser } from './browser.ts';
import { ask, endedSet, grant, namesIn, photoFiles, startPhotoServer } from './photos-server.ts';
import { startProxy } from './proxy.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

const onSet = /\/photos\/[0-9a-f]{8}-[0-9a-f-]{27}/;

/** Chooses photos on the page for new ones, and starts. */
async function start(page: Page, paths: readonly string[]): Promise<void> {
  await page.locator('input[type=file]').first().setInputFiles([...paths]);
  await page.getByRole('button', { name: /^Start with/ }).click();
}

async function savedBy(page: Page, act: () => Promise<unknown>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Goes on by Tab until the control has the focus. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    if (await control.evaluate((element) => element === document.activeElement).catch(() => false)) return;
  }
  throw new Error(`${String(control)} cannot be reached by Tab`);
}

test('photos go through the built-in worker, and come back as a ZIP under their names', async () => {
  vi.stubEnv('NODE_OPTIONS', rememberingPrograms);
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = await startTestServer({ WAYBILL_WORKERS: 'images' });
  await grant(server.url, 'mira', 5);
  const names = Array.from({ length: 5 }, (_, at) => `Shelf ${at + 1}.jpg`);
  const page = await openConsole(server, { path: '/photos/new' });
  await page.getByText('Warm interior').click();
  // Of one photo under five names, the models are asked once.
  const [photo] = await photoFiles(['Shelf.jpg']);
  await page.locator('input[type=file]').first().setInputFiles(
    names.map((name) => ({ name, mimeType: 'image/jpeg', buffer: readFileSync(photo!) })),
  );
  await page.getByText('Uses 5 credits, you have 15.').waitFor();
  await page.getByRole('button', { name: 'Start with 5 photos' }).click();
  await page.waitForURL(onSet);
  await page.getByText('5 delivered = 5 credits').waitFor({ timeout: 280_000 });
  const { bytes } = await savedBy(page, () => page.getByRole('link', { name: 'Download all (ZIP)' }).click());
  expect(namesIn(bytes)).toEqual(names.map((name) => name.replace('.jpg', '.png')));
}, 300_000);

test('from the upload to the download of a result, the keyboard is enough', async () => {
  const server = await startPhotoServer();
  const page = await openConsole(server, { path: '/photos/new' });
  await page.getByText('What shall be done?').waitFor();
  const choose = page.getByRole('button', { name: 'Choose photos' });
  const choosing = page.waitForEvent('filechooser');
  await tabTo(page, choose);
  await page.keyboard.press('Enter');
  await (await choosing).setFiles([...(await photoFiles(['cup.jpg', 'bowl.jpg', 'chair.jpg']))]);
  await page.getByText('Uses 3 credits').waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Start with 3 photos' }));
  await page.keyboard.press('Enter');
  await page.getByText('3 delivered = 3 credits').waitFor();
  await tabTo(page, page.getByRole('button', { name: 'cup.jpg: done' }));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'bowl.jpg' }).waitFor();
  await page.keyboard.press('ArrowRight');
  const viewer = page.getByRole('dialog', { name: 'chair.jpg' });
  await viewer.waitFor();
  const slider = viewer.getByRole('slider');
  await tabTo(page, slider);
  await page.keyboard.press('ArrowLeft');
  expect(await slider.inputValue()).toBe('49');
  const before = viewer.getByRole('button', { name: 'Show before' });
  await tabTo(page, before);
  await page.keyboard.press('Space');
  expect(await before.getAttribute('aria-pressed')).toBe('true');
  await tabTo(page, viewer.getByRole('link', { name: 'Download' }));
  const { name, bytes } = await savedBy(page, () => page.keyboard.press('Enter'));
  expect([name, bytes.subarray(1, 4).toString()]).toEqual(['chair.png', 'PNG']);
  await page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('bowl.jpg: done');
});

describe('a photo that failed', () => {
  test('says why, and can be used anyway where only its cut-out was doubtful', async () => {
    const server = await startPhotoServer();
    const [sure] = await photoFiles(['sure.jpg']);
    const [doubtful] = await photoFiles(['doubtful.jpg'], 210);
    const jobId = await endedSet(server.url, [sure!, doubtful!]);
    const page = await openConsole(server, { path: `/photos/${jobId}` });
    await page.getByText('1 delivered = 1 credit, 1 failed = not charged').waitFor();
    await page.getByText('The cut-out is probably wrong').waitFor();
    await page.getByRole('button', { name: 'sure.jpg: done' }).click();
    await page.getByText('Probability that it is right: 94%').waitFor();
    await page.getByRole('button', { name: 'Next photo' }).click();
    await page.getByText('Probability that it is right: 31%').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Use it anyway' }).click();
    await page.waitForURL((url) => onSet.test(url.pathname) && !url.pathname.includes(jobId));
    await page.getByText('1 delivered = 1 credit').waitFor();
    await page.getByRole('button', { name: 'doubtful.jpg: done' }).waitFor();
  });

  test('can be tried again, alone or with the others that failed', async () => {
    const server = await startPhotoServer();
    const jobId = await endedSet(server.url, await photoFiles(['a.jpg', 'b.jpg'], 320));
    const page = await openConsole(server, { path: `/photos/${jobId}` });
    await page.getByText('Not charged, 2 failed = not charged').waitFor();
    await page.getByRole('button', { name: 'Try again' }).nth(1).click();
    await page.waitForURL((url) => onSet.test(url.pathname) && !url.pathname.includes(jobId));
    await page.getByRole('button', { name: /^b\.jpg: What was to be changed/ }).waitFor();
    expect(await page.locator('.tile').count()).toBe(1);
    await page.goto(`${server.url}/photos/${jobId}`);
    await page.getByRole('button', { name: 'Try 2 photos again' }).click();
    await page.getByText('A new set has begun').waitFor();
    expect((await ask(server.url, 'mira', 'GET', '/api/jobs?kind=image-set')).total).toBe(3);
  });
});

describe('an upload', () => {
  /** Holds the upload of one photo. Let go, those that begin later pass; the one that is held ends with its page. */
  async function hold(page: Page, idx: number): Promise<() => void> {
    let isHeld = true;
    await page.route(`**/objects/inputs/**/${idx}.jpg*`, (route) => (isHeld ? undefined : route.continue()));
    return () => void (isHeld = false);
  }

  test('goes on by itself after a reload, with the same set', async () => {
    const server = await startPhotoServer();
    const page = await openConsole(server, { path: '/photos/new' });
    const letGo = await hold(page, 2);
    await start(page, await photoFiles(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']));
    await page.getByText('3 of 4 uploaded').waitFor();
    letGo();
    await page.reload();
    await page.getByText('4 delivered = 4 credits').waitFor();
    expect((await ask(server.url, 'mira', 'GET', '/api/jobs?kind=image-set')).total).toBe(1);
  });

  test('asks for the files that the browser has not kept, and knows them by name and size', async () => {
    const server = await startPhotoServer();
    const page = await openConsole(server, { path: '/photos/new' });
    await page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
    await page.reload();
    const letGo = await hold(page, 1);
    const paths = await photoFiles(['a.jpg', 'b.jpg', 'c.jpg']);
    await start(page, paths);
    await page.getByText('2 of 3 uploaded').waitFor();
    letGo();
    await page.reload();
    await page.getByText('The browser has not kept 1 photo of this upload.').waitFor();
    await page.locator('input[type=file]').first().setInputFiles([...paths]);
    await page.getByText('3 delivered = 3 credits').waitFor();
  });

  test('is tried again where the connection breaks, and can be canceled without a charge', async () => {
    const server = await startPhotoServer();
    const page = await openConsole(server, { path: '/photos/new', expected: [/Failed to load resource/] });
    let broken = 0;
    await page.route('**/objects/inputs/**/0.jpg*', async (route) => {
      broken += 1;
      await (broken === 1 ? route.abort('connectionreset') : route.continue());
    });
    await hold(page, 1);
    await start(page, await photoFiles(['a.jpg', 'b.jpg']));
    await page.getByText('1 of 2 uploaded').waitFor();
    expect(broken).toBe(2);
    await page.getByRole('button', { name: 'Cancel the upload' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the upload' }).click();
    await page.getByText('Drop photos here').or(page.getByText('Drop more photos here')).waitFor();
    const { jobs } = await ask(server.url, 'mira', 'GET', '/api/jobs?kind=image-set');
    expect(jobs).toMatchObject([{ status: 'canceled' }]);
    expect(await ask(server.url, 'mira', 'GET', '/api/user/me')).toMatchObject({ reserved: 0, spent: 0 });
  });

  test('works below a path of a proxy, whose address is another than the server has for itself', async () => {
    const server = await startPhotoServer();
    const { url } = await startProxy(server, '/tools/waybill');
    const page = await openConsole(server, { url, path: '/photos/new' });
    await start(page, await photoFiles(['a.jpg', 'b.jpg']));
    await page.getByText('2 delivered = 2 credits').waitFor();
    await page.locator('.tile.shown').nth(1).waitFor();
    const pictures = page.locator('.tile img');
    const sources = await pictures.evaluateAll((all) => all.map((img) => (img as HTMLImageElement).src));
    for (const source of sources) expect(source).toMatch(new RegExp(`^(blob:|${url}/)`));
  });
});

describe('the page for new photos', () => {
  test('tells what cannot be taken, and what it would cost, before anything is uploaded', async () => {
    const server = await startTestServer();
    const page = await openConsole(server, { path: '/photos/new' });
    await page.locator('input[type=file]').first().setInputFiles([
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no photo') },
      { name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) },
    ]);
    await page.getByText('Not a JPEG, PNG, WebP or AVIF').waitFor();
    await page.getByText('The file is empty').waitFor();
    expect(await page.getByRole('button', { name: /^Start with/ }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Leave all out' }).click();
    const paths = await photoFiles(Array.from({ length: 12 }, (_, at) => `${at}.jpg`), 40);
    await page.locator('input[type=file]').first().setInputFiles([...paths]);
    await page.getByText('12 credits are needed, and only 10 are there. Leave 2 photos out').waitFor();
    await page.getByRole('button', { name: 'Leave 0.jpg out' }).click();
    await page.getByRole('button', { name: 'Leave 1.jpg out' }).click();
    await page.getByText('Uses 10 credits, you have 10.').waitFor();
    expect(await page.getByRole('button', { name: 'Start with 10 photos' }).isEnabled()).toBe(true);
  });

  test('says so when as many sets are in progress as there may be', async () => {
    const server = await startTestServer();
    await ask(server.url, 'mira', 'POST', '/api/jobs', { preset: 'seller', itemCount: 1 });
    const page = await openConsole(server, { path: '/photos/new' });
    await page.locator('input[type=file]').first().setInputFiles([...(await photoFiles(['a.jpg']))]);
    await page.getByText('One set can be in progress at a time.').waitFor();
  });
});

describe('a set of photos', () => {
  test('fills as its results come, and says so in the title', async () => {
    const server = await startTestServer();
    await grant(server.url, 'mira', 5);
    const { jobId } = await ask(server.url, 'mira', 'POST', '/api/jobs', { preset: 'seller', itemCount: 2 });
    await ask(server.url, 'mira', 'POST', `/api/jobs/${jobId}/confirm-upload`, {});
    await ask(server.url, 'mira', 'POST', `/api/jobs/${jobId}/execute`, {});
    const page = await openConsole(server, { path: `/photos/${jobId}`, expected: [/Failed to load resource/] });
    await page.getByText('0 of 2 photos done').waitFor();
    const said = await fetch(`${server.url}/api/jobs/${jobId}/callback`, {
      method: 'POST',
      headers: { 'x-gpu-callback-secret': 'dev-callback-secret', 'content-type': 'application/json' },
      body: JSON.stringify({ idx: 1, status: 'failed', error: 'The lens cap was on.', error_code: 'lens_cap' }),
    });
    expect(said.status).toBe(200);
    await page.getByRole('button', { name: 'Photo 2: The lens cap was on.' }).waitFor();
    await expect.poll(() => page.title()).toBe('50 % · Photos: White background · Waybill');
  });

  test('has photos that failed tried again before the others are done', async () => {
    const server = await startTestServer();
    await grant(server.url, 'mira', 5);
    const { jobId, urls } = await ask(server.url, 'mira', 'POST', '/api/jobs', { preset: 'seller', itemCount: 2 });
    const [path] = await photoFiles(['a.jpg']);
    for (const { url } of urls) await fetch(url, { method: 'PUT', body: readFileSync(path!) });
    await ask(server.url, 'mira', 'POST', `/api/jobs/${jobId}/confirm-upload`, {});
    await ask(server.url, 'mira', 'POST', `/api/jobs/${jobId}/execute`, {});
    await fetch(`${server.url}/api/jobs/${jobId}/callback`, {
      method: 'POST',
      headers: { 'x-gpu-callback-secret': 'dev-callback-secret', 'content-type': 'application/json' },
      body: JSON.stringify({ idx: 1, status: 'failed', error: 'The lens cap was on.' }),
    });
    const page = await openConsole(server, { path: `/photos/${jobId}`, expected: [/Failed to load resource/] });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForURL((url) => onSet.test(url.pathname) && !url.pathname.includes(jobId));
    await page.getByText('0 of 1 photo done').waitFor();
    expect(await ask(server.url, 'mira', 'GET', `/api/jobs/${jobId}`)).toMatchObject({ endedAt: null });
  });

  test('is made again with another preset, without an upload', async () => {
    const server = await startPhotoServer();
    const jobId = await endedSet(server.url, await photoFiles(['a.jpg']));
    const page = await openConsole(server, { path: `/photos/${jobId}` });
    await page.getByRole('button', { name: 'Again with another preset' }).click();
    await page.getByRole('dialog').getByText('White background').click();
    await page.getByRole('button', { name: 'Start, for 1 credit at most' }).click();
    await page.getByRole('heading', { name: 'White background' }).waitFor();
    await page.getByText('1 delivered = 1 credit').waitFor();
  });

  test('is canceled after a question, and what was not made is not charged', async () => {
    const server = await startTestServer();
    const { jobId } = await ask(server.url, 'mira', 'POST', '/api/jobs', { preset: 'seller', itemCount: 2 });
    await ask(server.url, 'mira', 'POST', `/api/jobs/${jobId}/confirm-upload`, {});
    const page = await openConsole(server, { path: `/photos/${jobId}`, expected: [/Failed to load resource/] });
    await page.getByText('The photos are there, but nothing has been started.').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel the set' }).click();
    await page.getByText('Not charged, 2 not made = not charged').waitFor();
  });

  test('tells its history in words, in German too', async () => {
    const server = await startPhotoServer();
    const jobId = await endedSet(server.url, await photoFiles(['a.jpg']));
    const page = await openConsole(server, { path: `/photos/${jobId}`, language: 'de' });
    await page.getByRole('link', { name: 'Verlauf' }).click();
    await page.getByText('Angelegt für 1 Foto').waitFor();
    await page.getByText('a.jpg ist fertig').waitFor();
    await page.getByRole('link', { name: 'Einzelheiten' }).click();
    await page.getByText('Freistellen').first().waitFor();
  });

  test('keeps what is behind a cut-out to the one who looks at it', async () => {
    const server = await startPhotoServer();
    const jobId = await endedSet(server.url, await photoFiles(['a.jpg']));
    const page = await openConsole(server, { path: `/photos/${jobId}?photo=1` });
    await page.getByRole('radio', { name: 'Black' }).check();
    await page.reload();
    await expect.poll(() => page.getByRole('radio', { name: 'Black' }).isChecked()).toBe(true);
    const ground = page.locator('.stage-pictures');
    const color = () => ground.evaluate((element) => getComputedStyle(element).backgroundColor);
    await expect.poll(color).toBe('rgb(0, 0, 0)');
    await page.getByRole('button', { name: 'Larger' }).click();
    const isLarger = () => ground.evaluate((element) => element.clientWidth > element.parentElement!.clientWidth);
    await expect.poll(isLarger).toBe(true);
  });
});

test('the pages of photos have no barrier on a desk or a phone', async () => {
  const server = await startPhotoServer();
  const page = await openConsole(server, { path: '/photos' });
  await page.getByText('Drop photos here').waitFor();
  await expectAccessible(page);
  const [doubtful] = await photoFiles(['doubtful.jpg'], 210);
  const jobId = await endedSet(server.url, [...(await photoFiles(['a.jpg', 'b.jpg'])), doubtful!]);
  await page.getByRole('link', { name: 'Cut out' }).waitFor();
  await expectAccessible(page);
  await page.goto(`${server.url}/photos/new`);
  await page.locator('input[type=file]').first().setInputFiles([...(await photoFiles(['a.jpg']))]);
  await page.getByText('Uses 1 credit').waitFor();
  await page.getByText('More', { exact: true }).click();
  await expectAccessible(page);
  await page.goto(`${server.url}/photos/${jobId}`);
  await page.getByText('2 delivered').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'a.jpg: done' }).click();
  await page.getByRole('slider').waitFor();
  await expectAccessible(page);
});

test('a page of sets asks once for the pictures of all of its sets', async () => {
  const server = await startPhotoServer();
  for (const path of await photoFiles(['cup.jpg', 'bowl.jpg', 'chair.jpg'])) await endedSet(server.url, [path]);
  const page = await openConsole(server, { path: '/' });
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(new URL(request.url()).pathname));
  await page.getByRole('link', { name: 'Photos', exact: true }).click();
  await page.locator('.set-card .small-tile.done img').nth(2).waitFor();
  // Once more where the page heard meanwhile that the sets have ended.
  expect(asked.filter((path) => path === '/api/image-sets/pictures').length).toBeLessThan(3);
  expect(asked.filter((path) => /^\/api\/jobs\/[0-9a-f-]{36}/.test(path))).toEqual([]);
});
