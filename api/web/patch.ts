// Put fresh HTML from the server in place of the old, touching only what differs, so that focus, scrolling and
// selection stay. Children are told apart by their id.

/** The elements of an HTML answer. */
export function parse(html: string): Document {
  return new DOMParser().parseFromString(html, "text/html");
}

/** Make `old` like `fresh`: attributes, then children one by one where both have as many, else all of them. */
export function patchElement(old: Element, fresh: Element): boolean {
  if (old.isEqualNode(fresh)) return false;
  for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const pairs = [...old.children].map((child, at) => [child, fresh.children[at]] as const);
  const alike = old.children.length > 0 && old.children.length === fresh.children.length
    && pairs.every(([before, after]) => before.tagName === after!.tagName)
    && texts(old) === texts(fresh);
  if (alike) for (const [before, after] of pairs) patchElement(before, after!);
  else if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  return true;
}

/** The text an element holds itself, outside its children. */
function texts(element: Element): string {
  return [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join("\u0000");
}

/**
 * Make the children of `list` those of `fresh`, in its order; returns those that are new or changed.
 * With `only`, children whose id is not in it stay as they are, and new ones are added at the end.
 */
export function patchList(list: Element, fresh: Element, only?: Set<string>): { added: Element[]; changed: Element[] } {
  const added: Element[] = [];
  const changed: Element[] = [];
  const known = new Map([...list.children].map((child) => [child.id, child]));
  const wanted = new Set([...fresh.children].map((child) => child.id));
  for (const [id, child] of known) {
    if (!wanted.has(id) && (!only || only.has(id))) child.remove();
  }
  let before: Element | null = list.firstElementChild;
  for (const child of fresh.children) {
    let mine = known.get(child.id);
    if (mine) {
      if (patchElement(mine, child)) changed.push(mine);
    } else {
      mine = document.importNode(child, true);
      added.push(mine);
      if (only) list.append(mine);
    }
    if (only) continue;
    if (before === mine) before = before.nextElementSibling;
    else list.insertBefore(mine, before);
  }
  return { added, changed };
}
