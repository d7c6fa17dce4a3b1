// The ways to give run() its input: each form makes one request of what is entered.

import { digitOf, sheetOf } from "./digits.js";
import { Paper } from "./drawing.js";
import { box, choice, count, grid, make } from "./elements.js";
import { grey, inverted, pixelsOfFile, rowOf, show } from "./pixels.js";
import { readTable, valueForTable } from "./table.js";

const JSON_TYPE = "application/json";
const SHOWN_ROWS = 8;
const BRIGHTEST = [[1, "1"], [16, "16"], [255, "255"]];

/** The forms that fit a contract, the likeliest first; `changed` is told of what is entered. */
export function formsFor(contract, changed) {
  if (contract.raw) return [new FileForm(changed), new TextForm(changed)];
  const json = new JsonForm(contract, changed);
  const of = (fits) => contract.parameters.filter(({ layout }) => layout.kind === "any" || fits(layout));
  const others = [
    [of(drawable), DrawingForm],
    [of((layout) => layout.image), ImageForm],
    [of((layout) => layout.kind === "records" || (layout.kind === "numbers" && layout.sizes.length < 2)), TableForm],
  ].filter(([fitting]) => fitting.length).map(([fitting, Form]) => new Form(new Place(fitting, json, changed), changed));
  const drawn = contract.parameters.some(({ layout }) => drawable(layout));
  return drawn ? [...others, json] : [json, ...others.reverse()];
}

function drawable({ image }) {
  return Boolean(image) && image.channels === 1 && image.width === image.height && image.width >= 8 && image.width <= 64;
}

/** Where a value goes: the parameter that it is for, beside the others as the JSON form has them. */
class Place {
  #fitting;
  #json;
  #choice;

  constructor(fitting, json, changed) {
    this.#fitting = fitting;
    this.#json = json;
    const needed = fitting.find((each) => each.needed) ?? fitting[0];
    this.#choice = choice("Parameter", fitting.map(({ name }) => [name, name]), needed.name, changed);
  }

