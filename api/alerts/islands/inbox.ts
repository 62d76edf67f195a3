// The inbox, alive: the same forms without leaving the page, fresh alerts as they come, and the keyboard.
import { oncePer } from "../../dispatch/once-per";
import { parse, patchElement, patchList } from "../../web/patch";
import { follow } from "../../web/server";
import { toast } from "../../web/toast";

const FETCH_EVERY_MS = 1500;
const AFRESH_EVERY_MS = 60_000; // « il y a 5 min » grows old without any event

const box = document.querySelector<HTMLElement>("#boite")!;
const list = document.querySelector<HTMLOListElement>("#alertes")!;
const filters = document.querySelector<HTMLFormElement>("#filtres")!;
const direct = document.querySelector<HTMLElement>("#direct")!;
const said = document.querySelector<HTMLElement>("#dit")!;

/** What people have open or typed stays as it is. */
function keep(fresh: Document): void {
  for (const open of list.querySelectorAll<HTMLDetailsElement>("details[open]")) {
    const same = fresh.getElementById(open.id);
    if (!same) continue;
    same.setAttribute("open", "");
    same.querySelector(".history")?.replaceChildren(
      ...[...open.querySelector(".history")!.childNodes].map((node) => fresh.importNode(node, true)));
  }
}

function show(fresh: Document, quiet = false): void {
  keep(fresh);
  const version = fresh.querySelector<HTMLElement>("#boite")?.dataset.version;
  if (version === undefined) return;
  box.dataset.version = version;
  const { added } = patchList(list, fresh.querySelector("#alertes")!);
  for (const id of ["#etats", "#liste-titre", "#vide", "#pages"]) {
    patchElement(document.querySelector(id)!, fresh.querySelector(id)!);
  }
  const grave = added.find((one) => one.classList.contains("urgent"));
  if (grave && !quiet) said.textContent = `Nouvelle alerte. ${grave.querySelector(".item-head")!.textContent!.replace(/\s+/g, " ")}`;
}

async function refresh(): Promise<void> {
  const wanted = new URL(location.href);
  wanted.searchParams.set("version", box.dataset.version!);
  const answer = await fetch(wanted);
  if (answer.redirected) return location.assign("/connexion?suite=/alertes");
  if (answer.ok && answer.status !== 204) show(parse(await answer.text()));
}

async function send(form: HTMLFormElement): Promise<void> {
  const item = form.closest("li")!;
  const next = item.nextElementSibling ?? item.previousElementSibling;
  const buttons = form.querySelectorAll<HTMLButtonElement>("button");
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form) as never), headers: { "HX-Request": "true" },
    });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}));
      toast(typeof problem.error === "string" ? problem.error : "La demande n'a pas abouti.", "problem");
      live.all();
      return;
    }
    toast(form.dataset.done!);
    if (form.elements.namedItem("mot")) form.reset();
    show(parse(await answer.text()), true);
    const details = document.querySelector<HTMLDetailsElement>(`#${item.id} details[open]`);
    if (details) await loadHistory(details);
  } catch {
    toast("Pas de réseau : rien n'a été envoyé.", "problem");
  } finally {
    for (const button of buttons) button.disabled = false;
    if (document.activeElement === document.body) {
      const title = (item.isConnected ? item : next)?.querySelector<HTMLElement>(".item-title");
      (title ?? document.querySelector<HTMLElement>("#liste-titre"))?.focus();
    }
  }
}

async function loadHistory(details: HTMLDetailsElement): Promise<void> {
  const answer = await fetch(details.dataset.history!);
  const events = answer.ok ? parse(await answer.text()).querySelector("#histoire") : null;
  if (!events) return;
  events.removeAttribute("id");
  details.querySelector(".history")!.replaceChildren(document.importNode(events, true));
}

function move(item: Element, step: 1 | -1): void {
  const to = step === 1 ? item.nextElementSibling : item.previousElementSibling;
  const title = to?.querySelector<HTMLElement>(".item-title");
  title?.focus();
  title?.scrollIntoView({ block: "center" });
}

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const item = target.closest("#alertes > li");
  if (!item || target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") move(item, 1);
  else if (event.key === "k") move(item, -1);
  else if (event.key === "p") item.querySelector<HTMLButtonElement>('[data-key="p"]')?.click();
  else if (event.key === "c") {
    const details = item.querySelector<HTMLDetailsElement>('[data-key="c"]')!;
    details.open = true;
    details.querySelector<HTMLInputElement>("input[name=mot]")!.focus();
    event.preventDefault(); // the letter is a command, not the comment's first
  }
}

const live = oncePer(FETCH_EVERY_MS, refresh);

list.addEventListener("submit", (event) => {
  event.preventDefault();
  void send(event.target as HTMLFormElement);
});
list.addEventListener("toggle", (event) => {
  const details = event.target as HTMLDetailsElement;
  if (details.open && details.dataset.history && !details.querySelector(".events")) void loadHistory(details);
}, true);
document.addEventListener("keydown", press);
filters.addEventListener("change", () => filters.requestSubmit());
setInterval(() => { box.dataset.version = ""; live.all(); }, AFRESH_EVERY_MS);
follow({ containers: live.all, reload: live.all }, (yes) => {
  direct.dataset.state = yes ? "live" : "lost";
  direct.querySelector(".words")!.textContent = yes ? "En direct" : "Direct interrompu, nouvelle tentative…";
});
