// The board, alive: the server writes every word, this puts the words in place, sorts the list and feeds the map.
import { parse, patchElement, patchList } from "../../web/patch";
import { follow } from "../../web/server";
import { takeNote } from "../acknowledge";
import { drawPoints } from "../board-map";
import { sortRows, startSorting } from "../board-sort";
import { oncePer } from "../once-per";

const FETCH_EVERY_MS = 200;
const AFRESH_EVERY_MS = 60_000; // words such as « demain » grow old without any event
const MOST_IDS = 300;
const LIT_MS = 1500;

const form = document.querySelector<HTMLFormElement>("#filters")!;
const rows = document.querySelector<HTMLTableSectionElement>("#rows")!;
const alerts = document.querySelector<HTMLElement>("#alerts")!;
const heard = document.querySelector<HTMLElement>("#heard")!;
const direct = document.querySelector<HTMLElement>("#direct")!;

function chosen(): URLSearchParams {
  const wanted = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) wanted.set(name, String(value));
  return wanted;
}

async function refresh(ids?: Set<number>): Promise<void> {
  const wanted = chosen();
  const some = ids && ids.size <= MOST_IDS ? ids : undefined;
  if (some) wanted.set("ids", [...some].join(","));
  wanted.set("alertes", alerts.dataset.version!);
  const answer = await fetch(`/tableau/changements?${wanted}`);
  if (answer.status === 401) return location.assign("/connexion?suite=/");
  if (!answer.ok) return;
  for (const name of ["ids", "alertes"]) wanted.delete(name);
  if (wanted.toString() !== chosen().toString()) return; // the filters changed meanwhile: that refresh is on its way
  show(parse(await answer.text()), some);
}

function show(fresh: Document, ids?: Set<number>): void {
  patchElement(document.querySelector("#tiles")!, fresh.querySelector("#tiles")!);
  const freshAlerts = fresh.querySelector<HTMLElement>("#alerts");
  if (freshAlerts) showAlerts(freshAlerts); // sent only when they changed
  const only = ids && new Set([...ids].map((id) => `container-${id}`));
  const { added, changed } = patchList(rows, fresh.querySelector("#rows")!, only);
  light(changed);
  sortRows(rows, { calmly: added.length === 0 });
  document.querySelector("#row-count")!.textContent = String(rows.rows.length);
  document.querySelector<HTMLElement>("#rows-none")!.hidden = rows.rows.length > 0;
  map.update();
}

function showAlerts(fresh: HTMLElement): void {
  alerts.dataset.version = fresh.dataset.version;
  const { added } = patchList(document.querySelector("#alerts-new")!, fresh.querySelector("#alerts-new")!);
  patchList(document.querySelector("#alerts-known")!, fresh.querySelector("#alerts-known")!);
  for (const id of ["#alerts-title", "#alerts-taken > summary"]) {
    patchElement(document.querySelector(id)!, fresh.querySelector(id)!);
  }
  for (const id of ["#alerts-none", "#alerts-taken"]) {
    document.querySelector<HTMLElement>(id)!.hidden = fresh.querySelector<HTMLElement>(id)!.hidden;
  }
  const grave = added.filter((alert) => alert.classList.contains("urgent"));
  if (grave.length) {
    const first = grave[0]!;
    heard.textContent = `Nouvelle alerte, ${first.querySelector(".badge")!.textContent} : `
      + `${first.querySelector("a")!.textContent}. ${first.querySelector(".alert-why")!.textContent}`;
  }
}

function light(changed: Element[]): void {
  for (const row of changed) row.classList.add("changed");
  setTimeout(() => { for (const row of changed) row.classList.remove("changed"); }, LIT_MS);
}

const live = oncePer(FETCH_EVERY_MS, refresh);
const map = drawPoints(document.querySelector<HTMLElement>("#map")!, rows);

form.addEventListener("change", () => {
  const wanted = chosen().toString();
  history.replaceState(null, "", wanted ? `/?${wanted}` : "/");
  document.querySelector<HTMLElement>("#clear")!.hidden = !wanted;
  live.all();
});
form.addEventListener("reset", (event) => {
  event.preventDefault(); // a plain reset would go back to what the server had chosen
  for (const select of form.querySelectorAll("select")) select.value = "";
  for (const box of form.querySelectorAll<HTMLInputElement>("input[type=checkbox]")) box.checked = false;
  form.dispatchEvent(new Event("change"));
});
takeNote((container) => refresh(new Set([container])));
startSorting(rows);
setInterval(live.all, AFRESH_EVERY_MS);
follow({
  containers: (event) => live.some(event.containers as number[]),
  reload: live.all,
}, (yes) => {
  direct.dataset.state = yes ? "live" : "lost";
  direct.querySelector(".words")!.textContent = yes ? "En direct" : "Direct interrompu, nouvelle tentative…";
});
