import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import {
  formatSources,
  machineSources,
  parseDeb822,
  parseOneLine,
} from '#src/apps/local/src/redis/apt/sources';

describe("apt's sources", () => {
  it('are read from the deb822 form, with keys of several lines, without comments and what is off', () => {
    const text = `# The main archive
Types: deb deb-src
URIs: http://mirror.example/debian
# not this: sid
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://src.example/debian
Suites: bookworm
Components: main
`;
    assert.equal(
      formatSources(parseDeb822(text)),
      `types: deb
uris: http://mirror.example/debian
suites: bookworm bookworm-updates
components: main
signed-by: 
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
`,
    );
  });

  it('are read from the one-line form, with its options', () => {
    const text = `# deb http://off.example/debian bookworm main
deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/a.gpg] https://mirror.example/debian bookworm main contrib # ours
deb-src http://src.example/debian bookworm main
deb cdrom:[Debian]/ bookworm main
`;
    assert.equal(
      formatSources(parseOneLine(text)),
      `types: deb
uris: https://mirror.example/debian
suites: bookworm
components: main contrib
architectures: amd64 arm64
signed-by: /usr/share/keyrings/a.gpg
`,
    );
  });

  it('are taken from all the files that apt reads, and from no others', async () => {
    const etc = await mkdtemp(path.join(tmpdir(), 'hotshelf-etc-'));
    await mkdir(path.join(etc, 'sources.list.d'));
    await writeFile(path.join(etc, 'sources.list'), 'deb http://one.example/ a main\n');
    await writeFile(path.join(etc, 'sources.list.d/b.list'), 'deb http://two.example/ b main\n');
    const stanza = 'Types: deb\nURIs: http://three.example/\nSuites: c\nComponents: main\n';
    await writeFile(path.join(etc, 'sources.list.d/c.sources'), stanza);
    await writeFile(path.join(etc, 'sources.list.d/d.list.disabled'), 'deb http://four.example/ d main\n');
    const sources = await machineSources(etc);
    assert.deepEqual(
      sources.map((source) => source.get('uris')),
      ['http://one.example/', 'http://two.example/', 'http://three.example/'],
    );
    await rm(etc, { recursive: true });
  });
});
