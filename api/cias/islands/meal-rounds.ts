// The office's rounds and concerns refresh themselves when a door is told, a plan ends, a worry comes in; nothing moves
// while a form is open or being filled. On a phone a round is folded to its counts; what was unfolded stays so.
import { parse, patchElement } from "../../web/patch";
import { follow } from "../../web/server";

const GATHER_MS = 300;
let timer = 0;

const phone = matchMedia("(max-width: 860px)");
const turned = new Map<string, boolean>();

/** Fold or unfold each round: as the reader left it, else by the room there is. */
function fold(within: Element): void {
  for (const one of within.querySelectorAll<HTMLDetailsElement>("details.fold")) one.open = turned.get(one.dataset.round!) ?? !phone.matches;
}

function busy(desk: Element): boolean {
  const at = document.activeElement;
  return !!desk.querySelector("details[open]:not(.fold)") || (desk.contains(at) && at !== null && at.matches("input, select, textarea"));
}

async function refresh(): Promise<void> {
  const desk = document.getElementById("bureau")!;
  if (busy(desk)) { later(5_000); return; }
  const answer = await fetch(location.pathname + location.search).catch(() => null);
  if (!answer?.ok) return;
  const fresh = parse(await answer.text()).getElementById("bureau");
  if (!fresh || busy(desk)) return;
  fold(fresh);
  patchElement(desk, fresh);
}

// Several doors told in one breath are one refresh.
function later(wait = GATHER_MS): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void refresh(), wait);
}

const here = document.getElementById("bureau")!;
fold(here);
phone.addEventListener("change", () => fold(here));
// A click on a summary turns its round: what the reader chose outlives the refreshes.
here.addEventListener("click", (event) => {
  const one = (event.target as Element).closest("summary")?.parentElement;
  if (one instanceof HTMLDetailsElement && one.matches(".fold")) turned.set(one.dataset.round!, !one.open);
});

follow({ meals: () => later(), reload: () => later() }, (yes) => { here.dataset.live = yes ? "yes" : "no"; });
