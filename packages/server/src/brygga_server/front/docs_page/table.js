// Tables as they come from a spreadsheet or a CSV file.

/** The head and the rows of a text; the head is [] where the first line is one of numbers. */
export function readTable(text) {
  const first = text.split(/\r?\n/, 1)[0];
  const counted = [",", ";", "\t"].map((each) => [first.split(each).length, each]);
  const tabs = first.includes("\t");
  const delimiter = tabs ? "\t" : counted.sort((a, b) => b[0] - a[0])[0][1];
  const lines = split(text, delimiter).filter((line) => line.some((cell) => cell.trim() !== ""));
  if (!lines.length) return { head: [], rows: [] };
  // Where commas do not part the cells, they may part the decimals.
  const commas = delimiter !== ",";
  const isHead = !lines[0].every((cell) => typeof valueOf(cell, commas) === "number");
  return { head: isHead ? lines[0].map((cell) => cell.trim()) : [], rows: isHead ? lines.slice(1) : lines, commas };
}

/** Lines of cells, in which quotes hold delimiters and ends of lines. */
function split(text, delimiter) {
  const lines = [[]];
  let cell = "", quoted = false, begun = false;
  const end = () => { lines.at(-1).push(cell); cell = ""; begun = false; };
  for (let i = 0; i < text.length; i += 1) {
    const letter = text[i];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') { cell += '"'; i += 1; }
      else quoted = false;
    } else if (letter === '"' && !begun) quoted = begun = true;
    else if (letter === delimiter) end();
    else if (letter === "\n") { end(); lines.push([]); }
    else if (letter !== "\r") { cell += letter; begun = true; }
  }
  end();
  return lines;
}

/** A cell as a number, null where it is empty, or else its text. */
export function valueOf(cell, commas = false) {
  const plain = cell.trim();
  if (plain === "") return null;
  const english = commas && /^[-+]?\d+,\d+(?:[eE][-+]?\d+)?$/.test(plain) ? plain.replace(",", ".") : plain;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(english) ? Number(english) : plain;
}

/** A table as run() takes it. Throws a sentence that says which row and cell is wrong. */
export function valueForTable({ head, rows, commas }, layout) {
  if (!rows.length) throw new Error("There are no rows. Paste some, with or without a line of names above them.");
  const parsed = rows.map((row) => row.map((cell) => valueOf(cell, commas)));
  if (layout.kind === "numbers") return numbers(parsed, head, layout.sizes);
  if (!head.length && layout.kind === "any") return parsed;
  const columns = layout.columns ?? head.map((name) => ({ name, text: false }));
  const places = placesOf(columns, head, rows[0].length);
  return rows.map((row, line) => Object.fromEntries(columns.map(({ name, text }, number) => {
    const place = places[number];
    return [name, text ? row[place] ?? null : parsed[line][place] ?? null];
  })));
}

/** Where each column is: by its name, or by its number where the table has no head. */
function placesOf(columns, head, width) {
  if (!head.length) {
    if (width !== columns.length) {
      const names = columns.map((each) => each.name).join(", ");
      throw new Error(`run() takes ${columns.length} columns (${names}), the table has ${width}. A first line of names says which they are.`);
    }
    return columns.map((_, number) => number);
  }
  const missing = columns.filter(({ name }) => !head.includes(name)).map((each) => each.name);
  if (missing.length) throw new Error(`The table has no column ${missing.join(", ")}. It has ${head.join(", ")}.`);
  return columns.map(({ name }) => head.indexOf(name));
}

function numbers(rows, head, sizes) {
  const wanted = sizes.reduce((product, size) => product * (size || 1), 1);
  const known = sizes.every(Boolean);
  rows.forEach((row, number) => {
    const place = row.findIndex((value) => typeof value !== "number");
    const named = head[place] ? ` (${head[place]})` : "";
    if (place >= 0) throw new Error(`Row ${number + 1}, column ${place + 1}${named} is ${row[place] === null ? "empty" : `'${row[place]}'`}; run() takes numbers.`);
    if (known && row.length !== wanted) throw new Error(`Row ${number + 1} has ${row.length} numbers; run() takes ${wanted} in a row.`);
  });
  if (!sizes.length) return rows.flat();
  return sizes.length > 1 && known ? rows.map((row) => folded(row, sizes)) : rows;
}

/** A flat list as nested lists of these sizes. */
export function folded(flat, sizes) {
  if (sizes.length < 2) return flat;
  const [size, ...deeper] = sizes, step = flat.length / size;
  return Array.from({ length: size }, (_, i) => folded(flat.slice(i * step, (i + 1) * step), deeper));
}
