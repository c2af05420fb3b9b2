// Fills a form in the engine of ODK Web Forms. Reads JSON from standard input: the form, the villages (CSV), and for each
// family the steps to take. A step is a path and a value, null to take an answer back. Prints the instances as JSON.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("", { contentType: "text/html" });
for (const name of Object.getOwnPropertyNames(window)) {
  if (/^[A-Z]/.test(name) && !(name in globalThis)) globalThis[name] = window[name];
}
globalThis.window ??= window;
globalThis.document ??= window.document;
globalThis.__dirname ??= import.meta.dirname;
const { createInstance } = await import("@getodk/xforms-engine");

const { form, villages, families } = JSON.parse(readFileSync(0, "utf-8"));
const text = (body, type) => new Response(body, { headers: { "Content-Type": type } });
const options = {
  form: {
    fetchFormDefinition: async () => text(form, "text/xml"),
    fetchFormAttachment: async () => text(villages, "text/csv"),
  },
};

function find(node, path) {
  for (const child of node.currentState.children ?? []) {
    const here = child.currentState.reference;
    if (here === path) return child;
    if (child.nodeType.startsWith("repeat-range") || path.startsWith(`${here}/`) || path.startsWith(`${here}[`)) {
      const found = find(child, path);
      if (found) return found;
    }
  }
  return null;
}

function take(root, path, value) {
  const node = find(root, path);
  if (!node) throw new Error(`nothing is at ${path}`);
  if (node.nodeType === "select") node.selectValues(value === null ? [] : String(value).split(" "));
  else if (node.nodeType === "trigger") node.setValue(value === "OK");
  else node.setValue(value ?? "");
}

const instances = [];
for (const steps of families) {
  const { root } = await createInstance(form, options);
  for (const [path, value] of steps) take(root, path, value);
  const { data } = await root.prepareInstancePayload();
  instances.push(await data[0].get("xml_submission_file").text());
}
console.log(JSON.stringify(instances));
