// Fills a form in Enketo's engine, in the page of a browser: `fill` takes the form, the villages and the steps of families.
import { Form } from "enketo-core";
import { transform } from "enketo-transformer/web";

function listed(villages) {
  const [heading, ...rows] = villages.trim().split(/\r?\n/).map((line) => line.split(","));
  const cells = (row) => heading.map((name, at) => `<${name}>${row[at]}</${name}>`).join("");
  const items = rows.map((row) => `<item>${cells(row)}</item>`).join("");
  return new DOMParser().parseFromString(`<root>${items}</root>`, "text/xml");
}

const named = (path) => path.replace(/\[\d+\]/g, "");

function take(form, path, value) {
  const name = named(path);
  const row = /\[(\d+)\]/.exec(path);
  const area = row ? form.view.html.querySelectorAll(`.or-repeat[name="${path.slice(0, row.index)}"]`)[row[1] - 1] : form.view.html;
  const control = area?.querySelector(`[name="${name}"], [data-name="${name}"]`);
  if (!control) throw new Error(`nothing is at ${path}`);
  form.input.setVal(control, value ?? "", new Event("change", { bubbles: true }));
}

window.fill = async ({ form: xform, villages, families }) => {
  const made = await transform({ xform, media: {} });
  const instances = [];
  for (const steps of families) {
    const holder = document.createElement("div");
    holder.innerHTML = made.form;
    document.body.replaceChildren(holder);
    const data = { modelStr: made.model, external: [{ id: "villages", xml: listed(villages) }] };
    const form = new Form(holder.querySelector("form"), data, {});
    const wrong = form.init();
    if (wrong.length) throw new Error(wrong.join("\n"));
    for (const [path, value] of steps) take(form, path, value);
    await new Promise((done) => setTimeout(done, 0));
    instances.push(form.getDataStr({ irrelevant: false }));
    form.resetView();
  }
  return instances;
};
