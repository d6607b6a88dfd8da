/** Nothing from elsewhere, nothing inline. */
export const PAGE_SECURITY: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join(';'),
};

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#1f5fbf"/>
<path d="M7 22h18M7 14h18" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/>
<path d="M9 20v-4m4 4v-4m9 4v-4M10 12V8m8 4V8m4 4V8" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
</svg>
`;

/** @param title what stands in the browser's tab */
export function pageOf(title: string, body: string, script?: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title}</title>
  <link rel="icon" href="/console/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/console/console.css">${
    script === undefined ? '' : `\n  <script type="module" src="/console/${script}"></script>`
  }
</head>
<body>
${body}
</body>
</html>
`;
}

const tile = (id: string, name: string, unit = '') => `
    <div class="tile"><dt>${name}</dt><dd><span id="${id}" class="value">–</span>${unit === '' ? '' : ` <span class="unit">${unit}</span>`}<span id="${id}-note" class="note"></span></dd></div>`;

const node = (id: string, name: string, what: string) => `
      <li class="node" id="node-${id}">
        <h3>${name}</h3>
        <p class="what">${what}</p>
        <p class="state" id="state-${id}"></p>
        <p class="share" id="share-${id}"></p>
      </li>`;

const arrow = (id: string, what: string) => `
      <li class="arrow">
        <span class="rate"><span id="${id}" class="value">–</span><span class="unit">/s</span></span>
        <span class="line" aria-hidden="true"></span>
        <span class="what">${what}</span>
      </li>`;

const chart = (id: string, title: string) => `
    <figure class="panel chart">
      <figcaption><h3>${title}</h3><span class="legend" id="${id}-legend"></span></figcaption>
      <svg id="${id}" role="img" aria-label="${title}: no values yet"></svg>
    </figure>`;

/** The live page. Its script fills in what it is sent. */
export function consolePage(): string {
  return pageOf(
    'Hotshelf console',
    `<a class="skip" href="#main">Skip to the figures</a>
<header class="top">
  <p class="brand"><img src="/console/icon.svg" alt="" width="28" height="28"> Hotshelf <span>console</span></p>
  <p id="status" class="status" role="status" data-kind="wait"><span class="mark" aria-hidden="true">…</span> <span id="status-text">Connecting</span></p>
  <nav aria-label="Other pages"><a href="/">Index</a><a href="/docs">API</a><a href="/health">Health</a><a href="/metrics">Metrics</a></nav>
</header>
<main id="main" tabindex="-1">
  <h1 class="unseen">What the service does now</h1>
  <section aria-labelledby="h-now">
  <h2 id="h-now">Now</h2>
  <dl class="tiles">${[
    tile('requests', 'Requests', '/s'),
    tile('p50', 'p50', 'ms'),
    tile('p99', 'p99', 'ms'),
    tile('errors', 'Errors (5xx)', '/s'),
    tile('statements', 'SQL statements', '/s'),
    tile('invalidations', 'Invalidations', '/s'),
    tile('outbox', 'Outbox rows'),
    tile('loop', 'Event loop late', 'ms'),
    tile('workers', 'Workers'),
  ].join('')}
  </dl>
  </section>
  <section aria-labelledby="h-flow">
    <h2 id="h-flow">Where reads are answered</h2>
    <ol class="flow panel">${[
      node('client', 'Client', 'asks'),
      arrow('flow-l1', 'look-ups'),
      node('l1', 'L1', 'this process’s memory'),
      arrow('flow-l2', 'L1 misses'),
      node('l2', 'L2', 'Redis'),
      arrow('flow-postgres', 'loads'),
      node('postgres', 'Postgres', 'the origin'),
    ].join('')}
    </ol>
  </section>
  <section aria-labelledby="h-past">
    <h2 id="h-past">The last minutes</h2>
    <div class="charts">${[
      chart('chart-requests', 'Requests per second'),
      chart('chart-latency', 'Latency in milliseconds'),
      chart('chart-tiers', 'Answers by tier per second'),
      chart('chart-sql', 'SQL and invalidations per second'),
    ].join('')}
    </div>
  </section>
  <div class="columns">
    <section aria-labelledby="h-events">
      <h2 id="h-events">Events</h2>
      <div class="panel events" role="log" aria-live="polite" aria-labelledby="h-events" tabindex="0"><ol id="events">
        <li class="none">Nothing has happened yet. Lost and returned dependencies, stale answers, shed load and workers show here.</li>
      </ol></div>
    </section>
    <section aria-labelledby="h-processes">
      <h2 id="h-processes">Processes</h2>
      <div class="panel scroll" tabindex="0" role="region" aria-labelledby="h-processes">
        <table>
          <thead><tr><th scope="col">Process</th><th scope="col">Requests/s</th><th scope="col">Loop late</th><th scope="col">Memory</th><th scope="col">L1 entries</th><th scope="col">Relay</th></tr></thead>
          <tbody id="processes"></tbody>
        </table>
      </div>
    </section>
  </div>
  <section id="try" aria-labelledby="h-try" hidden>
    <h2 id="h-try">Try it</h2>
    <div class="panel try">
      <button type="button" id="do-load">Load for a minute</button>
      <button type="button" id="do-price">Change a price</button>
      <button type="button" id="do-redis" hidden>Pause Redis</button>
      <p id="try-result" role="status"></p>
    </div>
  </section>
</main>`,
    'console.js',
  );
}

/** Asks for the key. */
export function loginPage(): string {
  return pageOf(
    'Hotshelf console: key',
    `<main id="main" class="narrow">
  <h1>Hotshelf console</h1>
  <form id="login" class="panel login">
    <label for="key">Key</label>
    <input id="key" name="key" type="password" autocomplete="current-password" required>
    <button type="submit">Open</button>
    <p id="login-result" role="alert"></p>
  </form>
</main>`,
    'login.js',
  );
}

/** What can be looked at, by its name in the index. */
export interface Link {
  readonly name: string;
  readonly href: string;
  readonly title: string;
  readonly about: string;
}

export const LINKS: readonly Link[] = [
  { name: 'console', href: '/console', title: 'Console', about: 'what the service does now, once a second' },
  { name: 'docs', href: '/docs', title: 'API', about: 'every route, to read and to try' },
  { name: 'openapi', href: '/docs-json', title: 'OpenAPI', about: 'the same for programs' },
  { name: 'products', href: '/products', title: 'Products', about: 'a page of the catalogue' },
  { name: 'categories', href: '/categories', title: 'Categories', about: 'the shelves' },
  { name: 'health', href: '/health', title: 'Health', about: 'the state of Postgres, Redis and the cache' },
  { name: 'metrics', href: '/metrics', title: 'Metrics', about: 'every number, for Prometheus' },
];

/** The page of `/`. */
export function indexPage(links: readonly Link[]): string {
  const items = links.map(
    ({ href, title, about }) => `<div><dt><a href="${href}">${title}</a></dt><dd>${about}</dd></div>`,
  );
  return pageOf(
    'Hotshelf',
    `<main id="main" class="narrow">
  <h1>Hotshelf</h1>
  <p class="lead">A product catalogue that answers from memory. It runs; this is where to look.</p>
  <dl class="links panel">
    ${items.join('\n    ')}
  </dl>
</main>`,
  );
}
