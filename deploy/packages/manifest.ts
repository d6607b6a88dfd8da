import { type PackagePlan, PLANS, packageOf, SCOPE } from './plan.ts';

/** The fields of the project's package.json that those of the packages are made of. */
export interface ProjectManifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What the dependencies need. */
export const OLDEST_NODE = '>=22.12';

/** The fields of a package's package.json that others are made of. */
export interface PackageManifest {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A door of a lib: `index`, `events` or `nest`. */
export interface Door {
  readonly lib: string;
  readonly door: string;
}

const specifierOf = ({ lib, door }: Door) => (door === 'index' ? lib : `${lib}/${door}`);
const fileOf = ({ lib, door }: Door) => `./libs/${lib}/src/${door}.js`;

/**
 * The package.json of a package.
 *
 * A lib of the package itself is reached by `#libs/…` as in the project; one of a lower package, by that package's
 * `internal/…`, so that each class exists once. `internal/…` is for packages of the same version alone.
 *
 * @param doors of all libs
 * @param imported the npm packages that its files import, types included
 * @throws Error if a lib imports one of a higher package, or a package that the project does not have
 */
export function packageManifest(
  plan: PackagePlan,
  project: ProjectManifest,
  doors: readonly Door[],
  imported: { readonly libs: ReadonlySet<string>; readonly npm: ReadonlySet<string> },
): PackageManifest {
  const rank = PLANS.indexOf(plan);
  const tooHigh = [...imported.libs].filter((lib) => packageOf(lib) > rank);
  if (tooHigh.length > 0)
    throw new Error(
      `${SCOPE}/${plan.name} imports libs of a higher package: ${tooHigh.join(', ')}. List them in deploy/packages/plan.ts`,
    );
  const below = PLANS.slice(0, rank).filter(({ name }) =>
    [...imported.libs].some((lib) => PLANS[packageOf(lib)]?.name === name),
  );
  const rangeOf = (name: string) => {
    const version = project.dependencies[name] ?? project.devDependencies[name];
    if (version === undefined) throw new Error(`${SCOPE}/${plan.name} imports ${name}: no such dependency`);
    return `^${version}`;
  };
  const peers = [...plan.peers, ...plan.optionalPeers].sort();
  const needed = [...new Set([...imported.npm, ...plan.needs])]
    .filter((name) => !peers.includes(name))
    .sort();
  const types = needed.concat(peers).map((name) => `@types/${name}`);
  const dependencies = [...needed, ...types.filter((name) => name in project.devDependencies)].sort();
  return {
    name: `${SCOPE}/${plan.name}`,
    version: project.version,
    description: plan.description,
    license: project.license,
    type: 'module',
    engines: { node: OLDEST_NODE },
    sideEffects: true,
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      ...Object.fromEntries(
        // The highest package has no other above it that could need its libs.
        (rank === PLANS.length - 1 ? [] : doors.filter(({ lib }) => packageOf(lib) === rank)).map((door) => [
          `./internal/${specifierOf(door)}`,
          { types: fileOf(door).replace(/\.js$/, '.d.ts'), default: fileOf(door) },
        ]),
      ),
      './package.json': './package.json',
    },
    imports: Object.fromEntries(
      doors
        .filter(({ lib }) => packageOf(lib) <= rank)
        .map((door) => {
          const owner = packageOf(door.lib);
          const elsewhere = `${SCOPE}/${PLANS[owner]?.name}/internal/${specifierOf(door)}`;
          return [`#libs/${specifierOf(door)}`, owner === rank ? fileOf(door) : elsewhere];
        }),
    ),
    dependencies: {
      // Exactly: the packages share internals.
      ...Object.fromEntries(below.map(({ name }) => [`${SCOPE}/${name}`, project.version])),
      ...Object.fromEntries(dependencies.map((name) => [name, rangeOf(name)])),
    },
    peerDependencies: Object.fromEntries(peers.map((name) => [name, rangeOf(name)])),
    ...(plan.optionalPeers.length > 0 && {
      peerDependenciesMeta: Object.fromEntries(plan.optionalPeers.map((name) => [name, { optional: true }])),
    }),
  };
}
