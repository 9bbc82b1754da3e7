/** One style, in the page and named in its policy by its hash: nothing is fetched, nothing runs. */
export const DOCS_STYLE = `
:root{color-scheme:light dark;--ink:#17202e;--soft:#586375;--line:#e3e7ee;--paper:#fff;--ground:#f6f7f9;--code:#f1f3f7;
--accent:#1f4fd8;--get:#0b6e4f;--post:#1f4fd8;--put:#8a5300;--delete:#b3261e;--topic:#6b3fa0}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf1;--soft:#a2adbc;--line:#2b323d;--paper:#191e26;--ground:#11151b;
--code:#212833;--accent:#85a5ff;--get:#5fd0a5;--post:#85a5ff;--put:#e8b15c;--delete:#ff8f86;--topic:#c7a3f5}}
*{box-sizing:border-box}html{scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
display:grid;grid-template-columns:17rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.75rem 1.25rem 3rem 1.5rem;border-right:1px solid var(--line);
background:var(--paper);font-size:.9rem}
nav strong{display:block;font-size:1.15rem;letter-spacing:-.01em;margin-bottom:1rem}
nav ul{list-style:none;margin:0;padding:0}nav li a{display:block;padding:.28rem .6rem;border-radius:7px;color:var(--soft);text-decoration:none}
nav li a:hover{background:var(--code);color:var(--ink)}
main{padding:2.5rem clamp(1.25rem,4vw,4rem) 6rem;max-width:64rem}
h1{font-size:2rem;letter-spacing:-.02em;line-height:1.2;margin:0 0 .5rem}h2{font-size:1.3rem;letter-spacing:-.01em;margin:3rem 0 1rem}
h3{font-size:.8rem;text-transform:uppercase;letter-spacing:.06em;color:var(--soft);margin:1.4rem 0 .5rem}
p{margin:.4rem 0 .9rem;max-width:46rem}.lead{color:var(--soft);font-size:1.08rem}
a{color:var(--accent)}a:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:8px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;z-index:1}
details{background:var(--paper);border:1px solid var(--line);border-radius:11px;margin:.6rem 0}
summary{display:flex;gap:.75rem;align-items:baseline;padding:.75rem 1rem;cursor:pointer;list-style:none;flex-wrap:wrap}
summary::-webkit-details-marker{display:none}summary:hover{background:var(--code);border-radius:11px}
.verb{font:700 .74rem/1 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.04em;min-width:3.9rem}
.GET{color:var(--get)}.POST{color:var(--post)}.PUT{color:var(--put)}.DELETE{color:var(--delete)}.TOPIC{color:var(--topic)}
code{font:.88em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}p code,td code,li code{background:var(--code);padding:.1em .35em;border-radius:5px}
summary code{font-weight:600}summary span.said{color:var(--soft);font-size:.93rem}
.inside{padding:.25rem 1.1rem 1.2rem;border-top:1px solid var(--line)}
.scope{display:inline-block;font-size:.78rem;border:1px solid var(--line);border-radius:99px;padding:.1rem .6rem;color:var(--soft)}
table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{text-align:left;vertical-align:top;padding:.42rem .75rem .42rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft)}tr:last-child td{border-bottom:0}
pre{background:var(--code);border-radius:9px;padding:.9rem 1rem;overflow:auto;font:.84rem/1.55 ui-monospace,Menlo,Consolas,monospace;margin:.4rem 0}
@media (max-width:56rem){body{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}}
@media print{nav{display:none}body{display:block}}
`
