// The office's rounds and concerns refresh themselves when a door is told, a plan ends, a worry comes in; nothing moves
// while a form is open or being filled.
import { parse, patchElement } from "../../web/patch";
import { follow } from "../../web/server";

const GATHER_MS = 300;
let timer = 0;

function busy(desk: Element): boolean {
  const at = document.activeElement;
  return !!desk.querySelector("details[open]") || (desk.contains(at) && at !== null && at.matches("input, select, textarea"));
}

async function refresh(): Promise<void> {
  const desk = document.getElementById("bureau")!;
  if (busy(desk)) { later(5_000); return; }
  const answer = await fetch(location.pathname + location.search).catch(() => null);
  if (!answer?.ok) return;
  const fresh = parse(await answer.text()).getElementById("bureau");
  if (fresh && !busy(desk)) patchElement(desk, fresh);
}

// Several doors told in one breath are one refresh.
function later(wait = GATHER_MS): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void refresh(), wait);
}

follow({ meals: () => later(), reload: () => later() }, (yes) => { document.getElementById("bureau")!.dataset.live = yes ? "yes" : "no"; });
