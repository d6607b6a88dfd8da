/*
 * The FastAPI rewrite of this service was measured once, on another machine, beside bare node:http. It cannot be run
 * here, so its cost is derived: that of node:http in this run, times what the two cost there.
 */
const FASTAPI_MICROS_THERE = 408;
const NODE_HTTP_MICROS_THERE = 31;

/** @returns CPU microseconds a request that the rewrite would take here: derived, not measured */
export function derivedFastapiMicros(nodeHttpMicros: number): number {
  return (nodeHttpMicros * FASTAPI_MICROS_THERE) / NODE_HTTP_MICROS_THERE;
}
