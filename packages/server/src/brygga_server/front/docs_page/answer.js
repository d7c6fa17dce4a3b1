// What came back: as JSON, as a table and as bars, whichever it can be.

import { compact, loosely } from "./contract.js";
import { grid, make, save } from "./elements.js";

const LONGEST = 200_000; // letters that are shown of a text
const MOST_ROWS = 200, MOST_BARS = 64, MOST_GROUPS = 6;

/** The element that shows an answer. */
export function shown(answer) {
  if (/^image\//.test(answer.type)) {
    const image = make("img", { className: "result", alt: "The answer, a picture" });
    image.src = URL.createObjectURL(answer.bytes);
    return image;
  }
  if (!answer.text && answer.bytes.size) {
    const button = make("button", { type: "button" }, "Save it");
    button.addEventListener("click", () => save(answer.bytes, "answer", answer.type));
    return make("p", {}, `${answer.bytes.size.toLocaleString()} bytes of ${answer.type || "no type"}. `, button);
  }
  const value = /json/.test(answer.type) ? valueOf(answer.text) : undefined;
  const views = [["JSON", () => plain(value === undefined ? answer.text : compact(value))]];
  if (value === undefined) views[0][0] = "Text";
  const inner = unwrapped(value);
  const groups = barsOf(inner);
  const table = tableOf(inner);
  if (table) views.unshift(["Table", () => grid(table.head, table.rows)]);
  if (groups) views.unshift(["Bars", () => make("div", {}, ...groups.map(bars))]);
  if (simple(inner)) views.unshift(["Result", () => make("p", { className: "large" }, String(inner))]);
  return tabbed(views);
}

/** A text of which the end is still to come. */
export function plain(text) {
  const cut = text.length > LONGEST ? `\n… and ${(text.length - LONGEST).toLocaleString()} letters more` : "";
  return make("pre", { tabIndex: 0 }, text.slice(0, LONGEST) + cut);
}

function valueOf(text) {
  try {
    return loosely(text);
  } catch {
    return undefined; // lines of JSON, as streams have them, are shown as they come
  }
}

/** What is inside of JSON in a text, of a list of one, and of an object with one entry. */
function unwrapped(value) {
  if (typeof value === "string" && /^\s*[[{]/.test(value)) {
    const inner = valueOf(value);
    return inner === undefined ? value : unwrapped(inner);
  }
  if (Array.isArray(value) && value.length === 1 && (simple(value[0]) || isObject(value[0]))) return unwrapped(value[0]);
  const entries = isObject(value) ? Object.values(value) : [];
  return entries.length === 1 && typeof entries[0] === "object" ? unwrapped(entries[0]) : value;
}

const simple = (value) => ["string", "number", "boolean"].includes(typeof value);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isNumbers = (value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "number");

function tableOf(value) {
  if (isObject(value) && Object.values(value).every(simple)) value = [value];
  if (!Array.isArray(value) || !value.length) return null;
  const rows = value.slice(0, MOST_ROWS);
  const cell = (each) => (each === undefined ? "" : typeof each === "string" ? each : JSON.stringify(each));
  if (rows.every(isObject)) {
    const head = [...new Set(rows.flatMap(Object.keys))];
    return { head, rows: rows.map((row) => head.map((name) => cell(row[name]))) };
  }
  const lists = rows.every(Array.isArray);
  return { head: [], rows: rows.map((row, number) => [String(number), ...(lists ? row : [row]).map(cell)]) };
}

/** Numbers that can be compared: [[[label, number], ...], ...]; null where there are none. */
function barsOf(value) {
  let groups = null;
  if (isNumbers(value) && value.length > 1) groups = [value.map((each, i) => [String(i), each])];
  else if (isObject(value) && isNumbers(Object.values(value)) && Object.keys(value).length > 1) groups = [Object.entries(value)];
  else if (Array.isArray(value) && value.length && value.length <= MOST_GROUPS && value.every(isNumbers)) {
    groups = value.map((row) => row.map((each, i) => [String(i), each]));
  }
  return groups?.every((group) => group.length > 1 && group.length <= MOST_BARS) ? groups : null;
}

function bars(group) {
  const largest = Math.max(...group.map(([, number]) => Math.abs(number))) || 1;
  const most = Math.max(...group.map(([, number]) => number));
  return make("div", { className: "bars" }, ...group.flatMap(([label, number]) => {
    const bar = make("div", { className: number < 0 ? "bar below" : "bar" });
    bar.style.width = `${(100 * Math.abs(number)) / largest}%`;
    const mark = number === most ? "most" : "";
    return [make("span", { className: mark }, label), bar, make("span", { className: mark }, short(number))];
  }), make("span"));
}

function short(number) {
  if (Number.isInteger(number)) return String(number);
  return Math.abs(number) >= 1e-4 ? number.toFixed(4) : number.toExponential(2);
}

/** Views of which one is shown; each is made when it is first looked at. */
export function tabbed(views) {
  const panel = make("div");
  const buttons = views.map(([title, view]) => {
    const button = make("button", { type: "button", role: "tab" }, title);
    button.addEventListener("click", () => {
      for (const each of buttons) each.setAttribute("aria-selected", String(each === button));
      panel.replaceChildren(view());
    });
    return button;
  });
  buttons[0].click();
  return make("div", {}, make("div", { className: "tabs", role: "tablist" }, ...buttons), panel);
}
