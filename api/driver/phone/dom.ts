// Make elements from values (never from strings of HTML), and write numbers and hours for people.
type Child = Node | string | null | false | undefined;
type Props = Record<string, string | number | boolean | ((event: Event) => void) | null | undefined>;

/** An element; a function is a listener (`onclick`), true an empty attribute, false or null none. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

const shown = new WeakMap<Element, string>();

/** Remake the element's content only when what it shows has changed: what is being typed or touched stays. */
export function fill(element: Element, shows: unknown, make: () => Child[]): void {
  const now = JSON.stringify(shows);
  if (shown.get(element) === now) return;
  shown.set(element, now);
  element.replaceChildren(...make().filter((child): child is Node | string => !!child));
}

const NBSP = "\u00a0";
const HOUR = new Intl.DateTimeFormat("fr-FR", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Paris" });
const DAY = new Intl.DateTimeFormat("fr-FR", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const WHOLE = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 0 });
const TENTH = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** « 9 h 05 » */
export function hour(instant: string): string {
  const parts = Object.fromEntries(HOUR.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  return `${Number(parts.hour)}${NBSP}h${NBSP}${parts.minute}`;
}
/** « mardi 24 novembre », of a plain date */
export const day = (date: string): string => DAY.format(new Date(`${date}T12:00:00Z`));
export const whole = (value: number): string => WHOLE.format(value).replaceAll("\u202f", NBSP);
/** « 41 km » */
export const kilometres = (metres: number): string => `${whole(metres / 1000)}${NBSP}km`;
/** « 3,1 m³ » */
/** « 350 m », « 2,1 km » */
export const metres = (value: number): string => value < 950 ? `${whole(Math.round(value / 10) * 10)}${NBSP}m` : `${TENTH.format(value / 1000)}${NBSP}km`;
export const cubic = (litres: number): string => `${TENTH.format(litres / 1000)}${NBSP}m³`;
export const kilograms = (kg: number): string => `${whole(kg)}${NBSP}kg`;
export const plural = (count: number, one: string, many: string): string => `${whole(count)}${NBSP}${count < 2 ? one : many}`;
