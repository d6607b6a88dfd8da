import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCommand } from '../../support/run-command.ts';
import { ROOT } from './support/project.ts';

const SCRIPT = join(ROOT, 'k6/run.sh');
const RESULTS = join(ROOT, 'k6/results');

// In place of k6, which is on no machine that runs these tests by right: it shows what it was given, and does what is asked.
const FAKE = `#!/usr/bin/env bash
echo "k6 $*"
echo "BASE_URL=$BASE_URL API_KEY=$API_KEY AGAINST=$AGAINST"
echo "{}" > "$RESULTS/smoke.json"
if [[ -n $ASKED ]]; then
  echo "health $(curl --silent --output /dev/null --write-out '%{http_code}' "$BASE_URL/health/ready")"
  echo 'level=warning msg="BREAK REDIS for 1 s now" source=console' >&2
  until curl --silent "$BASE_URL/metrics" | grep -q '^cache'; do sleep 0.1; done
fi
exit "$STATUS"
`;

describe('k6/run.sh', () => {
  let folder: string;
  const made: string[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hotshelf-k6-'));
    writeFileSync(join(folder, 'fake-k6'), FAKE);
    chmodSync(join(folder, 'fake-k6'), 0o755);
  });
  after(() => {
    rmSync(folder, { recursive: true });
    for (const name of made) rmSync(join(RESULTS, name), { recursive: true, force: true });
  });

  const run = async (args: readonly string[], more: Record<string, string> = {}) => {
    const env = {
      ...process.env,
      K6: join(folder, 'fake-k6'),
      STATUS: '0',
      BASE_URL: 'http://shop',
      ...more,
    };
    const ended = await runCommand('bash', [SCRIPT, ...args], { cwd: folder, env });
    const [, name] = /^Result: k6\/results\/(\S+)$/m.exec(ended.output) ?? [];
    if (name !== undefined) made.push(name);
    return { ...ended, name: name ?? '' };
  };

  it('runs a scenario on the service that BASE_URL names, and exits with the status of k6', async () => {
    const { code, output, name } = await run(['smoke', '--', '--out', 'json=x'], {
      STATUS: '99',
      API_KEY: 'hs_x',
    });
    assert.equal(code, 99, output);
    assert.match(output, /^k6 run --out json=x \/.*\/k6\/scenarios\/smoke\.ts$/m);
    assert.match(output, /BASE_URL=http:\/\/shop API_KEY=hs_x AGAINST=\n/);
    assert.match(name, /^smoke-\d{8}T\d{6}Z$/);
    assert.ok(existsSync(join(RESULTS, name, 'smoke.json')));
    assert.doesNotMatch(output, /Starting the service/);
  });

  it('compares with an earlier result by its name, and refuses one that is not there', async () => {
    const { name } = await run(['smoke']);
    const compared = await run(['smoke', '--against', name]);
    assert.ok(compared.output.includes(`AGAINST=${join(RESULTS, name, 'smoke.json')}\n`), compared.output);
    const refused = await run(['smoke', '--against', 'never']);
    assert.equal(refused.code, 2);
    assert.equal(refused.output, 'There is no earlier result never of smoke in k6/results.\n');
  });

  it('says how to get k6 on this system if there is none', async () => {
    const { code, output } = await run(['smoke'], { K6: join(folder, 'no-such-k6') });
    assert.equal(code, 127);
    assert.match(output, /^k6 is not on the PATH\. Install k6 2 or later:\n\n {2}\S/);
    assert.match(output, /set-up\/install-k6\/\n$/);
  });

  it('refuses a scenario, a flag and an argument that it does not know, with what it knows', async () => {
    for (const [args, complaint] of [
      [[], /^Which scenario\? One of: breakpoint /],
      [['smok'], /^There is no scenario smok; there are: breakpoint /],
      [['--agianst', 'x', 'smoke'], /^--agianst is no flag here; known: --against, --help/],
      [['smoke', '--against'], /^--against needs the name/],
      [['smoke', 'mix'], /^One scenario at a time/],
    ] as const) {
      const { code, output } = await run(args);
      assert.equal(code, 2, output);
      assert.match(output, complaint);
    }
    const { code, output } = await run(['--help']);
    assert.equal(code, 0);
    assert.match(output, /^k6\/run\.sh SCENARIO/);
  });

  it('starts a service of its own without BASE_URL, breaks its Redis when asked to, and stops all of it', async () => {
    const { code, output, name } = await run(['smoke'], {
      BASE_URL: '',
      API_KEY: '',
      ASKED: 'yes',
      STATUS: '7',
      // Not the developer's servers.
      DATABASE_URL: 'postgres://127.0.0.1:1/nothing',
      REDIS_URL: 'redis://127.0.0.1:1',
      HOTSHELF_HOME: join(ROOT, '.hotshelf/k6-test'),
    });
    assert.equal(code, 7, output);
    assert.match(output, /^health 200$/m);
    assert.match(output, /BASE_URL=http:\/\/127\.0\.0\.1:\d+ API_KEY=hs_[\w-]{20,} /);
    assert.match(output, /^Redis is paused for 1 s: \+OK$/m);
    const log = readFileSync(join(RESULTS, name, 'service.log'), 'utf8');
    assert.match(log, /"msg":"listening on http/);
    const [, url = ''] = /BASE_URL=(\S+)/.exec(output) ?? [];
    await assert.rejects(fetch(`${url}/health`));
    const [, postgresPort] = /^Postgres +port (\d+)/m.exec(log) ?? [];
    const [, redisPort] = /^Redis +port (\d+)/m.exec(log) ?? [];
    for (const port of [postgresPort, redisPort]) await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  });
});
