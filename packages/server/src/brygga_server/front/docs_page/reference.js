// The API document, for people.

import { compact } from "./contract.js";
import { make, save } from "./elements.js";

/** The elements that show a document, of any version of OpenAPI. */
export function reference(document) {
  const found = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, operation]) => operation && typeof operation === "object" && !Array.isArray(operation))
      .map(([method, operation]) => shown(method, path, operation, document)));
  const button = make("button", { type: "button" }, "Save the document");
  button.addEventListener("click", () => save(JSON.stringify(document, null, 2), "openapi.json", "application/json"));
  const version = document.openapi ?? document.swagger;
  return [...found, make("p", {}, make("span", { className: "quiet" }, `OpenAPI ${version} `), button)];
}

function shown(method, path, operation, document) {
  const parts = [make("p", {}, operation.description ?? operation.summary ?? "")];
  for (const each of operation.parameters ?? []) {
    const parameter = resolved(each, document);
    if (parameter.in === "body") parts.push(...schema("Input", parameter.description, parameter.schema, document));
    else parts.push(make("p", {}, make("code", {}, parameter.name), ` in ${parameter.in}`, parameter.required ? ", needed" : ""));
  }
  const body = operation.requestBody && resolved(operation.requestBody, document);
  for (const [type, content] of Object.entries(body?.content ?? {})) {
    parts.push(...schema(`Input, ${type}`, body.description, content.schema, document));
  }
  for (const [status, each] of Object.entries(operation.responses ?? {})) {
    const answer = resolved(each, document);
    const inside = answer.schema ?? Object.values(answer.content ?? {})[0]?.schema;
    parts.push(...schema(status === "default" ? "Else" : status, answer.description, inside, document));
  }
  return make("details", {},
    make("summary", {}, make("span", { className: "method" }, method.toUpperCase()), " ", make("code", {}, path)), ...parts);
}

function schema(title, description, found, document) {
  const parts = [make("h3", {}, title), make("p", {}, description ?? "")];
  const inside = resolved(found, document);
  if (inside && Object.keys(inside).length) {
    const { example, ...rest } = inside;
    parts.push(make("pre", { tabIndex: 0 }, compact(rest)));
    if (example !== undefined && compact(example) !== "{}") {
      parts.push(make("p", { className: "note" }, "For example:"), make("pre", { tabIndex: 0 }, compact(example)));
    }
  }
  return parts;
}

/** What a reference within the document stands for. */
function resolved(found, document) {
  const reference = found?.$ref;
  if (typeof reference !== "string" || !reference.startsWith("#/")) return found;
  return reference.slice(2).split("/").reduce((inner, name) => inner?.[name], document) ?? found;
}
