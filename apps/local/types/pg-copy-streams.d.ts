// The package has no types of its own. These are the parts used here.
declare module 'pg-copy-streams' {
  import type { Writable } from 'node:stream';
  import type { Submittable } from 'pg';

  /** `client.query(from('COPY … FROM STDIN'))` is the stream into the table; it finishes when Postgres has it all. */
  export function from(sql: string): Writable & Submittable;
}
