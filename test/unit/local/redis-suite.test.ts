import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { formatSources, parseOneLine } from '#src/apps/local/src/redis/apt/sources';
import { redisSources, thisDistribution } from '#src/apps/local/src/redis/apt/suite';

const BOOKWORM = { id: 'debian', version: 12, codename: 'bookworm' };

function newerThan(distribution: Parameters<typeof redisSources>[1], lines: string): string[] {
  const text = formatSources(redisSources(parseOneLine(lines), distribution));
  return [...text.matchAll(/uris: (.*)\nsuites: (.*)/g)].map(([, uri, suites]) => `${uri} ${suites}`);
}

describe('where Redis is taken from', () => {
  it("is trixie on an older Debian, from the machine's own mirrors, with its updates", () => {
    const lines = `deb http://mirror.example/debian bookworm main contrib
deb http://mirror.example/debian bookworm-updates main
deb http://security.example/ bookworm-security main
deb http://mirror.example/debian oldstable main`;
    assert.deepEqual(newerThan(BOOKWORM, lines), [
      'http://mirror.example/debian trixie',
      'http://mirror.example/debian trixie-updates',
      'http://security.example/ trixie-security',
      'http://mirror.example/debian trixie',
    ]);
  });

  it("is never somebody else's archive, which need not have a trixie", () => {
    const lines = `deb http://tools.example/debian bookworm stable
deb http://sql.example/apt bookworm-pgdg main
deb http://mirror.example/debian bookworm-backports main
deb http://flat.example/ ./`;
    assert.deepEqual(newerThan(BOOKWORM, lines), []);
  });

  it('is its own suite on any other system', () => {
    const lines = 'deb http://mirror.example/ubuntu noble main universe';
    const expected = ['http://mirror.example/ubuntu noble'];
    assert.deepEqual(newerThan({ id: 'ubuntu', version: 24, codename: 'noble' }, lines), expected);
    const sid = { id: 'debian', version: undefined, codename: 'forky' };
    const testing = 'deb http://mirror.example/debian testing main';
    assert.deepEqual(newerThan(sid, testing), ['http://mirror.example/debian testing']);
    const trixie = 'deb http://mirror.example/debian trixie main';
    assert.deepEqual(newerThan({ id: 'debian', version: 13, codename: 'trixie' }, trixie), [
      'http://mirror.example/debian trixie',
    ]);
  });

  it("is decided by the system's own word, quoted or not", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'hotshelf-os-'));
    const file = path.join(folder, 'os-release');
    await writeFile(file, 'PRETTY_NAME="Some ID=x"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n');
    assert.deepEqual(await thisDistribution(file), BOOKWORM);
    assert.equal(await thisDistribution(path.join(folder, 'none')), undefined);
    await rm(folder, { recursive: true });
  });
});
