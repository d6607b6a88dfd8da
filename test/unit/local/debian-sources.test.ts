import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inRelease } from '#src/apps/local/src/debian-packages';

describe("apt's sources for another Debian release", () => {
  it('are the same mirrors in the one-line form, with updates and security', () => {
    const lines = `deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian bookworm main contrib
deb http://mirror.example/debian bookworm-updates main
deb http://security.example/ bookworm-security main
deb http://mirror.example/debian oldstable main`;
    assert.equal(
      inRelease(lines, 'bookworm', 'trixie'),
      `deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian trixie main contrib
deb http://mirror.example/debian trixie-updates main
deb http://security.example/ trixie-security main
deb http://mirror.example/debian trixie main`,
    );
  });

  it('are the same mirrors in the deb822 form', () => {
    const stanza = 'Types: deb\nURIs: http://mirror.example/bookworm\nSuites: bookworm bookworm-updates\n';
    assert.equal(
      inRelease(stanza, 'bookworm', 'trixie'),
      'Types: deb\nURIs: http://mirror.example/bookworm\nSuites: trixie trixie-updates\n',
    );
  });

  it('leave the suites of other archives as they are', () => {
    const lines = `# deb http://off.example/debian bookworm main
deb http://sql.example/apt bookworm-pgdg main
deb http://tools.example/debian cloud-sdk-bookworm main`;
    assert.equal(inRelease(lines, 'bookworm', 'trixie'), lines);
  });
});
