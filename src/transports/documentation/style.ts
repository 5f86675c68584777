/** Colours follow the reader's system, or the button's choice. Only fonts that are there. */
export const style = `
:root {
  color-scheme: light dark; --paper: light-dark(#fcfbf9, #14161b); --side: light-dark(#f4f1ec, #191c22);
  --ink: light-dark(#1c2330, #e4e6eb); --soft: light-dark(#5c6473, #9aa2b1);
  --line: light-dark(#e4dfd6, #2b303a); --accent: light-dark(#b23c0a, #ff9a5c);
  --chip: light-dark(#efebe3, #242932); --code: light-dark(#1f2530, #0d0f13);
  --code-head: light-dark(#2a3140, #171a21); --code-ink: #dfe4ee; --get: light-dark(#0b63a8, #6cb6ff);
  --post: light-dark(#1a7340, #5fd38d); --put: light-dark(#935c00, #f0b849);
  --delete: light-dark(#b3261e, #ff8a80);
}
[data-theme=light] { color-scheme: light; }
[data-theme=dark] { color-scheme: dark; }
* { box-sizing: border-box; }
html { scroll-padding-top: 24px; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); display: grid;
  grid-template-columns: 288px minmax(0, 1fr);
  font: 15.5px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
code, pre, .method, .status {
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
code { font-size: .875em; overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
[hidden] { display: none !important; }
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; background: var(--side);
  border-right: 1px solid var(--line); padding: 20px 14px 40px; scrollbar-width: thin;
}
.brand { display: flex; justify-content: space-between; align-items: center; padding: 0 6px 14px; }
.brand a { color: var(--ink); font-weight: 700; font-size: 17px; display: flex; align-items: center; gap: 9px; }
.brand a:hover { text-decoration: none; }
.brand small { color: var(--soft); font-weight: 400; font-size: 12.5px; }
#theme {
  border: 1px solid var(--line); background: none; color: var(--soft); border-radius: 8px; width: 32px;
  height: 32px; font-size: 16px; line-height: 1; cursor: pointer;
}
#theme:hover { color: var(--ink); }
#find {
  width: 100%; padding: 8px 11px; border: 1px solid var(--line); border-radius: 8px;
  background: var(--paper); color: var(--ink); font: inherit; font-size: 14px; margin-bottom: 10px;
}
summary { cursor: pointer; color: var(--soft); padding: 4px 6px; font-size: 14px; }
@media (min-width: 901px) {
  summary { display: none; }
}
.tree, .tree ul { list-style: none; margin: 0; padding: 0; }
.tree .group {
  display: block; margin: 16px 6px 5px; color: var(--soft); font-size: 11.5px; font-weight: 700;
  letter-spacing: .07em; text-transform: uppercase;
}
.tree li li a {
  display: flex; align-items: baseline; gap: 9px; padding: 4px 8px; border-radius: 7px; color: var(--ink);
  font-size: 14px; line-height: 1.4;
}
.tree li li a:hover { background: var(--chip); text-decoration: none; }
.tree a[aria-current] { background: var(--chip); box-shadow: inset 2px 0 0 var(--accent); }
.tree .method { flex: none; width: 46px; font-size: 10px; padding: 0; background: none; }
.method {
  display: inline-block; font-size: 12px; font-weight: 700; letter-spacing: .02em; padding: 2px 8px;
  border-radius: 6px; color: var(--c); background: color-mix(in srgb, var(--c) 13%, transparent);
}
.get { --c: var(--get); }
.post { --c: var(--post); }
.put, .patch { --c: var(--put); }
.delete { --c: var(--delete); }
main { min-width: 0; }
.intro, .op, main > .group > header {
  display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 48px; padding: 40px 48px;
  max-width: 1480px;
}
.intro { padding-bottom: 0; }
.intro .wide { grid-column: 1 / -1; max-width: 980px; }
h1 { font-size: 34px; line-height: 1.2; letter-spacing: -.02em; margin: 6px 0 6px; }
h2 { font-size: 25px; letter-spacing: -.015em; line-height: 1.25; margin: 0 0 6px; }
h3 { font-size: 19.5px; letter-spacing: -.01em; margin: 0 0 10px; line-height: 1.3; }
h3 a { color: inherit; }
h4 {
  font-size: 12px; letter-spacing: .07em; text-transform: uppercase; color: var(--soft); margin: 26px 0 4px;
}
h4 code { text-transform: none; letter-spacing: 0; }
.hint { font-weight: 400; text-transform: none; letter-spacing: 0; font-size: 13px; }
p { margin: 0 0 12px; }
.lead { font-size: 19px; color: var(--soft); }
.text > p, .text > .lead { max-width: 66ch; }
.text p code, td code, li code, .server code {
  background: var(--chip); padding: 1.5px 5px; border-radius: 5px;
}
main > .group { border-top: 1px solid var(--line); margin-top: 48px; }
main > .group > header { padding-bottom: 0; grid-template-columns: minmax(0, 1fr); }
main > .group > header p { color: var(--soft); margin: 0; }
.op + .op { border-top: 1px solid var(--line); }
.path { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; }
.text .path code { background: none; padding: 0; font-size: 15px; font-weight: 600; }
.path var { color: var(--accent); font-style: normal; }
.auth {
  display: inline-block; font-size: 12px; line-height: 1.5; color: var(--soft);
  border: 1px solid var(--line); border-radius: 99px; padding: 1px 9px; white-space: nowrap;
}
.auth.open { border-style: dashed; }
table { border-collapse: collapse; width: 100%; }
th { font-weight: 400; text-align: left; vertical-align: top; }
.fields th, .fields td, .codes th, .codes td {
  border-top: 1px solid var(--line); padding: 9px 12px 9px 0; vertical-align: top;
}
.fields tr:first-child > *, .codes tr:first-child > * { border-top: 0; }
.fields th { width: 36%; }
.fields th code { font-weight: 600; }
.fields p { margin: 3px 0 0; color: var(--soft); font-size: 14.5px; line-height: 1.5; }
.fields .values { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 5px; }
.d1 { padding-left: 18px !important; }
.d2 { padding-left: 36px !important; }
.d3 { padding-left: 54px !important; }
.d4, .d5 { padding-left: 72px !important; }
.d1 code::before, .d2 code::before, .d3 code::before, .d4 code::before {
  content: "└ "; color: var(--line); font-weight: 400; margin-left: -18px;
}
.type { font-size: 14px; }
.limits { font-size: 13.5px; color: var(--soft); }
.limits::before { content: "· "; }
.req { font-size: 11.5px; font-weight: 600; color: var(--accent); margin-left: 8px; white-space: nowrap; }
.errors { list-style: none; margin: 0; padding: 0; font-size: 14.5px; }
.errors li { padding: 6px 0; border-top: 1px solid var(--line); }
.errors li:first-child { border-top: 0; }
.errors li > span:last-child { color: var(--soft); }
.status { font-size: 12.5px; font-weight: 700; color: var(--soft); margin-right: 3px; }
.codes { margin-top: 8px; }
.codes td:first-child { width: 48px; }
.codes th { width: 230px; }
.codes tr:target { background: var(--chip); }
.again {
  font-size: 12px; color: var(--soft); border: 1px dashed var(--line); border-radius: 99px; padding: 1px 8px;
  white-space: nowrap;
}
.code { min-width: 0; }
.op .code {
  position: sticky; top: 24px; align-self: start; max-height: calc(100vh - 48px); overflow-y: auto;
  scrollbar-width: none;
}
figure {
  margin: 0 0 16px; border-radius: 11px; overflow: hidden; background: var(--code); color: var(--code-ink);
  border: 1px solid light-dark(transparent, var(--line));
}
figcaption {
  display: flex; justify-content: space-between; align-items: center; background: var(--code-head);
  padding: 6px 8px 6px 16px; font-size: 12.5px; color: #aab3c4;
}
.copy {
  font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: 6px;
  padding: 2px 8px; cursor: pointer;
}
.copy:hover { border-color: #55607a; color: #fff; }
pre { margin: 0; padding: 14px 16px; overflow-x: auto; font-size: 13px; line-height: 1.6; tab-size: 2; }
pre code { font-size: inherit; overflow-wrap: normal; }
pre { scrollbar-width: thin; scrollbar-color: #55607a transparent; }
pre i { font-style: normal; }
.k { color: #8fc7ff; }
.s { color: #b5e0a0; }
.n { color: #ffb98a; }
.button {
  display: inline-block; border: 1px solid var(--line); border-radius: 8px; padding: 6px 14px;
  font-size: 14px;
}
footer {
  padding: 32px 48px 64px; color: var(--soft); font-size: 14px; border-top: 1px solid var(--line);
  margin-top: 24px;
}
@media (max-width: 1240px) {
  .intro, .op { grid-template-columns: minmax(0, 1fr); }
  .op .code { position: static; max-height: none; margin-top: 24px; }
  .intro .code { margin-top: 16px; }
}
@media (max-width: 900px) {
  body { grid-template-columns: minmax(0, 1fr); }
  nav {
    position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line);
    padding-bottom: 14px;
  }
  .intro, .op, main > .group > header { padding-left: 18px; padding-right: 18px; }
  footer { padding: 28px 18px; }
  .fields th { width: 44%; }
  .codes th { width: 40%; }
}
@media print {
  nav, .copy { display: none; }
  body { display: block; }
  .op { break-inside: avoid-page; }
}
`;
