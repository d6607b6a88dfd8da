// Preloaded (`node --import`) ahead of the TypeScript entries. Plain JavaScript, because a Node that cannot strip types
// cannot load them, and would print a loader's stack trace.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Hotshelf's commands need Node 24, and this is Node ${process.versions.node}: ` +
      'run them through npm (npm start, npm run seed) after an `npm ci` with install scripts, which brings Node 24.\n',
  );
  process.exit(1);
}
