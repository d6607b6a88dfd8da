import { resolve } from 'node:path';
import { type Config, ConfigError, readConfig } from '#libs/config';
import { projectRoot } from './project-root.js';

/** What the person who runs a command has set; the one place in this app that reads the environment. */
export interface LocalEnv {
  /** Where state is kept between runs: data of the servers brought up here, their logs, locks. */
  readonly home: string;
  /** Absent: a Postgres is brought up. */
  readonly databaseUrl: string | undefined;
  /** Absent: a Redis is brought up. Empty: none is wanted. */
  readonly redisUrl: string | undefined;
  /** Absent: a key is made for the run. Empty: nobody is to write. */
  readonly apiKeys: string | undefined;
  readonly host: string;
  readonly port: number;
  /** The whole environment, for the programs started from here. */
  readonly handedOn: Readonly<NodeJS.ProcessEnv>;
}

export type LocalEnvRead = { kind: 'valid'; env: LocalEnv } | { kind: 'invalid'; complaints: string[] };

/** Stands in for the database that will be brought up, where none is given and all else is to be checked. */
const UNKNOWN_YET = 'postgres://127.0.0.1/postgres';

/**
 * Reads the environment by the service's own rules, so that what the service would refuse is refused before
 * anything is started for it.
 */
export function readLocalEnv(environment: NodeJS.ProcessEnv = process.env): LocalEnvRead {
  // Compose files and CI systems set what they have no value for to nothing.
  const databaseUrl = environment['DATABASE_URL'] || undefined;
  const handedOn = { ...environment, NODE_ENV: environment['NODE_ENV'] || 'development' };
  const config = configOf({ ...handedOn, DATABASE_URL: databaseUrl ?? UNKNOWN_YET });
  if (config instanceof ConfigError) return { kind: 'invalid', complaints: config.message.split('\n') };
  const home = resolve(projectRoot(), environment['HOTSHELF_HOME'] || '.hotshelf');
  const { host, port } = config.server;
  return {
    kind: 'valid',
    env: {
      home,
      databaseUrl,
      redisUrl: environment['REDIS_URL'],
      apiKeys: environment['API_KEYS'],
      host,
      port,
      handedOn,
    },
  };
}

function configOf(environment: NodeJS.ProcessEnv): Config | ConfigError {
  try {
    return readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
