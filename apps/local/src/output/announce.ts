import { say } from './terminal.js';

/**
 * Tells that the service is ready, and what to try.
 *
 * @param key one that was made for this run: it is shown here and nowhere else
 */
export function announce(url: string, key?: string): void {
  // Counted from the start of this process, a build included.
  const seconds = (performance.now() / 1_000).toFixed(1);
  say(`
Hotshelf is ready after ${seconds} s.

  a product  ${url}/products/prod-1
  health     ${url}/health
  metrics    ${url}/metrics
  docs       ${url}/docs

  curl -i ${url}/products/prod-1
${key === undefined ? '' : writing(url, key)}
Ctrl-C ends it and all that it started.
`);
}

function writing(url: string, key: string): string {
  return `
A key that may write, for this run (API_KEYS is not set):

  ${key}

  curl -i -X POST ${url}/products \\
    -H 'authorization: Bearer ${key}' -H 'content-type: application/json' \\
    -d '{"name":"Walnut Desk Lamp","price":49.9,"stock":12}'
`;
}
