// Elements of the page. Text is only ever put in as text, so that nothing in it is read as HTML.

/** Makes an element with properties (or attributes) and what is in it. */
export function make(name, properties = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...inside);
  return element;
}

/** The element of the page with this id. */
export const at = (id) => document.getElementById(id);

/** A choice among values: [[value, text], ...]. */
export function choice(label, options, chosen, changed) {
  const select = make("select", {}, ...options.map(([value, text]) =>
    make("option", { value, selected: String(value) === String(chosen) }, text)));
  select.addEventListener("change", changed);
  return { element: make("label", {}, label, select), get value() { return select.value; } };
}

/** A box to tick. */
export function box(label, ticked, changed) {
  const input = make("input", { type: "checkbox", checked: ticked });
  input.addEventListener("change", changed);
  return {
    element: make("label", { className: "check" }, input, label),
    get value() { return input.checked; },
    set value(now) { input.checked = now; },
  };
}

/** A field for a whole number. */
export function count(label, value, changed) {
  const input = make("input", { type: "number", min: 1, max: 4096, value });
  input.addEventListener("input", changed);
  return {
    element: make("label", {}, label, input),
    get value() { return Math.min(4096, Math.max(1, Math.round(Number(input.value)) || 1)); },
  };
}

/** A table of texts. */
export function grid(head, rows) {
  const cells = (kind, row) => make("tr", {}, ...row.map((cell) => make(kind, {}, cell)));
  const body = make("tbody", {}, ...rows.map((row) => cells("td", row)));
  const table = head.length ? make("table", {}, make("thead", {}, cells("th", head)), body)
    : make("table", {}, body);
  return make("div", { className: "scrolls", tabIndex: 0 }, table);
}

/** Saves bytes or text as a file of the one who looks at the page. */
export function save(content, name, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
