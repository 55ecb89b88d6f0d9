/** The page's style sheet: light and dark, a phone's width first, one sheet of A4 when printed. Contrast at least 4.5:1. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --ground: #ffffff; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --link: #0b57d0; --ok: #1a7f37; --degraded: #8a5a00; --failing: #c01c28; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --ground: #0d1117; --soft: #9aa4af; --line: #30363d;
  --panel: #161b22; --link: #79b8ff; --ok: #56d364; --degraded: #e3b341; --failing: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--ground); font: 16px/1.6 system-ui, "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic UI", sans-serif; }
a { color: var(--link); }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .25rem .5rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; padding: .5rem 1rem; border-bottom: 1px solid var(--line); background: var(--panel); }
header p { margin: 0; }
.name { font-weight: 600; margin-right: auto; }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1rem; }
nav a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; border-bottom: 3px solid var(--link); }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: .5rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: .75rem 0 .25rem; }
button { font: inherit; min-height: 2.75rem; padding: .25rem 1rem; border: 1px solid var(--line); border-radius: .375rem; background: var(--panel); color: var(--ink); cursor: pointer; }
header button { min-height: 2rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.light { border: 1px solid var(--line); border-left: .75rem solid var(--ok); border-radius: .375rem; padding: .25rem 1rem .75rem; background: var(--panel); }
.light h2 { margin-top: .5rem; }
.light strong { color: var(--ok); }
.light.degraded { border-left-color: var(--degraded); } .light.degraded strong { color: var(--degraded); }
.light.failing { border-left-color: var(--failing); } .light.failing strong { color: var(--failing); }
.when, .facts { color: var(--soft); font-size: .9rem; }
dl { display: grid; grid-template-columns: 1fr; margin: 0; }
dt { color: var(--soft); font-size: .9rem; }
dd { margin: 0 0 .75rem; }
ul.facts { margin: 0; padding-left: 1.25rem; }
.charts { display: grid; grid-template-columns: 1fr; gap: 1rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .9rem; color: var(--soft); }
.u-legend { color: var(--ink); font-size: .8rem; }
.filters { margin-bottom: 1rem; }
.incidents { list-style: none; margin: 0; padding: 0; }
.incidents li { display: grid; gap: 0 1rem; padding: .75rem; border: 1px solid var(--line); border-left: .5rem solid var(--soft); border-radius: .375rem; margin-bottom: .5rem; }
.devices { list-style: none; margin: 0; padding: 0; }
.devices > li { padding: .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.incidents li.act, .incident.act { border-left-color: var(--failing); }
.incidents li.watch, .incident.watch { border-left-color: var(--degraded); }
.act .verdict { color: var(--failing); } .watch .verdict { color: var(--degraded); }
.verdict { font-weight: 600; }
.pages { display: flex; gap: 1.5rem; }
.incident { border-left: .5rem solid var(--soft); padding-left: 1rem; }
.actions li { margin-bottom: .4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td:not(:nth-child(2)) { white-space: nowrap; }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.access { display: grid; gap: .5rem; max-width: 24rem; }
.access input { font: inherit; padding: .5rem; border: 1px solid var(--soft); border-radius: .375rem; background: var(--ground); color: var(--ink); }
.trouble { color: var(--failing); font-weight: 600; }
.check progress { width: 100%; height: 1rem; accent-color: var(--link); }
.lines { list-style: none; margin: .5rem 0 0; padding: 0; }
.lines li { display: grid; grid-template-columns: 6.5rem 1fr; gap: 0 .75rem; padding: .35rem 0; border-top: 1px solid var(--line); }
.lines .state { font-weight: 600; color: var(--soft); }
.lines .ok .state { color: var(--ok); } .lines .degraded .state { color: var(--degraded); } .lines .failing .state { color: var(--failing); }
.check .light { margin-top: .75rem; }
.check .light.degraded strong, .check .light.ok strong, .check .light.failing strong { color: inherit; }
.timeline { list-style: none; margin: 0; padding: 0; }
.timeline li { display: grid; grid-template-columns: 1fr; padding: .2rem 0 .2rem .75rem; border-left: 3px solid var(--line); }
.reason { color: var(--soft); font-size: .9rem; }
.signature { display: none; }
@media (min-width: 45rem) {
  dl { grid-template-columns: 10rem 1fr; } dd { margin-bottom: .4rem; }
  .charts { grid-template-columns: 1fr 1fr; }
  .timeline li { grid-template-columns: 12rem 1fr; }
  .incidents li { grid-template-columns: 2fr 1fr; }
}
@media print {
  @page { size: A4; margin: 15mm; }
  :root { --ink: #000; --ground: #fff; --soft: #333; --panel: #fff; --failing: #000; --degraded: #000; }
  body { font-size: 10pt; line-height: 1.4; } main { max-width: none; padding: 0; }
  header nav, header .tools, .skip, button { display: none; }
  dl { grid-template-columns: 8rem 1fr; }
  tr, li { break-inside: avoid; }
  .signature { display: block; margin-top: 8mm; padding-top: 12mm; border-bottom: 1px solid #000; width: 70mm; }
}
`;
