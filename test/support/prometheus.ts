import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#src/apps/local/src/services';
import { findProgram } from '../alerts/programs.ts';
import { endWithMe } from './end-with-me.ts';
import { until } from './until.ts';

const CACHE = join(import.meta.dirname, '../../.hotshelf');

/** The values of one series, in order. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** A Prometheus of a test's own. */
export interface Prometheus {
  /**
   * A query over the time since its start, in steps of its scrape interval.
   *
   * @throws Error if Prometheus does not accept the query
   */
  query(expr: string): Promise<Series[]>;
  /** The labels of the alerts that fire now. */
  firing(): Promise<Readonly<Record<string, string>>[]>;
  /** Scrapes these, each a `host:port`, and nothing else from now on; it may take 5 s to follow. */
  scrape(targets: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** `host:port` of the service, scraped as the job hotshelf. */
  readonly target: string;
  /** The text of a file of rules. */
  readonly rules: string;
  /** Time between two scrapes in seconds; rules are evaluated as often. */
  readonly intervalSeconds: number;
}

export async function startPrometheus({
  target,
  rules,
  intervalSeconds,
}: PrometheusOptions): Promise<Prometheus> {
  const program = await findProgram('prometheus', CACHE);
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-prometheus-'));
  await writeFile(join(folder, 'rules.yml'), rules);
  const configure = (targets: readonly string[]) =>
    writeFile(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: `${intervalSeconds}s`, evaluation_interval: `${intervalSeconds}s` },
        rule_files: ['rules.yml'],
        scrape_configs: [{ job_name: 'hotshelf', static_configs: [{ targets }] }],
      }),
    );
  await configure([target]);
  const port = await freePort();
  const child = spawn(
    program,
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder },
  );
  endWithMe(child);
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const url = `http://127.0.0.1:${port}`;
  await until('Prometheus is ready', async () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${complaints}`);
    return (await fetch(`${url}/-/ready`)).ok;
  });
  const startedAt = Date.now() / 1_000;
  return {
    query: async (expr) => {
      const times = {
        start: String(startedAt),
        end: String(Date.now() / 1_000),
        step: String(intervalSeconds),
      };
      const response = await fetch(`${url}/api/v1/query_range`, {
        method: 'POST',
        body: new URLSearchParams({ query: expr, ...times }),
      });
      const { data, error } = (await response.json()) as Answer;
      if (data === undefined) throw new Error(`${error}: ${expr}`);
      return data.result.map(({ metric, values }) => ({
        labels: metric,
        values: values.map(([, value]) => Number(value)),
      }));
    },
    firing: async () => {
      const response = await fetch(`${url}/api/v1/alerts`);
      const { data } = (await response.json()) as Alerts;
      return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
    },
    scrape: async (targets) => {
      await configure(targets);
      child.kill('SIGHUP');
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Alerts {
  readonly data: {
    readonly alerts: readonly { readonly state: string; readonly labels: Record<string, string> }[];
  };
}

interface Answer {
  readonly data?: {
    readonly result: readonly {
      metric: Record<string, string>;
      values: readonly (readonly [number, string])[];
    }[];
  };
  readonly error?: string;
}
