/** The style sheet of reports: light and dark by the reader's system or choice, and paper. */
import { DARK_FIGURE_PROPERTIES, FIGURE_PROPERTIES } from '../figures/themed.js';

const LIGHT = {
  '--page': '#ffffff',
  '--raised': '#f5f6f8',
  '--text': '#1c1f23',
  '--faint': '#5c636d',
  '--rule': '#d5d9df',
  '--link': '#005a9c',
  '--warn': '#fff4d6',
  '--warn-rule': '#d99a00',
  ...FIGURE_PROPERTIES,
};

const DARK = {
  '--page': '#101216',
  '--raised': '#181b20',
  '--text': '#e6e6e6',
  '--faint': '#a3a8b0',
  '--rule': '#343a43',
  '--link': '#7cc0f5',
  '--warn': '#33290d',
  '--warn-rule': '#d99a00',
  ...DARK_FIGURE_PROPERTIES,
};

const properties = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}:${value};`)
    .join('');

export const STYLE = `
:root{color-scheme:light;${properties(LIGHT)}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${properties(DARK)}}}
:root[data-theme=dark]{color-scheme:dark;${properties(DARK)}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
main,body>header,body>footer{max-width:76rem;margin:0 auto;padding:0 1rem}
body>header{display:flex;gap:1rem;align-items:start;justify-content:space-between;padding-top:1.5rem}
h1{font-size:1.75rem;line-height:1.25;margin:0}
h2{font-size:1.4rem;line-height:1.3;margin:2.5rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--rule)}
h2.unseen{position:absolute;width:1px;height:1px;margin:0;padding:0;border:0;overflow:hidden;clip-path:inset(50%)}
h3{font-size:1.1rem;margin:2rem 0 .5rem}
a{color:var(--link)}
button{font:inherit;color:inherit;background:var(--raised);border:1px solid var(--rule);border-radius:6px;padding:.3rem .7rem;cursor:pointer;white-space:nowrap}
nav ul{margin:.5rem 0;padding-left:1.2rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.6rem 1.2rem;margin:1rem 0}
dt{color:var(--faint);font-size:.82rem}
dd{margin:0;font-weight:600;font-variant-numeric:tabular-nums}
figure{margin:1.5rem 0 2rem;padding:.75rem;border:1px solid var(--rule);border-radius:8px;background:var(--figure-paper);break-inside:avoid}
figure .scroll{border:0}
.plot{overflow-x:auto}
.plot svg{display:block;height:auto;max-width:100%;margin:0 auto}
figcaption{margin:.5rem .25rem;font-size:.92rem;color:var(--faint)}
.links{margin:.25rem;font-size:.9rem}
.download{margin-right:1rem}
details{margin:.4rem .25rem}
summary{cursor:pointer;color:var(--link)}
pre{background:var(--raised);border:1px solid var(--rule);border-radius:6px;padding:.6rem .8rem;overflow-x:auto;font-size:.85rem;line-height:1.45;overflow-wrap:normal}
code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.scroll{overflow:auto;max-height:34rem;border:1px solid var(--rule);border-radius:6px}
table{border-collapse:collapse;font-size:.86rem;width:100%;overflow-wrap:normal;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.4rem .6rem;color:var(--faint)}
th,td{padding:.3rem .6rem;text-align:left;border-bottom:1px solid var(--rule);vertical-align:top}
th{position:sticky;top:0;background:var(--raised);white-space:nowrap}
td.number,th.number{text-align:right;white-space:nowrap}
tr.differs td{background:var(--warn)}
.warnings{background:var(--warn);border-left:4px solid var(--warn-rule);border-radius:4px;padding:.4rem .8rem;margin:1rem 0}
.warnings ul{margin:0;padding-left:1.1rem}
.description{max-width:48rem}
footer{color:var(--faint);font-size:.85rem;padding-bottom:2rem!important;margin-top:3rem!important}
@media (max-width:700px){.plot svg{min-width:var(--least-width)}h1{font-size:1.4rem}body>header{flex-wrap:wrap}}
@media print{
:root,:root[data-theme=dark],:root:not([data-theme=light]){color-scheme:light;${properties(LIGHT)}}
body{font-size:10.5pt}button,.links,nav{display:none}.scroll{max-height:none;overflow:visible}main{max-width:none}figure{border:0;padding:0}th{position:static}a{color:inherit}
}
`;
