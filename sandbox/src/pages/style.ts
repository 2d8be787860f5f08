import { createHash } from 'node:crypto';
import { Html } from './html.js';

const CSS = `
:root{--ink:#1a1f36;--soft:#4f566b;--line:#d8dee9;--back:#f6f8fb;--accent:#4b46d6;--bad:#b3093c;--good:#0a6b3d}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.notice{background:#fff4d6;color:#5c4300;text-align:center;padding:.5rem 1rem;font-size:.875rem}
main{max-width:60rem;margin:0 auto;padding:1.25rem 1rem 3rem}
main.narrow{max-width:30rem}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 1rem}
h2{font-size:1.125rem;margin:0 0 .75rem}
p{margin:0 0 .75rem}
a{color:var(--accent)}
.soft{color:var(--soft)}
.small{font-size:.875rem}
.card{background:#fff;border:1px solid var(--line);border-radius:.625rem;padding:1.25rem;margin-bottom:1rem}
.columns{display:grid;gap:1rem}
.columns>*{min-width:0}
@media(min-width:52rem){.columns{grid-template-columns:1fr 1fr;gap:1.5rem;align-items:start}main{padding-top:2.5rem}}
label,legend{display:block;padding:0;font-weight:600;font-size:.9375rem;margin-bottom:.25rem}
fieldset{border:0;margin:0 0 .875rem;padding:0}
input[type=text],input[type=email],input[type=number],textarea,select{width:100%;font:inherit;color:inherit;background:#fff;padding:.5rem .75rem;min-height:2.75rem;border:1px solid #8792a6;border-radius:.375rem}
input[readonly]{background:var(--back);border-color:var(--line);color:var(--soft)}
.card>:last-child,form:last-child>.field:last-child{margin-bottom:0}
.card h1:first-child{margin-top:0}
.columns>.card{margin-bottom:0}
input[aria-invalid=true]{border-color:var(--bad);border-width:2px}
.field{margin-bottom:.875rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.choice{display:flex;gap:.625rem;align-items:flex-start;font-weight:400;padding:.25rem 0;margin:0}
.choice input{width:1.125rem;height:1.125rem;margin:.1875rem 0 0;flex:none;accent-color:var(--accent)}
button,.button{display:inline-block;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer;padding:.5rem 1rem;min-height:2.75rem;border-radius:.375rem;border:1px solid var(--accent);background:var(--accent);color:#fff}
button.wide{width:100%}
button.plain,.button.plain{background:#fff;color:var(--ink);border-color:#8792a6}
button.danger{background:var(--bad);border-color:var(--bad)}
a:focus-visible,button:focus-visible,input:focus-visible,summary:focus-visible,textarea:focus-visible{outline:3px solid #a5a2f5;outline-offset:1px}
.alert{border:1px solid var(--bad);border-left-width:.375rem;background:#fff0f4;color:#7a0629;border-radius:.375rem;padding:.75rem 1rem;margin-bottom:1rem}
.done{border:1px solid var(--good);border-left-width:.375rem;background:#ecfaf2;color:#064b2b;border-radius:.375rem;padding:.75rem 1rem;margin-bottom:1rem}
.rows{margin:0}
.rows>div{display:flex;justify-content:space-between;gap:1rem;padding:.375rem 0}
.rows dt{min-width:0;overflow-wrap:anywhere}
.rows dd{margin:0;text-align:right;white-space:nowrap;flex:none;max-width:70%}
.rows dd>div{white-space:normal;overflow-wrap:anywhere}
.rows .sum{border-top:1px solid var(--line);font-weight:600}
.amount{font-size:1.75rem;font-weight:700;margin:0}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.5rem .5rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:.875rem;color:var(--soft)}
.number{text-align:right;white-space:nowrap;padding:.5rem 0 .5rem .75rem}
.scroll{overflow-x:auto}
.badge{display:inline-block;font-size:.8125rem;font-weight:600;padding:.0625rem .5rem;border-radius:1rem;background:#e6e9f0}
.badge.good{background:#d3f3e1;color:#064b2b}
.badge.warn{background:#ffe9c2;color:#5c3900}
.divider{text-align:center;margin:1rem 0}
.actions{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.entry{border-bottom:1px solid var(--line);padding:.75rem 0;display:flex;flex-wrap:wrap;gap:.5rem;justify-content:space-between;align-items:center}
.entry:last-child{border-bottom:0}
.entry p{margin:.25rem 0 0}
.card>div+p,.card>dl+p,.rows+form{margin-top:.75rem}
summary{cursor:pointer}
code{font:.875rem ui-monospace,Menlo,Consolas,monospace}
`;

/** The one style sheet of all pages. */
export const STYLE_ELEMENT = Html.from([`<style>${CSS}</style>`], []);

/** What a `Content-Security-Policy` says of that style sheet. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(CSS).digest('base64')}'`;
