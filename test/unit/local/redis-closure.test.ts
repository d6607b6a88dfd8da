import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runtimeClosure } from '#src/apps/local/src/redis/apt/closure';

/** As `apt-cache depends --recurse` prints it. */
const DEPENDS = `redis-server
  PreDepends: init-system-helpers
  Depends: redis-tools
init-system-helpers
  Depends: libinit0
libinit0
redis-tools
  Depends: adduser
  Depends: libc6
 |Depends: liblua5.1-0
  Depends: lua-cjson
  Depends: <libvirtual1>
    libconcrete1
adduser
  Depends: libperl5
libperl5
libc6
  Depends: libgcc-s1
libgcc-s1
  Depends: libc6
liblua5.1-0
lua-cjson
`;

describe('the packages that a Redis server needs to run', () => {
  it('are its own and their libraries, all the way down, and not what it takes to install it', () => {
    assert.deepEqual(runtimeClosure(DEPENDS, 'redis-server'), [
      'libc6',
      'libgcc-s1',
      'liblua5.1-0',
      'lua-cjson',
      'redis-server',
      'redis-tools',
    ]);
  });

  it('are none where apt does not know the package', () => {
    assert.deepEqual(runtimeClosure('', 'redis-server'), []);
    assert.deepEqual(runtimeClosure('E: No packages found\n', 'redis-server'), []);
  });
});
