/**
 * What a Redis server needs at run time: itself and libraries (Lua's carry other names). The rest of what its
 * package depends on is there to install it: users, init scripts, perl.
 */
const RUNTIME = /^(?:redis-server|redis-tools|lib.+|lua-.+|zlib1g)$/;

/**
 * The packages that have to be unpacked to run `root`.
 *
 * @param depends the output of `apt-cache depends --recurse root`: a package's name at the start of a line, what it
 * depends on indented below it
 */
export function runtimeClosure(depends: string, root: string): string[] {
  const graph = parseDepends(depends);
  const closure = new Set<string>();
  const visit = (name: string) => {
    // A name without an entry of its own is virtual, or not to be had.
    if (closure.has(name) || !RUNTIME.test(name) || !graph.has(name)) return;
    closure.add(name);
    for (const dependency of graph.get(name) ?? []) visit(dependency);
  };
  visit(root);
  return [...closure].sort();
}

function parseDepends(text: string): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  let dependencies: string[] = [];
  for (const line of text.split('\n')) {
    const dependency = /^\s+\|?(?:Pre)?Depends: ([^<\s]+)/.exec(line)?.[1];
    if (dependency !== undefined) dependencies.push(dependency);
    else if (/^[^\s<]/.test(line)) {
      dependencies = [];
      graph.set(line.trim(), dependencies);
    }
  }
  return graph;
}
