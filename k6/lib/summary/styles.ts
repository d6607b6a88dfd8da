/** The look of the bench's reports: light and dark as the reader has it, one column on a phone. */
export const STYLES = `
:root { color-scheme: light dark;
  --paper: #fcfcfb; --card: #ffffff; --ink: #16181d; --soft: #565b66; --line: #dfe1e6;
  --good: #12703f; --bad: #b3261e; --s0: #2a78d6; --s1: #d9541e; --s2: #128a5f; --s3: #a66f00; --s4: #c2477f; --s5: #5a49c0; --s6: #6b7280; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14161a; --card: #1c1f25; --ink: #e9ebef; --soft: #a5abb7; --line: #353a44;
  --good: #55c98d; --bad: #ff8a80; --s0: #5aa2f0; --s1: #f0814f; --s2: #3dbb8c; --s3: #dba53a; --s4: #e683ae; --s5: #a79bf2; --s6: #9aa1ad; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 20px 16px 48px; max-width: 1080px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 8px 0 4px; } h2 { font-size: 19px; margin: 32px 0 8px; }
h3 { font-size: 16px; margin: 0 0 2px; } p { margin: 4px 0 12px; max-width: 75ch; } .soft { color: var(--soft); font-size: 14px; }
.plots { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
figure { margin: 0; padding: 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
svg { display: block; width: 100%; height: auto; margin-top: 8px; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .tick { fill: var(--soft); } svg .grid { stroke: var(--line); stroke-width: 1; }
svg .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 6px 0 0; margin: 0; list-style: none; font-size: 13px; }
.legend i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin-right: 6px; vertical-align: middle; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; } th { color: var(--soft); font-weight: 600; }
td.n, th.n { text-align: right; white-space: nowrap; } .met { color: var(--good); font-weight: 600; } .missed { color: var(--bad); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; font-size: 14px; margin: 8px 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
`;
