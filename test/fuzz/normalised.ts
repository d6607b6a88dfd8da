const PAGE = /# HELP [\s\S]*?(?=HTTP\/1\.1 \d{3} |$)/g;
const HEALTH = /\{"status":"\w+","info":[\s\S]*?(?=HTTP\/1\.1 \d{3} |$)/g;

/**
 * What differs from one answer to the next by itself: times, ids, ages, the numbers of the probes and of the metrics page,
 * entity tags (they are made of bytes that hold a time), which tier had it, and pages of the change feed (each database has a
 * history of its own, and its oldest changes leave).
 */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [PAGE, '<metrics>'],
  [HEALTH, '<health>'],
  [/\r\ndate: [^\r]*/gi, '\r\ndate: -'],
  [/\r\nx-request-id: [^\r]*/gi, '\r\nx-request-id: -'],
  [/"request_id":"[^"]*"/g, '"request_id":"-"'],
  [/\r\nage: \d+/gi, '\r\nage: -'],
  [/\r\ncache-status: [^\r]*/gi, '\r\ncache-status: -'],
  [/\r\netag: [^\r]*/gi, '\r\netag: -'],
  [/\r\ncontent-length: \d+/gi, '\r\ncontent-length: -'],
  [/\r\nx-ratelimit-(limit|remaining|reset): [^\r]*/gi, '\r\nx-ratelimit-$1: -'],
  [/"last_updated":[\d.]+/g, '"last_updated":0'],
  [/"items":\[[^[\]]*\],"cursor":"[\w-]+","has_more":(?:true|false)/g, '<changes>'],
  [/(prod|cat)-[0-9a-f]{20}/g, '$1-new'],
];

/** What a service sent, as far as it has to be the same from another one with the same data. */
export function normalised(received: string): string {
  return VARYING.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), received);
}

/** The statuses of the answers, in their order. Bodies of ours never hold such a line. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
