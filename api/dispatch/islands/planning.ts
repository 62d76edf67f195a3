// One planning: progress while it is computed, changes of the drafts, the driven rounds live, the map.
import htmx from "htmx.org";
import { ask, follow } from "../../web/server";
import { drawRounds, type Planning } from "../rounds_map";

const frame = document.getElementById("plan")!;
const id = Number(frame.dataset.planning);
const address = `/tournees/${id}`;

let asking = false;
let again = false;
let changing = false; // while a change of ours is under way, its own live event must not sweep its effect away

const isBusy = (status: string | undefined) => status === "queued" || status === "running";
const shown = () => document.getElementById("resultat")!;
const state = () => document.getElementById("etat")!.dataset;

// htmx queues a second request of one source and forgets a third, whose promise then never ends: so each kind
// of request has its own source, and there is one of each at a time.
let renewing: Promise<void> | undefined;

/** Swap the result for a fresh one. */
function renew(): Promise<void> {
  renewing ??= htmx.ajax("get", `${address}/resultat`, { source: frame, target: "#resultat", swap: "outerHTML" })
    .finally(() => { renewing = undefined; });
  return renewing;
}

/** Look at what the server has: move the bar, or renew the result when it differs from what is shown. */
async function look(): Promise<void> {
  if (asking || changing) { again = true; return; }
  asking = true;
  try {
    const planning = await ask<Planning>("GET", `/api/v1/plannings/${id}`);
    if (isBusy(planning.status) && planning.status === shown().dataset.status) {
      const bar = document.querySelector<HTMLProgressElement>("#barre");
      const message = document.getElementById("message");
      if (bar) bar.value = planning.progress;
      if (message && planning.message && message.textContent !== planning.message) message.textContent = planning.message;
    } else if (planning.revision !== state().revision) {
      await renew();
      if (planning.revision !== state().revision) again = true; // that answer had left before the news
    }
  } catch { /* the next event, or the slow beat below, tries again */ } finally {
    asking = false;
    if (again) { again = false; void look(); }
  }
}

/** After each new result: draw it. */
async function settle(): Promise<void> {
  try {
    const planning = await ask<Planning>("GET", `/api/v1/plannings/${id}`);
    const colours = JSON.parse(state().colours ?? "{}") as Record<string, string>;
    await drawRounds(planning, colours);
  } catch { /* the list stands alone until the next result */ }
}

/** Send changes, one lot at a time; `then` runs as soon as the new result is shown. */
async function send(changes: string, then: () => void): Promise<void> {
  if (changing) return;
  changing = true;
  const versions = state().versions!;
  try {
    await htmx.ajax("post", `${address}/changements`, {
      source: "#contenu", target: "#resultat", swap: "outerHTML", values: { changes, versions },
    });
    then();
  } finally {
    changing = false;
    if (again) { again = false; void look(); }
  }
}

/** A button of the list asks for one change. */
async function change(button: HTMLButtonElement): Promise<void> {
  const { change: kind, stop, vehicle, position, container, site } = button.dataset;
  const truck = vehicle ?? button.closest(".add")?.querySelector("select")?.value;
  const wanted = {
    kind,
    ...(stop ? { stop: Number(stop) } : {}),
    ...(truck ? { vehicle: truck } : {}),
    ...(position === undefined ? {} : { position: Number(position) }),
    ...(container ? { container } : {}),
    ...(site ? { site } : {}),
  };
  const menu = button.closest("details")?.id;
  const same = button.id;
  await send(JSON.stringify([wanted]), () => {
    // The keyboard stays where it was, or goes to what the change did.
    const next = (menu && document.querySelector<HTMLElement>(`#${CSS.escape(menu)} summary`))
      || (same && document.querySelector<HTMLButtonElement>(`#${CSS.escape(same)}:not(:disabled)`))
      || document.getElementById("effet");
    next?.focus({ preventScroll: true });
  });
}

frame.addEventListener("click", (event) => {
  const back = (event.target as Element).closest<HTMLButtonElement>("#defaire");
  if (back) { void send(back.dataset.undo!, () => document.getElementById("effet")?.focus()); return; }
  const button = (event.target as Element).closest<HTMLButtonElement>("button[data-change]");
  if (button) void change(button);
});
// One menu at a time; Escape closes it.
frame.addEventListener("toggle", (event) => {
  const opened = event.target as HTMLDetailsElement;
  if (opened.matches(".more") && opened.open) {
    for (const other of frame.querySelectorAll<HTMLDetailsElement>(".more[open]")) if (other !== opened) other.open = false;
  }
}, true);
frame.addEventListener("keydown", (event) => {
  const menu = (event.target as Element).closest<HTMLDetailsElement>(".more[open]");
  if (event.key === "Escape" && menu) { menu.open = false; menu.querySelector<HTMLElement>("summary")?.focus(); }
});
// What was unfolded stays unfolded in the new result.
let unfolded: string[] = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if ((event.target as Element).id !== "resultat") return;
  unfolded = [...shown().querySelectorAll<HTMLDetailsElement>("details.rest[open]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
});
document.addEventListener("htmx:afterSettle", (event) => {
  if ((event.target as Element).id === "resultat") void settle();
});
// Somebody else was faster: show their version (the sentence is shown by base.ts).
document.addEventListener("htmx:responseError", (event) => {
  if (((event as CustomEvent).detail.xhr as XMLHttpRequest).status === 409) void renew();
});

follow({
  planning: (event) => { if (event.planning === id) void look(); },
  round: () => { if (!isBusy(shown().dataset.status)) void look(); },
  reload: () => void look(),
});
setInterval(() => { if (isBusy(shown().dataset.status)) void look(); }, 5000);
void settle();
