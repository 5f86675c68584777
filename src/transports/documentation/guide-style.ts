import { style } from './style.ts';

/** Of pages that are read from top to bottom, in the colours of the others. */
export const guideStyle = `${style}
main.guide { padding: 40px 48px 96px; max-width: 860px; }
.guide h2 { margin: 44px 0 10px; padding-top: 14px; border-top: 1px solid var(--line); }
.guide h3 { margin: 30px 0 8px; }
.guide h4 { font-size: 15px; text-transform: none; letter-spacing: 0; color: var(--ink); }
.guide :is(h2, h3, h4) a { color: inherit; }
.guide :is(p, li, td, th) code { background: var(--chip); padding: 1.5px 5px; border-radius: 5px; }
.guide p, .guide ul, .guide ol { margin: 0 0 14px; }
.guide li { margin: 4px 0; }
.guide figure { margin: 4px 0 18px; }
.guide img { max-width: 100%; height: auto; border-radius: 10px; border: 1px solid var(--line); }
.guide .table { overflow-x: auto; margin: 0 0 18px; }
.guide td, .guide th {
  border-top: 1px solid var(--line); padding: 8px 16px 8px 0; text-align: left; vertical-align: top;
}
.guide th { font-weight: 600; border-top: 0; }
.guide blockquote { margin: 0 0 14px; padding-left: 16px; border-left: 3px solid var(--line); color: var(--soft); }
.guide dl { margin: 0; }
.guide dt { margin-top: 10px; font-weight: 600; }
.guide dd { margin: 0; color: var(--soft); }
.guide .excerpt { color: var(--soft); font-size: 14.5px; margin: 2px 0 18px; overflow-wrap: anywhere; }
nav form { margin: 0; }
nav .here { list-style: none; margin: 2px 0 6px; padding: 0 0 0 14px; border-left: 1px solid var(--line); }
.tree li .here a { color: var(--soft); font-size: 13px; padding: 2px 8px; }
.around { display: flex; justify-content: space-between; gap: 16px; margin-top: 48px; font-size: 14.5px; }
@media (max-width: 900px) {
  main.guide { padding: 24px 18px 64px; }
}
`;
