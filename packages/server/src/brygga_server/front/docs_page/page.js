// The page: asks the service what it is, shows the forms that fit it, and what it answers.

import { plain, shown } from "./answer.js";
import { Calls, curl, Refused } from "./calls.js";
import { load } from "./contract.js";
import { at, make, save } from "./elements.js";
import { formsFor } from "./forms.js";
import { reference } from "./reference.js";

const calls = new Calls();
let form = null; // the one that is filled in
let running = null; // what stops the request that is under way

async function open() {
  at("problem").hidden = true;
  try {
    const contract = await load(calls);
    at("door").hidden = true;
    if (!form) present(contract); // else what is filled in would be gone
  } catch (error) {
    const refused = error instanceof Refused && error.status === 401;
    at("door").hidden = !refused && at("door").hidden;
    if (!refused || calls.keyed) complain(error);
    if (refused) at("key").focus();
  }
}

function complain(error) {
  at("problem").textContent = error instanceof Refused && error.message === "starting"
    ? "The service starts. Load this page again in a moment." : error.message;
  at("problem").hidden = false;
}

function present(contract) {
  const info = contract.document?.info ?? {};
  at("title").textContent = info.title ?? "API";
  document.title = `${info.title ?? "API"} – API`;
  at("summary").textContent = [info.version && `Version ${info.version}`, info.description].filter(Boolean).join(". ");
  presentForms(formsFor(contract, describe));
  at("trial").hidden = false;
  if (contract.document) {
    at("operations").replaceChildren(...reference(contract.document));
    at("reference").hidden = false;
  }
}

function presentForms(forms) {
  const buttons = forms.map((each) => {
    const button = make("button", { type: "button", role: "tab" }, each.title);
    button.addEventListener("click", () => {
      form = each;
      for (const other of buttons) other.setAttribute("aria-selected", String(other === button));
      at("form").replaceChildren(each.element);
      describe();
    });
    return button;
  });
  at("tabs").replaceChildren(...buttons);
  buttons[0].click();
}

/** Shows the request as a command, as far as there is one. */
function describe() {
  if (!at("sent").open) return;
  try {
    const request = form.request();
    const { command, file } = curl(calls.address, request, calls.keyed);
    at("curl").textContent = command;
    at("save").hidden = !file || typeof request.body !== "string";
    at("copy").disabled = false;
  } catch (error) {
    at("curl").textContent = error.message;
    at("save").hidden = at("copy").disabled = true;
  }
}

async function send() {
  let request;
  at("status").textContent = "";
  try {
    request = form.request();
  } catch (error) {
    fail(error);
    return;
  }
  running = new AbortController();
  at("send").disabled = true;
  at("stop").hidden = false;
  at("status").textContent = "Waiting …";
  try {
    const answer = await calls.score(request, running.signal, stream());
    tell(answer, String(answer.status));
    at("answer").replaceChildren(shown(answer));
  } catch (error) {
    fail(error);
  } finally {
    running = null;
    at("send").disabled = false;
    at("stop").hidden = true;
  }
}

/** Shows an answer while it comes: at most once for each frame that the screen draws. */
function stream() {
  let latest = null;
  return (text) => {
    if (latest === null) {
      const signal = running.signal;
      requestAnimationFrame(() => {
        if (running?.signal === signal) at("answer").replaceChildren(plain(latest));
        latest = null;
      });
    }
    latest = text;
  };
}

function tell({ milliseconds, first, ran }, status) {
  const time = (value) => (value < 1000 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(value / 1000).toFixed(2)} s`);
  const parts = [status, time(milliseconds)];
  if (ran >= 0) parts.push(`run() ${time(ran)}`);
  if (milliseconds > first + 200) parts.push(`first part after ${time(first)}`);
  at("status").textContent = parts.join(" · ");
}

function fail(error) {
  if (error.name === "AbortError") {
    at("status").textContent = "Stopped.";
    return;
  }
  const parts = [make("p", { className: "problem", role: "alert" }, error.message)];
  if (error instanceof Refused) {
    tell(error.answer, String(error.status));
    if (error.id) parts.push(make("p", { className: "note" }, "Its request id, for the log: ", make("code", {}, error.id)));
    if (error.status === 401) at("door").hidden = false;
  } else at("status").textContent = "";
  at("answer").replaceChildren(...parts);
}

async function copy() {
  const text = at("curl").textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // only pages of this machine, or over TLS, may: marked, it can be copied by hand
    getSelection().selectAllChildren(at("curl"));
    return;
  }
  at("copy").textContent = "Copied";
  setTimeout(() => { at("copy").textContent = "Copy"; }, 1500);
}

at("enter").addEventListener("click", () => {
  calls.key = at("key").value;
  open();
});
at("key").addEventListener("keydown", (event) => { if (event.key === "Enter") at("enter").click(); });
at("send").addEventListener("click", send);
at("stop").addEventListener("click", () => running?.abort());
at("sent").addEventListener("toggle", describe);
at("copy").addEventListener("click", copy);
at("save").addEventListener("click", () => {
  const request = form.request();
  save(request.body, request.name ?? "input.json", request.type);
});
open();
