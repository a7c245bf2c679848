"""How the report looks: on a screen, dark or light, and on paper, A4 or Letter, with or without colour."""

STYLE = """
:root { --card: var(--paper); color-scheme: light dark;
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --ink: #1a1a1a; --paper: #fff; --soft: #595959; --line: #b5b5b5; --ok: #0a6b2f; --ko: #b3261e; --okbar: #a9d3b8;
  --okedge: #4d8a63; --kobar: #8f1d16; --tile: #f5f5f3; --warn: #8a5300; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --paper: #161616; --soft: #b0b0b0; --line: #555;
  --ok: #6fd08c; --ko: #ff8a80; --okbar: #2f5f43; --okedge: #7fc79a; --kobar: #ff8a80; --tile: #222;
  --warn: #ffb74d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1.2rem 3rem; max-width: 60rem; color: var(--ink); background: var(--paper); }
header { border-bottom: 3px solid var(--ink); padding-bottom: .6rem; }
h1 { font-size: 1.7rem; line-height: 1.15; margin: 0; }
h2 { font-size: 1.15rem; line-height: 1.2; margin: 1.9rem 0 .5rem; padding-bottom: .15rem;
  border-bottom: 1px solid var(--line); }
p { margin: .4rem 0; } .soft, small { color: var(--soft); } .lead { font-size: 1.05rem; margin: .2rem 0 0; }
.badge { display: inline-block; border: 2px solid var(--warn); color: var(--warn); border-radius: 4px;
  padding: 0 .4rem; font-weight: 600; }
dl.about { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .5rem 0 0; }
dl.about dt { color: var(--soft); } dl.about dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); gap: .5rem; margin: .8rem 0; }
.tile { background: var(--tile); border: 1px solid var(--line); border-radius: 6px; padding: .45rem .6rem;
  break-inside: avoid; }
.tile b { display: block; font-size: 1.55rem; line-height: 1.2; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
.tile > span { display: block; } .tile small { display: block; line-height: 1.25; }
.mark svg { width: 1em; height: 1em; vertical-align: -.13em; margin-right: .25em; }
.OK { color: var(--ok); } .KO { color: var(--ko); } .word { font-weight: 700; white-space: nowrap; }
svg.chart { width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font-size: 11px; }
svg .grid { stroke: var(--line); stroke-width: .5; } svg .tick { stroke: var(--ink); stroke-width: 1; }
svg .ok { fill: var(--okbar); stroke: var(--okedge); stroke-width: .6; } svg .ko { fill: var(--kobar); }
svg .target { stroke: var(--ink); stroke-width: 1.4; stroke-dasharray: 7 4; }
svg text.on { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; font-weight: 600; }
.bar { display: flex; justify-content: space-between; align-items: center; gap: .5rem; }
svg.share { width: 4.5rem; height: .7rem; } svg.key { width: .8rem; height: .8rem; }
.legend span { margin-right: 1.2rem; white-space: nowrap; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; min-width: 6.5rem; }
thead th { border-bottom: 2px solid var(--ink); font-weight: 600; overflow-wrap: normal; }
tbody th { font-weight: 400; } .n { text-align: right; min-width: 5.5rem;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
thead th.n { white-space: normal; } .t { min-width: 0; } .t { white-space: nowrap; font-variant-numeric: tabular-nums; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
.album { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: .8rem; align-items: start; }
.sides { display: flex; gap: .5rem; }
.sides figure { flex: 1 1 0; max-width: calc(50% - .25rem); min-width: 0; } .sides figure:only-child { max-width: 64%; }
article { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .6rem; break-inside: avoid; }
article h3 { margin: 0 0 .1rem; font-size: 1rem; overflow-wrap: anywhere; }
article p { margin: .1rem 0 .3rem; overflow-wrap: anywhere; }
figure { margin: .4rem 0 0; } img { width: 100%; height: auto; display: block; }
figcaption { color: var(--soft); font-size: .87rem; overflow-wrap: anywhere; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .4rem; color: var(--soft); font-size: .87rem;
}
@page { margin: 14mm 13mm 16mm; }
@media print {
  :root { color-scheme: light; font-size: 10.5pt; --ink: #000; --paper: #fff; --soft: #444; --line: #999; --ok: #000;
    --ko: #000; --okbar: #e3e3e3; --okedge: #777; --kobar: #111; --tile: #fff; --warn: #000;
  }
  body { max-width: none; padding: 0; }
  .tiles { grid-template-columns: repeat(5, 1fr); } .tile b { font-size: 1.3rem; }
  h2, h3, .keep { break-after: avoid; } h2 { margin-top: 1.3rem; }
  tr, figure, svg, .legend { break-inside: avoid; } thead { display: table-header-group; }
  .scroll { overflow: visible; } .page { break-before: page; } .page > h2 { margin-top: 0; }
  .together { break-inside: avoid; } .album { grid-template-columns: 1fr 1fr; }
  a { color: inherit; text-decoration: none; } p { orphans: 3; widows: 3; }
}
"""
