// The platform's time in the page: real time, or the demonstration's faster one.
const FORMAT = new Intl.DateTimeFormat("fr-FR", {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris",
});

const shown = document.querySelector<HTMLElement>("[data-clock]");
const rate = Number(shown?.dataset.rate ?? "1");
const start = shown ? Date.parse(shown.dataset.start!) : 0;
const real = shown ? Date.parse(shown.dataset.real!) : 0;

/** The instant the platform shows now. */
export function now(): Date {
  return shown ? new Date(start + (Date.now() - real) * rate) : new Date();
}

export function startClock(): void {
  if (!shown) return;
  const write = () => { shown.textContent = FORMAT.format(now()); };
  write();
  setInterval(write, 1000);
}
