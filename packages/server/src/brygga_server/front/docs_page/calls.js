// How the page asks its service. The key is in this module's memory, and nowhere else.

/** An answer that is no success; the message is the server's own. */
export class Refused extends Error {
  constructor(status, message, id) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

export class Calls {
  #key = "";

  set key(key) { this.#key = key.trim(); }

  get keyed() { return this.#key !== ""; }

  /** Where requests are scored. */
  get address() { return new URL("score", document.baseURI).href; }

  /** The text at a path beside the page. */
  async text(path) {
    const response = await this.#fetch(path, {});
    const text = await response.text();
    if (!response.ok) throw refusal(response, text);
    return text;
  }

  /** Sends a request to the script; `part` is told what has come so far of a text. */
  async score({ body, type }, signal, part) {
    const began = performance.now();
    const headers = { "Content-Type": type };
    const response = await this.#fetch("score", { method: "POST", body, headers, signal });
    const first = performance.now() - began;
    const { text, bytes } = await read(response, part);
    const answer = {
      status: response.status,
      type: (response.headers.get("Content-Type") ?? "").toLowerCase(),
      ran: Number(response.headers.get("x-ms-run-fn-exec-ms") || NaN),
      milliseconds: performance.now() - began,
      first,
      text,
      bytes,
    };
    if (!response.ok) throw Object.assign(refusal(response, text), { answer });
    return answer;
  }

  async #fetch(path, options) {
    const headers = { ...options.headers };
    if (this.#key) headers.Authorization = `Bearer ${this.#key}`;
    try {
      return await fetch(path, { ...options, headers, credentials: "omit", cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (/ISO-8859-1|Invalid value|ByteString/i.test(error.message)) {
        throw new Error("The key has characters that no key has. Enter it again.", { cause: error });
      }
      throw new Error("The service cannot be reached. Is it running?", { cause: error });
    }
  }
}

/** Reads a body to its end, and tells of it while it comes. */
async function read(response, part) {
  const type = (response.headers.get("Content-Type") ?? "").toLowerCase();
  const texts = /^text\/|json|javascript|xml/.test(type);
  const decoder = new TextDecoder();
  const pieces = [];
  let text = "";
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await next(reader);
    if (done) break;
    pieces.push(value);
    if (texts) {
      text += decoder.decode(value, { stream: true });
      part(text);
    }
  }
  const bytes = new Blob(pieces, { type });
  return { text: texts ? text + decoder.decode() : "", bytes };
}

async function next(reader) {
  try {
    return await reader.read();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The answer broke off before its end. The log of the service says why.", { cause: error });
  }
}

function refusal(response, text) {
  let message = text;
  try {
    const { message: said, ...more } = JSON.parse(text);
    if (typeof said === "string") {
      message = Object.keys(more).length ? `${said}\n${JSON.stringify(more, null, 2)}` : said;
    }
  } catch { /* not the server's own words: shown as they are */ }
  return new Refused(response.status, message || response.statusText, response.headers.get("x-ms-request-id"));
}

const LONGEST = 2000; // of a body that is written into a command

/** The same request as a command; `file` is the name of the file it sends, "" where it sends none. */
export function curl(address, { body, type, name }, keyed) {
  const inside = typeof body === "string" && body.length <= LONGEST;
  const file = inside ? "" : name ?? "input.json";
  const lines = [`curl -sS ${quoted(address)}`, `-H ${quoted(`Content-Type: ${type}`)}`];
  if (keyed) lines.push('-H "Authorization: Bearer $KEY"');
  lines.push(`--data-binary ${inside ? quoted(body) : quoted(`@${file}`)}`);
  return { command: lines.join(" \\\n  "), file };
}

function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
