// Which of the two rounds the page shows, columns or meals: the one there is; when there are both, the driver's choice.

export type What = "truck" | "meals";

const BOXES: Record<What, string> = { truck: "driver", meals: "meals" };
const has: Record<What, boolean> = { truck: false, meals: false };
let chosen: What | null = location.search.includes("repas=") ? "meals" : location.search.includes("round=") ? "truck" : null;

/** An island says whether it has a round. */
export function tell(what: What, round: boolean): void {
  if (has[what] === round) return;
  has[what] = round;
  show();
}

/** What a sign-out waits for: each island sends what it holds, says how much could not go, and forgets the rest. */
export const leaving: { waiting: () => Promise<number>; forget: () => Promise<void> }[] = [];

function show(): void {
  const now: What = chosen && has[chosen] ? chosen : has.meals && !has.truck ? "meals" : "truck";
  const tabs = document.getElementById("which")!;
  tabs.hidden = !(has.truck && has.meals);
  for (const what of ["truck", "meals"] as const) {
    document.getElementById(BOXES[what])!.hidden = what !== now;
    tabs.querySelector(`[data-what=${what}]`)!.setAttribute("aria-pressed", String(what === now));
  }
}

for (const button of document.querySelectorAll<HTMLButtonElement>("#which button")) {
  button.addEventListener("click", () => { chosen = button.dataset.what as What; show(); });
}
