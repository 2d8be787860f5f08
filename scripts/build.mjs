// Builds what is stale of the named parts (see builds.mjs).
// Usage: node scripts/build.mjs NAME … [--if-possible NAME]; what is built if possible may fail.
import { parseArgs } from 'node:util';
import { build, BUILD_NAMES, BuildError } from './builds.mjs';

const { values, positionals: names } = parseArgs({
  options: { 'if-possible': { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
});
const wished = values['if-possible'];
const known = [...names, ...wished].every((name) => BUILD_NAMES.includes(name));
if (!known || names.length + wished.length === 0) {
  console.error(`Usage: build.mjs NAME … [--if-possible NAME], with names out of: ${BUILD_NAMES.join(', ')}`);
  process.exit(2);
}

try {
  await build(names, wished);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
