// Forms that speak to the JSON API: <form data-send="POST /api/v1/…">. A field's data-type says what it is; an empty
// field is left out. method="dialog" keeps the browser from sending one by itself before this script is there. After a change the page is read again, or goes where data-then says.
import { ask, Refused, follow } from "../../web/server";
import { toast } from "../../web/toast";

type Method = "POST" | "PUT" | "DELETE";
type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function valueOf(field: Field): unknown {
  if (field instanceof HTMLInputElement && field.type === "checkbox") return field.checked;
  const text = field.value.trim();
  switch (field.dataset.type) {
    case "number": return text === "" ? undefined : Number(text.replace(/[\s\u00a0]/g, "").replace(",", "."));
    case "litres": return text === "" ? undefined : Math.round(Number(text.replace(",", ".")) * 1000);
    case "list": return text.split(",").map((one) => one.trim()).filter(Boolean);
    case "time": { const [hours, minutes] = text.split(":").map(Number); return hours! * 3600 + minutes! * 60; }
    case "instant": return text === "" ? undefined : new Date(text).toISOString();
    case "uuid": return crypto.randomUUID();
    default: return text === "" && field.dataset.keep === undefined ? undefined : text;
  }
}

function document_of(form: HTMLFormElement): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const field of form.elements) {
    if (!("name" in field) || !field.name || field instanceof HTMLButtonElement) continue;
    const value = valueOf(field as Field);
    if (value !== undefined) found[field.name as string] = value;
  }
  return found;
}

async function send(form: HTMLFormElement): Promise<void> {
  const [method, path] = form.dataset.send!.split(" ") as [Method, string];
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const problem = form.querySelector<HTMLElement>("[role=alert]") ?? form.appendChild(alertLine());
  problem.hidden = true;
  button?.setAttribute("disabled", "");
  try {
    const answer = await ask<Record<string, unknown>>(method, path, method === "DELETE" ? undefined : document_of(form));
    const sentence = answer && typeof answer.sentence === "string" ? answer.sentence : "";
    if (form.dataset.stay !== undefined) { stay(form, sentence); button?.removeAttribute("disabled"); return; }
    if (sentence) sessionStorage.setItem("glaneur-said", sentence);
    if (form.dataset.then) location.assign(form.dataset.then.replace("{id}", encodeURIComponent(String(answer.id))));
    else location.reload();
  } catch (error) {
    problem.textContent = error instanceof Refused ? error.message : "Pas de réponse : rien n'a été changé.";
    problem.hidden = false;
    button?.removeAttribute("disabled");
  }
}

/** What must be read at leisure (a code to give) stays under its button; the page is not read again. */
function stay(form: HTMLFormElement, sentence: string): void {
  const line = form.querySelector<HTMLElement>("[role=status]") ?? form.appendChild(document.createElement("p"));
  line.className = "note";
  line.setAttribute("role", "status");
  line.textContent = sentence;
}

function alertLine(): HTMLElement {
  const line = document.createElement("p");
  line.className = "problem";
  line.setAttribute("role", "alert");
  return line;
}

const said = sessionStorage.getItem("glaneur-said");
if (said) {
  sessionStorage.removeItem("glaneur-said");
  toast(said);
}
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (!form.dataset.send) return;
  event.preventDefault();
  if (!form.dataset.sure || confirm(form.dataset.sure)) void send(form);
});

document.documentElement.dataset.forms = "ready";

// A site's page follows what agents tell, but never takes away a form that is being filled.
const site = document.querySelector<HTMLElement>("[data-site]")?.dataset.site;
if (site) {
  const note = document.getElementById("changed");
  const stale = () => { if (note) note.hidden = false; };
  follow({ site: (event) => { if (event.site === site) stale(); }, reload: () => undefined });
}
