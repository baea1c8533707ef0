// What a feature says, as a form made from the layer's own fields; hours are lines of text, one rule each.

/** `[{days, from, to}]` as lines like `mon-fri 17:00-22:00` and `2026-05-01/2026-05-05 closed`. */
export function hoursText(rules = []) {
  return rules.map((rule) => {
    const days = rule.days ?? [].concat(rule.dates).join(",");
    return `${days} ${rule.closed ? "closed" : `${rule.from}-${rule.to}`}`;
  }).join("\n");
}

/** The rules of lines; what is not understood is left for the server to name. */
export function hoursRules(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const at = line.search(/\s+\S+$/);
    const [days, rest] = at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at).trim()];
    const when = /^\d{4}-/.test(days) ? { dates: days.split(",").map((one) => one.trim()) } : { days };
    if (rest === "closed") return { ...when, closed: true };
    const [from, to] = rest.split("-");
    return { ...when, from, to };
  });
}

function textOf(field, value) {
  if (value === undefined || value === null) return "";
  if (field.kind === "hours") return hoursText(value);
  return field.kind === "list" ? value.join("\n") : String(value);
}

function valueOf(field, text) {
  if (!text.trim()) return undefined;
  if (field.kind === "hours") return hoursRules(text);
  if (field.kind === "list") return text.split("\n").map((one) => one.trim()).filter(Boolean);
  return field.kind === "number" ? Number(text) : text.trim();
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The form of a feature; `onChange(properties, id)` is told of every change. */
export function featureForm(feature, layer, { words, names, fields, phases, locked, onChange }) {
  const form = element("div", { class: "stack", "data-feature": feature.id });
  form.append(element("h2", {}, names[layer.layer] ?? layer.layer));
  const known = (name) => fields[name] ?? name;
  const id = element("input", { id: "p-id", value: feature.id, disabled: locked });
  id.addEventListener("change", () => onChange(feature.properties, id.value.trim() || feature.id));
  form.append(element("div", { class: "field" }, element("label", { for: "p-id" }, known("id")), id));
  for (const field of layer.fields) {
    const name = `p-${field.name}`;
    const label = element("label", { for: name }, known(field.name), field.required ? element("span", { class: "must", "aria-hidden": "true" }, "*") : null);
    let input;
    if (field.kind === "phase") {
      input = element("select", { id: name });
      for (const phase of ["", "warn", "enforce"]) input.append(new Option(phase ? phases[phase] : "", phase));
    } else if (field.kind === "hours" || field.kind === "list") input = element("textarea", { id: name, placeholder: field.kind === "hours" ? words.hours_example : "" });
    else input = element("input", { id: name, type: field.kind === "date" ? "date" : field.kind === "number" ? "number" : "text", step: field.kind === "number" ? "any" : null });
    input.value = textOf(field, feature.properties[field.name]);
    input.disabled = locked;
    if (field.required) input.setAttribute("aria-required", "true");
    input.addEventListener("change", () => {
      const properties = { ...feature.properties };
      const value = valueOf(field, input.value);
      if (value === undefined) delete properties[field.name];
      else properties[field.name] = value;
      onChange(properties, feature.id);
    });
    form.append(element("div", { class: "field" }, label, input));
  }
  return form;
}

const shown = (value) => (value === null || value === undefined ? "—" : typeof value === "object" ? JSON.stringify(value) : String(value));

/** One change in the page's language: what, which feature, which fields, how far it moved. */
function changeWords(one, words, names, fields) {
  const said = (one.after ?? one.before).properties;
  const name = said.shop_name ?? said.name ?? said.holder ?? said.code ?? "";
  const told = one.fields.map((field) => `${fields[field.field] ?? field.field}：${shown(field.before)} → ${shown(field.after)}`);
  if (one.moved_m) told.push(words.moved.replace("{m}", one.moved_m.toFixed(2)));
  return [element("b", {}, `${words[one.kind]} ${names[one.layer] ?? one.layer} ${name}`), element("span", { class: "muted" }, ` ${one.id}`), told.length ? element("div", {}, told.join("；")) : null];
}

/** A list of changes, and of faults whose feature can be chosen. */
export function findings(found, { words, names, fields }, onPick) {
  const box = element("div", { class: "stack" });
  if (found.problems?.length) {
    box.append(element("h3", {}, words.problems.replace("{n}", found.problems.length)));
    box.append(element("ul", { class: "changes" }, ...found.problems.map((one) => element("li", { class: "removed" },
      one.feature ? element("a", { href: "#", onclick: (event) => { event.preventDefault(); onPick(one.feature); } }, one.feature) : "", ` ${one.field}: ${one.message}`))));
    return box;
  }
  box.append(element("h3", {}, words.changes.replace("{n}", found.changes.length)));
  if (!found.changes.length) box.append(element("p", { class: "muted" }, words.no_changes));
  box.append(element("ul", { class: "changes" }, ...found.changes.map((one) => element("li", { class: one.kind }, ...changeWords(one, words, names, fields)))));
  return box;
}
