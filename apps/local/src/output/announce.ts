import { say } from './terminal.js';

/** Tells that the service is ready, and what to try. */
export function announce(url: string): void {
  // Counted from the start of this process, a build included.
  const seconds = (performance.now() / 1_000).toFixed(1);
  say(`
Hotshelf is ready after ${seconds} s.

  a product  ${url}/products/prod-1
  health     ${url}/health
  metrics    ${url}/metrics
  docs       ${url}/docs

  curl -i ${url}/products/prod-1

Ctrl-C ends it and all that it started.
`);
}
