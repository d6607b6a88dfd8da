import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { unpackedProgram } from '#src/apps/local/src/debian-packages';
import { freePort } from '#src/apps/local/src/services';
import { unpackedPackages } from './debian-packages.ts';
import { endWithMe } from './end-with-me.ts';
import { until } from './until.ts';

/** A PgBouncer of a test's own, in transaction mode. */
export interface PgBouncer {
  /** The database behind it, through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

const LIBRARIES =
  /^lib(?:c6|cares2|event-2\.1-7t64|ssl3t64|systemd0|pam0g|zstd1|cap2|cap-ng0|audit1|pcre2-8-0|gcc-s1|crypt1|selinux1)$|^zlib1g$/;

/**
 * Debian's PgBouncer, unpacked below .hotshelf/ without touching the system.
 *
 * @param database the address of the database, with user and password
 * @param settings more lines of its section `pgbouncer`
 */
export async function startPgBouncer(database: string, settings: readonly string[] = []): Promise<PgBouncer> {
  const wanted = { name: 'pgbouncer-1', packages: ['pgbouncer'], suite: 'trixie', dependencies: LIBRARIES };
  const unpacked = await unpackedPackages(wanted);
  const program = await unpackedProgram(unpacked, 'pgbouncer');
  if (program === undefined) throw new Error(`${unpacked} has no pgbouncer; delete it to fetch it again`);
  const { hostname, port, username, password } = new URL(database);
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-pgbouncer-'));
  await chmod(folder, 0o755);
  const ownPort = await freePort();
  const [config, users] = [join(folder, 'pgbouncer.ini'), join(folder, 'users.txt')];
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`);
  await writeFile(
    config,
    [
      '[databases]',
      `* = host=${hostname} port=${port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${ownPort}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${users}`,
      'pool_mode = transaction',
      // Fewer than the clients' connections: sessions change between transactions.
      'default_pool_size = 3',
      'ignore_startup_parameters = extra_float_digits,statement_timeout,lock_timeout',
      ...settings,
      '',
    ].join('\n'),
  );
  // It does not run as root, and gives up its rights for those of a user.
  const user = process.getuid?.() === 0 ? ['-u', 'daemon'] : [];
  const child = spawn(program.command, [...program.args, '-q', ...user, config], { stdio: 'ignore' });
  endWithMe(child);
  const url = Object.assign(new URL(database), { port: String(ownPort) }).href;
  await until('PgBouncer answers', async () => {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    return client
      .connect()
      .then(() => client.query('SELECT 1'))
      .then(() => true)
      .catch(() => false)
      .finally(() => client.end());
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
