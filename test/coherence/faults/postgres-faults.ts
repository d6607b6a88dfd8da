import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Fault } from './fault.ts';

/** What Postgres does to the service's sessions when it restarts: all end, and none is let in for a while. */
export const POSTGRES_FAULTS: readonly Fault[] = [
  {
    name: 'Postgres restarted',
    stopsWriters: true,
    run: async ({ catalogue }) => {
      const address = new URL(catalogue.url);
      const name = address.pathname.slice(1);
      address.pathname = '/postgres';
      const admin = new pg.Client(address.href);
      await admin.connect();
      try {
        await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
        await admin.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE $2',
          [name, 'hotshelf%'],
        );
        await pause(2_000);
        await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      } finally {
        await admin.end();
      }
    },
  },
];
