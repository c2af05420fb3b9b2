// Makes one script for a browser of enketo.js and what it imports. Arguments: enketo.js, the folder of packages, the script.
import { build } from "esbuild";

const [entry, packages, script] = process.argv.slice(2);
const core = `${packages}/enketo-core`;
await build({
  entryPoints: [entry],
  nodePaths: [packages],
  bundle: true,
  outfile: script,
  format: "iife",
  platform: "browser",
  external: ["libxslt"],
  logLevel: "error",
  // As Enketo's own build does.
  alias: {
    "enketo/config": `${core}/config.js`,
    "enketo/dialog": `${core}/src/js/fake-dialog.js`,
    "enketo/file-manager": `${core}/src/js/file-manager.js`,
    "enketo/translator": `${core}/src/js/fake-translator.js`,
    "enketo/xpath-evaluator-binding": `${core}/src/js/xpath-evaluator-binding.js`,
  },
  // Widgets draw what a test does not look at.
  plugins: [
    {
      name: "no-widgets",
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^enketo\/widgets$/ }, () => ({ path: "no-widgets", namespace: "none" }));
        onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "export default [];" }));
      },
    },
  ],
});
