// Sort the list by its headings or its menu; the choice is kept in the address of the page (« tri »).

const NUMBERS = new Set(["fill", "rate", "full", "probe", "emptied", "rank"]);
let key = new URLSearchParams(location.search).get("tri") ?? "rank";

type Row = HTMLTableRowElement;

function compare(field: string, down: boolean): (one: Row, other: Row) => number {
  const sign = down ? -1 : 1;
  const urgency = (one: Row, other: Row) =>
    Number(one.dataset.rank) - Number(other.dataset.rank)
    || Number(one.dataset.full || Infinity) - Number(other.dataset.full || Infinity)
    || one.dataset.code!.localeCompare(other.dataset.code!, "fr");
  return (one, other) => {
    const [a, b] = [one.dataset[field] ?? "", other.dataset[field] ?? ""];
    if (field === "rank" || a === b) return urgency(one, other) * (field === "rank" ? sign : 1);
    if (!a || !b) return a ? -1 : 1; // what is not known comes last, whichever way
    return sign * (NUMBERS.has(field) ? Number(a) - Number(b) : a.localeCompare(b, "fr", { numeric: true }));
  };
}

/**
 * Put the rows in order. `calmly`: not under the pointer or the focus of someone who is reading them.
 * Rows already in place are not moved.
 */
export function sortRows(body: HTMLTableSectionElement, { calmly = false } = {}): void {
  if (calmly && (body.matches(":hover") || body.contains(document.activeElement))) return;
  const down = key.startsWith("-");
  const sorted = [...body.rows].sort(compare(key.replace("-", ""), down));
  sorted.forEach((row, at) => { if (body.rows[at] !== row) body.insertBefore(row, body.rows[at] ?? null); });
}

export function startSorting(body: HTMLTableSectionElement): void {
  const menu = document.querySelector<HTMLSelectElement>("#sort")!;
  const buttons = document.querySelectorAll<HTMLButtonElement>("thead [data-sort]");
  const show = () => {
    menu.value = key;
    for (const button of buttons) {
      const mine = button.dataset.sort!.replace("-", "") === key.replace("-", "");
      const heading = button.closest("th")!;
      if (mine) heading.setAttribute("aria-sort", key.startsWith("-") ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    }
  };
  const choose = (wanted: string) => {
    key = wanted;
    const address = new URL(location.href);
    if (key === "rank") address.searchParams.delete("tri");
    else address.searchParams.set("tri", key);
    history.replaceState(null, "", address);
    show();
    sortRows(body);
  };
  for (const button of buttons) {
    const first = button.dataset.sort!;
    const other = first.startsWith("-") ? first.slice(1) : `-${first}`;
    button.addEventListener("click", () => choose(key === first ? other : first));
  }
  menu.addEventListener("change", () => choose(menu.value));
  show();
  if (key !== "rank") sortRows(body);
}