  get elements() { return this.#fitting.length > 1 ? [this.#choice.element] : []; }

  get layout() { return this.#fitting.find(({ name }) => name === this.#choice.value).layout; }

  request(value) {
    const name = this.#choice.value;
    return { body: JSON.stringify({ ...this.#json.others(name), [name]: value }), type: JSON_TYPE };
  }
}

class JsonForm {
  title = "JSON";
  #contract;
  #text;

  constructor(contract, changed) {
    this.#contract = contract;
    this.#text = make("textarea", { value: contract.sample, spellcheck: false, "aria-label": "JSON" });
    this.#text.addEventListener("input", changed);
    const note = contract.declares
      ? `run() takes ${contract.parameters.map(described).join(", ")}.`
      : "run() is not decorated: it gets this text as it is, JSON or not.";
    this.element = make("div", {}, this.#text, make("p", { className: "note" }, note));
  }

  request() {
    const body = this.#text.value;
    try {
      JSON.parse(body);
    } catch (error) {
      if (this.#contract.declares) throw new Error(`This is not JSON: ${error.message}`, { cause: error });
      return { body, type: "text/plain; charset=utf-8", name: "input.txt" };
    }
    return { body, type: JSON_TYPE };
  }

  /** The values of the other parameters; those that may be missing only where somebody entered some. */
  others(name) {
    const { sample, parameters } = this.#contract;
    const entered = this.#text.value !== sample;
    let values;
    try {
      values = JSON.parse(this.#text.value);
    } catch {
      return {};
    }
    if (!values || typeof values !== "object" || Array.isArray(values)) return {};
    const wanted = parameters.filter((each) => each.name !== name && (each.needed || entered));
    return Object.fromEntries(wanted.filter((each) => each.name in values).map((each) => [each.name, values[each.name]]));
  }
}

function described({ name, needed, layout }) {
  const sizes = layout.kind === "numbers" ? ` (rows of ${layout.sizes.map((size) => size ?? "any").join(" × ") || "one number"})` : "";
  const columns = layout.kind === "records" ? ` (rows with ${layout.columns.map((each) => each.name).join(", ")})` : "";
  return `${name}${sizes}${columns}${needed ? "" : ", if given"}`;
}

/** A field that files are dropped on, or chosen with. */
function dropped(text, accept, taken) {
  const input = make("input", { type: "file", accept, "aria-label": text });
  const field = make("div", { className: "drop" }, make("p", {}, text), input);
  const over = (event) => { event.preventDefault(); field.classList.add("over"); };
  const out = () => field.classList.remove("over");
  input.addEventListener("change", () => { if (input.files[0]) taken(input.files[0]); });
  field.addEventListener("dragover", over);
  field.addEventListener("dragleave", out);
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    out();
    if (event.dataTransfer.files[0]) taken(event.dataTransfer.files[0]);
  });
  field.addEventListener("paste", (event) => {
    if (event.clipboardData.files[0]) taken(event.clipboardData.files[0]);
  });
  return field;
}

class TableForm {
  title = "Table";
  #place;
  #text;
  #seen = make("div");

  constructor(place, changed) {
    this.#place = place;
    const placeholder = "Cells copied from a spreadsheet, or the text of a CSV file";
    this.#text = make("textarea", { placeholder, spellcheck: false, "aria-label": "Table" });
    const entered = () => { this.#look(); changed(); };
    this.#text.addEventListener("input", entered);
    const file = dropped("Paste cells above, or drop a CSV file here.", ".csv,.tsv,.txt,text/csv", async (each) => {
      this.#text.value = await each.text();
      entered();
    });
    this.element = make("div", {}, ...place.elements, this.#text, file, this.#seen);
  }

  request() { return this.#place.request(valueForTable(readTable(this.#text.value), this.#place.layout)); }

  #look() {
    const { head, rows } = readTable(this.#text.value);
    const more = rows.length > SHOWN_ROWS ? `, of which these are the first ${SHOWN_ROWS}` : "";
    const told = `${rows.length} ${rows.length === 1 ? "row" : "rows"} of ${(rows[0] ?? []).length}${more}`;
    this.#seen.replaceChildren(...rows.length
      ? [make("p", { className: "note" }, told), grid(head, rows.slice(0, SHOWN_ROWS))] : []);
  }
}

/** What pictures have in common: how large they are, and which number is the brightest. */
class Picture {
  #place;

  constructor(place, changed) {
    this.#place = place;
    const { layout } = place;
    this.sizes = [["28", "28 × 28"], ["8", "8 × 8"]];
    this.range = choice("Brightest is", BRIGHTEST, layout.range ?? 1, changed);
  }

  get free() { return this.#place.layout.kind === "any"; }

  get image() { return this.#place.layout.image; }

  request(picture, order) {
    const whole = Boolean(this.#place.layout.whole);
    return this.#place.request([rowOf(picture, order, Number(this.range.value), whole)]);
  }
}

class DrawingForm {
  title = "Draw";
  #picture;
  #paper;
  #side;
  #centred;
  #seen = make("canvas", { className: "seen", "aria-label": "What run() is going to see" });

  constructor(place, changed) {
    const entered = () => { this.#look(); changed(); };
    this.#picture = new Picture(place, entered);
    this.#side = choice("Pixels", this.#picture.sizes, 28, entered);
    this.#centred = box("Centre and scale it, as training data has it", true, entered);
    const pad = make("canvas", { className: "pad", id: "pad", "aria-label": "Paper to draw on" });
    this.#paper = new Paper(pad, entered);
    const clear = make("button", { type: "button" }, "Clear");
    clear.addEventListener("click", () => this.#paper.clear());
    const options = this.#picture.free ? [this.#side.element, this.#picture.range.element] : [this.#picture.range.element];
    this.element = make("div", {},
      ...place.elements,
      make("div", { className: "sheet" },
        make("figure", {}, pad, make("figcaption", {}, "Draw a digit here.")),
        make("figure", {}, this.#seen, make("figcaption", {}, "What run() is going to see."))),
      make("div", { className: "line" }, clear, ...options, this.#centred.element));
    this.#look();
  }

  get #pixels() { return this.#picture.free ? Number(this.#side.value) : this.#picture.image.width; }

  get #drawn() {
    const { image } = this.#paper;
    return this.#centred.value ? digitOf(image, this.#pixels) : sheetOf(image, this.#pixels);
  }

  request() {
    const drawn = this.#drawn;
    if (!drawn) throw new Error("Nothing is drawn yet.");
    return this.#picture.request(drawn, this.#picture.free ? "flat" : this.#picture.image.order);
  }

  #look() {
    const side = this.#pixels;
    // With few pixels a stroke has to cover most of one, as in the training data.
    this.#paper.brush = side <= 8 ? 34 : 22;
    show(this.#seen, this.#drawn ?? { width: side, height: side, channels: [new Array(side * side).fill(0)] });
  }
}

class ImageForm {
  title = "Image";
  #picture;
  #file = null;
  #found = null;
  #problem = null;
  #changed;
  #width;
  #height;
  #colours;
  #dark;
  #seen = make("canvas", { className: "seen", "aria-label": "What run() is going to see", hidden: true });

  constructor(place, changed) {
    this.#changed = changed;
    const again = () => this.#take(this.#file);
    this.#picture = new Picture(place, changed);
    this.#width = count("Width", 28, again);
    this.#height = count("Height", 28, again);
    this.#colours = choice("Colours", [[1, "grey"], [3, "red, green, blue"]], 1, again);
    this.#dark = box("Dark for bright", false, again);
    const free = this.#picture.free ? [this.#width.element, this.#height.element, this.#colours.element] : [];
    const file = dropped("Drop a picture here, or choose one.", "image/*", (each) => this.#take(each));
    this.element = make("div", {}, ...place.elements, file,
      make("div", { className: "line" }, ...free, this.#picture.range.element, this.#dark.element),
      make("div", { className: "sheet" }, this.#seen));
  }

  get #form() {
    if (!this.#picture.free) return this.#picture.image;
    return { width: this.#width.value, height: this.#height.value, channels: Number(this.#colours.value), order: "flat" };
  }

  request() {
    if (this.#problem) throw this.#problem;
    if (!this.#found) throw new Error("No picture is chosen yet.");
    return this.#picture.request(this.#found, this.#form.order);
  }

  async #take(file) {
    if (!file) return;
    const { width, height, channels } = this.#form;
    // Pictures of digits are bright on dark where they are trained with, and scans are not.
    this.#found = this.#problem = null;
    try {
      let found = await pixelsOfFile(file, width, height);
      if (channels === 1) found = grey(found);
      if (file !== this.#file && channels === 1 && width <= 64) this.#dark.value = mean(found.channels[0]) > 0.5;
      this.#file = file;
      this.#found = this.#dark.value ? inverted(found) : found;
      show(this.#seen, this.#found);
      this.#seen.hidden = false;
    } catch (error) {
      this.#problem = error;
      this.#seen.hidden = true;
    }
    this.#changed();
  }
}

function mean(values) { return values.reduce((sum, value) => sum + value, 0) / values.length; }

class FileForm {
  title = "File";
  #file = null;

  constructor(changed) {
    const name = make("p", { className: "note" }, "run() gets the file as it is.");
    this.element = make("div", {}, dropped("Drop a file here, or choose one: a picture, say.", "", (file) => {
      this.#file = file;
      name.textContent = `${file.name}, ${file.size.toLocaleString()} bytes${file.type ? `, ${file.type}` : ""}`;
      changed();
    }), name);
  }

  request() {
    if (!this.#file) throw new Error("No file is chosen yet.");
    return { body: this.#file, type: this.#file.type || "application/octet-stream", name: this.#file.name };
  }
}

class TextForm {
  title = "Text";
  #text;
  #type;

  constructor(changed) {
    this.#text = make("textarea", { spellcheck: false, "aria-label": "Text" });
    this.#text.addEventListener("input", changed);
    this.#type = choice("Content-Type", [[JSON_TYPE, JSON_TYPE], ["text/plain", "text/plain"], ["text/csv", "text/csv"]], JSON_TYPE, changed);
    this.element = make("div", {}, this.#text, make("div", { className: "line" }, this.#type.element));
  }

  request() { return { body: this.#text.value, type: this.#type.value, name: "input.txt" }; }
}
