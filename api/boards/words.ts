// How figures, days and levels are written and coloured on the boards.
export const COLOURS = ["#1b6e3c", "#1d4ed8", "#b45309", "#be185d", "#0e7490", "#6d28d9", "#4d7c0f", "#9f1239"];
const zone = { timeZone: "Europe/Paris" };
export const SHORT_DAY = new Intl.DateTimeFormat("fr-FR", { day: "2-digit", month: "2-digit", ...zone });
const DAY = new Intl.DateTimeFormat("fr-FR", { day: "numeric", month: "short", ...zone });
const MONTH = new Intl.DateTimeFormat("fr-FR", { month: "short", year: "2-digit", ...zone });
const HOUR = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", ...zone });
const BYTES = ["o", "ko", "Mo", "Go", "To"];

/** An instant on an axis whose marks are `gap` seconds apart. */
export function nameOf(at: number, gap: number): string {
  const format = gap < 43_200 ? HOUR : gap < 2_000_000 ? DAY : MONTH;
  return format.format(at * 1000);
}

export function write(value: number, panel: { unit: string; suffix: string }): string {
  let figure = value;
  let suffix = panel.suffix;
  if (panel.unit === "decbytes") {
    let power = 0;
    while (Math.abs(figure) >= 1000 && power < BYTES.length - 1) { figure /= 1000; power += 1; }
    suffix = BYTES[power]!;
  } else if (panel.unit === "s") {
    const [size, word] = Math.abs(figure) < 120 ? [1, "s"] : Math.abs(figure) < 7200 ? [60, "min"] : [3600, "h"];
    figure /= size as number;
    suffix = word as string;
  }
  const text = figure.toLocaleString("fr-FR", { maximumFractionDigits: Math.abs(figure) < 0.5 ? 2 : Math.abs(figure) < 10 ? 1 : 0 });
  return suffix ? `${text}\u00a0${suffix}` : text;
}

/** The level of a cell: the greener the emptier, as everywhere; nothing measured is grey. */
export function cellColour(value: number | null): string {
  if (value === null) return "#e7e5e4";
  if (value >= 90) return "#c53030";
  if (value >= 70) return "#dd9a2b";
  return value >= 40 ? "#7cb98b" : "#c3e2ca";
}
