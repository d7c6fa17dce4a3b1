// What run() takes, as the forms need to know it: from the contract and the API document.

const UNWRAPPED = "data"; // what scripts look for that declare nothing, as the SDK sends it

/** Asks the service what it is; the document is null where there is none. */
export async function load(calls) {
  const told = JSON.parse(await calls.text("docs/contract.json"));
  const version = ["3", "3.1", "2"].find((each) => told.documents.includes(each));
  let document = null;
  if (version) document = loosely(await calls.text(`swagger.json?version=${version}`));
  const input = schemaOf(document, "ServiceInput");
  const raw = told.takes_input === "raw";
  const declared = told.takes_input === "object" ? told.parameters : [];
  return {
    raw,
    document,
    // A script that declares nothing gets the text of the body, whatever it is.
    declares: told.takes_input === "object",
    parameters: told.takes_input === "text"
      ? [{ name: UNWRAPPED, needed: true, layout: { kind: "any" } }]
      : declared.map((each) => parameterOf(each, input)),
    sample: sampleOf(told.takes_input, input),
  };
}

/** JSON, in which NaN and Infinity may stand for numbers: examples of arrays have them. */
export function loosely(text) {
  try {
    return JSON.parse(text);
  } catch {
    const plain = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
    return JSON.parse(text.replace(plain, (found) => (found[0] === '"' ? found : "null")));
  }
}

/** A named schema of a document of any version. */
function schemaOf(document, name) {
  const schemas = document?.components?.schemas ?? document?.definitions ?? {};
  return schemas[name] ?? {};
}

function sampleOf(takes, input) {
  if (takes === "raw") return "";
  const example = input.example;
  if (example && Object.keys(example).length) return compact(example);
  return takes === "text" ? `{"${UNWRAPPED}": [[1, 2, 3]]}` : "{}";
}

/** JSON with a line for each row of numbers, so that a matrix looks like one. */
export function compact(value, indent = "") {
  const flat = JSON.stringify(value);
  const simple = (each) => each === null || typeof each !== "object";
  if (simple(value) || flat === undefined) return flat;
  const rows = Array.isArray(value) ? value : Object.values(value);
  if (flat.length < 80 || (Array.isArray(value) && rows.every(simple))) {
    return flat.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (found) => (found[0] === '"' ? found : `${found} `));
  }
  const deeper = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((each) => deeper + compact(each, deeper))
    : Object.entries(value).map(([key, each]) => `${deeper}${JSON.stringify(key)}: ${compact(each, deeper)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

function parameterOf(told, input) {
  const schema = input.properties?.[told.name] ?? {};
  const example = input.example?.[told.name] ?? schema.example;
  const layout = told.kind === "numpy"
    ? laidOut(told.shape.slice(1), example, told.dtype)
    : ofExample(example, schema);
  return { name: told.name, needed: !told.optional, layout };
}

/** How a value that is shown by an example is laid out. */
function ofExample(example, schema) {
  if (!Array.isArray(example) || !example.length) return { kind: "other" };
  if (example.every((each) => each && typeof each === "object" && !Array.isArray(each))) {
    return { kind: "records", columns: columnsOf(example, schema) };
  }
  const sizes = [];
  let inner = example;
  while (Array.isArray(inner)) {
    sizes.push(inner.length);
    inner = inner[0];
  }
  if (typeof inner !== "number") return { kind: "other" };
  return laidOut(sizes.slice(1), example, Number.isInteger(inner) ? "" : "f");
}

function columnsOf(example, schema) {
  const types = schema.items?.properties ?? {};
  return Object.keys(example[0]).map((name) => ({
    name,
    text: (types[name]?.type ?? typeof example[0][name]) === "string",
  }));
}

/** The layout of numbers, by the sizes of one row. */
function laidOut(sizes, example, dtype = "") {
  const layout = { kind: "numbers", sizes, whole: !/f/.test(dtype), largest: largest(example) };
  layout.image = imageOf(sizes);
  layout.range = rangeOf(layout);
  return layout;
}

/** What picture a row is: width, height, channels; null where it is none. */
export function imageOf(sizes) {
  if (sizes.some((size) => !size)) return null;
  const [first, second, third] = sizes;
  if (sizes.length === 1) {
    const side = Math.round(Math.sqrt(first));
    return first >= 64 && side * side === first ? { width: side, height: side, channels: 1, order: "flat" } : null;
  }
  if (sizes.length === 2) {
    return first >= 8 && second >= 8 ? { width: second, height: first, channels: 1, order: "rows" } : null;
  }
  if (sizes.length !== 3) return null;
  if (third === 1 || third === 3) return { width: second, height: first, channels: third, order: "last" };
  if (first === 1 || first === 3) return { width: third, height: second, channels: first, order: "first" };
  return null;
}

function largest(example) {
  let most = 0;
  const look = (value) => {
    if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === "number" && value > most) most = value;
  };
  look(example);
  return most;
}

/** What the brightest pixel is likely to be: by the numbers of the example, and their type. */
function rangeOf({ image, whole, largest: most }) {
  if (most > 16) return 255;
  if (most > 1) return 16;
  const small = image?.width === 8 && image.height === 8;
  if (small && (whole || most === 0)) return 16; // as scikit-learn's digits are
  return whole ? 255 : 1;
}
