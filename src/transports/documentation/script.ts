/** For every page: copy buttons, light or dark, and a menu that is closed on a phone. They work without. */
export const pageScript = `
const root = document.documentElement;
const kept = { get() { try { return localStorage.getItem('theme'); } catch { return null; } },
  set(value) { try { localStorage.setItem('theme', value); } catch {} } };
if (kept.get()) root.dataset.theme = kept.get();
document.getElementById('theme').addEventListener('click', () => {
  const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const dark = (root.dataset.theme || preferred) === 'dark';
  root.dataset.theme = dark ? 'light' : 'dark';
  kept.set(root.dataset.theme);
});
for (const button of document.querySelectorAll('.copy')) {
  button.addEventListener('click', async () => {
    const code = button.closest('figure').querySelector('pre');
    try { await navigator.clipboard.writeText(code.innerText); button.textContent = 'Copied'; }
    catch { getSelection().selectAllChildren(code); button.textContent = 'Selected'; }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
}
if (matchMedia('(max-width: 900px)').matches) document.getElementById('menu').open = false;
`;

/** For the page of the API: finding a route, and where one is. */
export const apiScript = `${pageScript}const find = document.getElementById('find');
find.addEventListener('input', () => {
  const wanted = find.value.trim().toLowerCase();
  for (const entry of document.querySelectorAll('[data-find]')) entry.hidden = !entry.dataset.find.includes(wanted);
  for (const group of document.querySelectorAll('.tree > li')) {
    const entries = [...group.querySelectorAll('li')];
    group.hidden = wanted !== '' && entries.every((entry) => entry.hidden || !entry.dataset.find);
  }
});
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== find) { event.preventDefault(); find.focus(); }
});
const allLinks = [...document.querySelectorAll('.tree a')];
const links = new Map(allLinks.map((link) => [link.getAttribute('href').slice(1), link]));
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const link = links.get(entry.target.id);
    if (!link || !entry.isIntersecting) continue;
    for (const other of links.values()) other.removeAttribute('aria-current');
    link.setAttribute('aria-current', 'true');
    const nav = document.querySelector('nav'); const at = link.offsetTop;
    const hidden = at < nav.scrollTop + 90 || at > nav.scrollTop + nav.clientHeight - 60;
    if (hidden) nav.scrollTop = at - nav.clientHeight / 2;
  }
}, { rootMargin: '-10% 0px -80% 0px' });
for (const section of document.querySelectorAll('section.op, #authentication, #errors')) seen.observe(section);
`;
