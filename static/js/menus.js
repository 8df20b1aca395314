// Menus and the title form close on Escape and on a click elsewhere. The title form opens with its text selected.
// An open menu lies above everything, inside the window and not under the header; arrow keys move in it, and a long
// one has a field that filters it.
(() => {
  const EDGE = 8;
  const LONG = 12;
  const open = () => document.querySelectorAll("details.menu[open], details.rename[open]");
  const entries = (items) => [...items.querySelectorAll("a, button")].filter((entry) => entry.offsetParent || entry.getClientRects().length);

  const addFilter = (items) => {
    const all = [...items.querySelectorAll("a, button")];
    if (all.length < LONG || items.querySelector("input")) return;
    const field = document.createElement("input");
    field.type = "search";
    field.className = "menu-filter";
    field.placeholder = "Filter…";
    field.setAttribute("aria-label", "Filter this menu");
    field.autocomplete = "off";
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/);
      for (const entry of all) entry.hidden = !words.every((word) => entry.textContent.toLowerCase().includes(word));
    });
    items.prepend(field);
  };

  // Between the header and the foot of the window for a menu of the transcript, else the whole window.
  const bounds = (menu) => {
    const header = menu.closest("#pane") && document.querySelector("#session-header");
    const height = visualViewport?.height ?? innerHeight;
    const top = header ? header.getBoundingClientRect().bottom : 0;
    return { top: (height - top < 160 ? 0 : top) + EDGE, bottom: height - EDGE };
  };
  const place = (menu) => {
    const items = menu.querySelector(".menu-items");
    const summary = menu.querySelector("summary").getBoundingClientRect();
    const { top, bottom } = bounds(menu);
    const { style } = items;
    style.minHeight = "";
    style.maxHeight = `${bottom - top}px`;
    style.maxWidth = `${innerWidth - 2 * EDGE}px`;
    const { height, width } = items.getBoundingClientRect();
    const [above, below] = [summary.top - top, bottom - summary.bottom];
    const isUp = menu.classList.contains("up") ? above >= height || above > below : below < height && above > below;
    const room = Math.max(isUp ? above : below, Math.min(bottom - top, 160));
    const shown = Math.min(height, room);
    style.maxHeight = `${room}px`;
    // It keeps its height and its place while entries are filtered out.
    if (items.querySelector(".menu-filter")) style.minHeight = `${shown}px`;
    const y = isUp ? summary.top - shown : summary.bottom;
    const x = menu.classList.contains("up") ? summary.left : summary.right - width;
    style.top = `${Math.max(top, Math.min(y, bottom - shown))}px`;
    style.left = `${Math.max(EDGE, Math.min(x, innerWidth - EDGE - width))}px`;
  };
  const raise = (menu) => {
    const items = menu.querySelector(".menu-items");
    if (!items?.showPopover) return;
    if (!menu.open) return items.removeAttribute("popover");
    addFilter(items);
    items.popover = "manual";
    items.showPopover();
    place(menu);
    const field = items.querySelector(".menu-filter");
    if (field && matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true });
  };
  // A menu that is scrolled itself stays. The target of a resize is the window, which is no node.
  const placeAll = ({ target }) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!(target instanceof Node && menu.contains(target))) place(menu);
    }
  };

  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  // Before the next frame, so that the menu is never seen elsewhere.
  new MutationObserver((changes) => {
    for (const { target } of changes) if (target.matches("details.menu")) raise(target);
  }).observe(document, { subtree: true, attributeFilter: ["open"] });
  document.addEventListener("toggle", ({ target }) => {
    if (target.matches?.("details.rename") && target.open) target.querySelector("[name=title]").select();
  }, true);
  addEventListener("scroll", placeAll, true);
  addEventListener("resize", placeAll);

  const step = (menu, key) => {
    const all = entries(menu.querySelector(".menu-items"));
    const last = all.length - 1;
    const now = all.indexOf(document.activeElement);
    const next = { ArrowDown: now === last ? 0 : now + 1, ArrowUp: now <= 0 ? last : now - 1, Home: 0, End: last }[key];
    all[next]?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") {
      for (const menu of open()) {
        menu.open = false;
        menu.querySelector("summary").focus();
        event.preventDefault();
      }
      return;
    }
    const menu = event.target.closest?.("details.menu");
    if (!menu) return;
    const isField = event.target.matches("input");
    if (!["ArrowDown", "ArrowUp"].includes(event.key) && (isField || !["Home", "End"].includes(event.key))) {
      if (isField && event.key === "Enter") {
        event.preventDefault();
        entries(menu.querySelector(".menu-items"))[0]?.click();
      }
      return;
    }
    if (!menu.open) {
      if (menu.closest("#session-list") || !event.key.startsWith("Arrow")) return;
      menu.open = true;
    }
    event.preventDefault();
    step(menu, event.key);
  });
})();
