// Preloaded (`node --import`) ahead of the TypeScript entries, and plain JavaScript for one reason: a Node that can't
// strip types can't load them at all, and would greet whoever skipped npm's Node with a loader's stack trace.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Hotshelf's commands need Node 24, and this is Node ${process.versions.node}: ` +
      'run them through npm (npm start, npm run seed) after an `npm ci` with install scripts, which brings Node 24.\n',
  );
  process.exit(1);
}
