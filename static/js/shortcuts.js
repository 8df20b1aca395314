// Keyboard shortcuts. Those without Ctrl or Cmd never act while somebody types. Escape closes what lies on top: a menu
// or the drawer (their scripts), then the selection, a form, the filter, and at last it stops the answer.
(() => {
  const $ = (selector) => document.querySelector(selector);
  const isTyping = (target) => target.isContentEditable || target.matches?.("input:not([type=checkbox]), textarea, select");
  const search = () => {
    if ($("[data-drawer-open]")?.offsetParent) $("[data-drawer-open]").click();
    $("#search-field")?.focus();
  };
  const rows = () => [...document.querySelectorAll("#session-list a.row")];
  const go = (step) => {
    if ($("#selecting")?.checked) return;
    const all = rows();
    const now = all.findIndex((row) => row.hasAttribute("aria-current"));
    const next = all[now < 0 ? (step > 0 ? 0 : -1) : now + step];
    if (next) next.click();
    else if (step > 0) $("#session-list .more")?.click();
  };
  const stop = () => {
    const button = $("#composer-button.stop");
    button?.click();
    return Boolean(button);
  };
  const list = () => { if (!$("#shortcuts")?.open) $("#shortcuts")?.showModal(); };
  const ACTIONS = {
    "?": list,
    "/": search,
    c: () => $("#content")?.focus(),
    n: () => $("[data-new-chat]")?.click(),
    t: () => $("[data-temporary-chat]")?.click(),
    j: () => go(1),
    k: () => go(-1),
    s: stop,
  };

  const leave = () => {
    const link = $(".row-rename [data-leave]") ?? document.activeElement.closest?.(".editing")?.querySelector("[data-leave]")
      ?? $(".editing [data-leave]");
    link?.click();
    return Boolean(link);
  };
  const endSelection = () => {
    const box = $("#selecting:checked");
    box?.click();
    return Boolean(box);
  };
  const clearFilter = () => {
    const field = $("#search-field");
    if (!field?.value || document.activeElement !== field) return false;
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };
  const escape = () => endSelection() || leave() || clearFilter() || stop();

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.altKey || $("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    let act = null;
    if (event.ctrlKey || event.metaKey) {
      if (key === "k" && !event.shiftKey) act = search;
      if (key === "o" && event.shiftKey) act = ACTIONS.n;
    } else if (key === "Escape") {
      if (!escape()) return;
      event.preventDefault();
    } else if (!isTyping(event.target) && !event.repeat && Object.hasOwn(ACTIONS, key) && (key === "?" || !event.shiftKey || key === "/")) {
      act = ACTIONS[key];
    }
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", ({ target }) => { if (target.closest?.("[data-shortcuts]")) list(); });
  for (const button of document.querySelectorAll("[data-shortcuts]")) button.hidden = false;
})();
